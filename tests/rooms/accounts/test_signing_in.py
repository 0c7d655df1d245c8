"""Signing in: who may, how often one may fail, what a second factor is asked of."""

import os
import subprocess
import sys

import pytest
from django.urls import NoReverseMatch, reverse

from bangfu.accounts.actions import open_account
from bangfu.accounts.models import Officer
from bangfu.accounts.roles import Role, codes_below
from tests.tables import rows

PASSWORD = "an invented phrase 7"
RANGES = rows("""
    area         | first        | past
    -------------+--------------+-------------
    450000000000 | 450000000000 | 460000000000
    450400000000 | 450400000000 | 450500000000
    450481000000 | 450481000000 | 450482000000
    450481108000 | 450481108000 | 450481109000
    450481108202 | 450481108202 | 450481108203
    999999999999 | 999999999999 | 1000000000000
""")


@pytest.mark.parametrize("row", RANGES, ids=lambda row: row["area"])
def test_an_area_is_a_range_of_codes(row):
    assert codes_below(row["area"]) == (row["first"], row["past"])


@pytest.mark.parametrize("bad", ["", "45", "45048110800x", "4504811080000"])
def test_what_is_no_area_is_refused(bad):
    with pytest.raises(ValueError, match="12 digits"):
        codes_below(bad)


@pytest.fixture
def clerk(db):
    return open_account(username="lan", name="韦兰", role=Role.TOWN_CLERK, area="450481108000", password=PASSWORD)


def test_the_right_password_leads_to_the_households(client, clerk):
    answer = client.post(reverse("account_login"), {"login": "lan", "password": PASSWORD}, follow=True)
    assert answer.redirect_chain[-1][0] == reverse("registry:villages")


def test_after_five_wrong_passwords_even_the_right_one_waits(client, clerk):
    for _ in range(5):
        assert "不正确" in client.post(reverse("account_login"), {"login": "lan", "password": "wrong"}).content.decode()
    answer = client.post(reverse("account_login"), {"login": "lan", "password": PASSWORD})
    assert answer.status_code == 200 and "_auth_user_id" not in client.session
    assert "稍后" in answer.content.decode()


def test_nobody_signs_up_by_himself(client):
    with pytest.raises(NoReverseMatch):
        reverse("account_signup")
    assert client.get("/sign-up/").status_code in (302, 404)


def test_a_demo_officer_signs_in_with_one_press_and_only_in_the_demo(client, officers, settings):
    assert client.post(reverse("accounts:demo_sign_in"), {"username": "qin"}, follow=True).status_code == 200
    client.logout()
    settings.DEMO = False
    assert client.post(reverse("accounts:demo_sign_in"), {"username": "qin"}).status_code == 404
    assert "演示账号" not in client.get(reverse("account_login")).content.decode()


@pytest.mark.parametrize(("username", "asked"), [("luo", True), ("yan", True), ("liang", False), ("gan", False)])
def test_a_second_factor_is_asked_of_security_officer_and_auditor(signed_in, settings, username, asked):
    settings.DEMO = False
    answer = signed_in(username).get(reverse("base:home"))
    assert (answer.status_code == 302 and answer.url == reverse("mfa_activate_totp")) is asked


def test_one_person_holds_one_known_role(officers):
    from django.core.exceptions import ValidationError
    from django.db import IntegrityError, transaction

    with pytest.raises(ValidationError):
        open_account(username="x", name="x", role="boss", area="450481108000", password=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Officer.objects.filter(username="qin").update(role="boss")


def test_large_print_is_kept_and_leads_back_here_only(client, db):
    answer = client.post(reverse("base:size"), {"next": "https://elsewhere.example/"})
    assert answer.url == "/" and answer.cookies["size"].value == "large"
    assert 'data-size="large"' in client.get(reverse("account_login")).content.decode()


def test_a_browser_that_asks_for_another_language_still_gets_whole_chinese_pages(client, db):
    text = client.get(reverse("account_login"), headers={"accept-language": "en-US,en"}).content.decode()
    assert '<html lang="zh-CN"' in text and "登录" in text


def test_production_settings_pass_the_deployment_check():
    environment = os.environ | {"BANGFU_HTTPS": "yes", "BANGFU_DEMO": "no", "DJANGO_SETTINGS_MODULE": "bangfu.config.settings"}
    done = subprocess.run([sys.executable, "-m", "django", "check", "--deploy", "--fail-level", "WARNING"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
