"""Everybody's own account: password, second factor, large print, dark pages; and the page that tells what is protected."""

import os
import subprocess
import sys

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.urls import reverse

from bangfu.accounts.actions import open_account
from bangfu.accounts.roles import DUTIES, Role
from bangfu.base.models import TrailEntry
from bangfu.base.protection import masked_columns
from bangfu.engines.relations.dictionary import FIELDS

PASSWORD, NEW = "an invented phrase 7", "another invented phrase 8"
CHANGE = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}


@pytest.fixture
def lan(client, db):
    """A clerk who signed in with a password."""
    officer = open_account(username="lan.weilan", name="韦兰", role=Role.TOWN_CLERK, area="450481108000", password=PASSWORD)
    client.post(reverse("account_login"), {"login": "lan.weilan", "password": PASSWORD})
    return officer


def test_the_name_in_the_head_leads_to_ones_own_account(client, lan):
    mine = reverse("accounts:mine")
    assert f'class="who" href="{mine}"' in client.get(reverse("registry:villages")).content.decode()
    text = client.get(mine).content.decode()
    assert "镇帮扶办" in text and "改密码" in text and "第二重验证" in text and "退出登录" in text and "成功" not in text


def test_an_officer_changes_the_own_password_stays_signed_in_and_the_trail_tells(client, lan):
    answer = client.post(reverse("account_change_password"), CHANGE, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("accounts:mine") and "密码改好了" in answer.content.decode()
    assert (TrailEntry.objects.first().act, TrailEntry.objects.first().who) == ("password_changed", "lan.weilan")
    client.logout()
    assert client.post(reverse("account_login"), {"login": "lan.weilan", "password": NEW}).status_code == 302


@pytest.mark.parametrize(("changed", "words"), [
    ({"oldpassword": "x"}, ["现在的密码"]), ({"password1": "short", "password2": "short"}, ["密码太短，至少要 10 位"]),
    ({"password1": "7391846205", "password2": "7391846205"}, ["不能全是数字"]), ({"password1": "password123", "password2": "password123"}, ["太常见"]),
    ({"password1": "lan.weilan7", "password2": "lan.weilan7"}, ["姓名或用户名太像"]), ({"password2": "x"}, ["再写一遍新密码"]),
    ({"oldpassword": "", "password1": "", "password2": ""}, ["3 处要改", "请写现在的密码", "请写新密码", "请再写一遍"]),
])
def test_what_is_wrong_with_a_new_password_is_said_in_chinese(client, lan, changed, words):
    text = client.post(reverse("account_change_password"), CHANGE | changed).content.decode()
    assert 'role="alert"' in text and all(word in text for word in words)
    assert TrailEntry.objects.filter(act="password_changed").count() == 0


def code_of(secret):
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_a_second_factor_is_set_used_at_signing_in_and_taken_away(client, lan, django_capture_on_commit_callbacks):
    activate = reverse("mfa_activate_totp")
    assert "再写一次密码" in client.get(activate, follow=True).content.decode()
    again = {"password": PASSWORD, "next": activate}
    assert "有 1 处要改" in client.post(reverse("account_reauthenticate"), again | {"password": ""}).content.decode()
    assert "用手机上的验证器" in client.post(reverse("account_reauthenticate"), again, follow=True).content.decode()
    assert "有 1 处要改" in client.post(activate, {"code": ""}).content.decode()
    client.get(activate)
    secret = client.session["mfa.totp.secret"]
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(activate, {"code": code_of(secret)}, follow=True)
    assert "恢复码" in answer.content.decode() and Authenticator.objects.filter(user=lan).count() == 2
    assert TrailEntry.objects.first().act == "second_factor_added"
    assert secret not in repr(list(Authenticator.objects.values()))  # it lies sealed
    assert "韦兰的恢复码" in client.get(reverse("mfa_download_recovery_codes")).content.decode()
    assert "<b>10</b> 个没用过" in client.post(reverse("mfa_generate_recovery_codes"), follow=True).content.decode()
    code = client.get(reverse("mfa_download_recovery_codes")).content.decode().split()[-1]
    client.post(reverse("account_logout"))
    answer = client.post(reverse("account_login"), {"login": "lan.weilan", "password": PASSWORD}, follow=True)
    assert "密码对了" in answer.content.decode() and "_auth_user_id" not in client.session
    assert "有 1 处要改" in client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
    assert client.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302 and "_auth_user_id" in client.session
    answer = client.get(reverse("mfa_deactivate_totp"), follow=True).content.decode()
    assert "认本人" in answer and "改用" in answer
    assert "再写一次验证码" in client.get(reverse("mfa_reauthenticate")).content.decode()
    client.post(reverse("account_reauthenticate"), again | {"next": reverse("mfa_deactivate_totp")})
    client.post(reverse("mfa_deactivate_totp"))
    assert TrailEntry.objects.first().act == "second_factor_removed" and not Authenticator.objects.exists()


def test_dark_pages_are_chosen_kept_and_never_come_by_themselves(client, lan):
    mine = reverse("accounts:mine")
    assert "data-theme" not in client.get(mine, headers={"sec-ch-prefers-color-scheme": "dark"}).content.decode()
    assert client.post(reverse("base:theme"), {"next": mine}).url == mine
    assert 'data-theme="dark"' in client.get(mine).content.decode()
    assert client.post(reverse("base:theme"), {"next": "//elsewhere.example/"}).url == "/"
    assert "data-theme" not in client.get(mine).content.decode()


def test_what_is_protected_is_told_to_whoever_asks_and_read_from_the_dictionary(client, db, settings):
    assert reverse("base:protection") in client.get(reverse("account_login")).content.decode()
    text = client.get(reverse("base:protection")).content.decode()
    labels = {field.label for field in FIELDS.values() if field.sensitivity in ("A", "B")}
    assert labels == {*masked_columns("A"), *masked_columns("B")} and len(labels) > 20
    for words in (*labels, *map(str, DUTIES.values()), *map(str, Role.labels), settings.HELP_DESK, "意见反馈"):
        assert words in text, words


def test_two_installations_on_one_host_have_cookies_of_their_own(tmp_path):
    names = set()
    for folder in ("one", "other", "one"):
        environment = os.environ | {"BANGFU_DATA": str(tmp_path / folder), "DJANGO_SETTINGS_MODULE": "bangfu.config.settings"}
        asked = "from django.conf import settings; print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME)"
        done = subprocess.run([sys.executable, "-c", asked], env=environment, capture_output=True, text=True, check=True)
        names.add(tuple(done.stdout.split()))
    assert len(names) == 2 and len({name for pair in names for name in pair}) == 4
