"""The administrator's acts on accounts: changed, closed, opened again, a new password, a lost second factor."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from bangfu.accounts import actions
from bangfu.accounts.actions import open_account
from bangfu.accounts.errors import Refused
from bangfu.accounts.models import Officer
from bangfu.accounts.roles import Role
from bangfu.base.models import TrailEntry

PASSWORD = "an invented phrase 7"
TOWN = "450481108000"


@pytest.fixture
def lan(db):
    """A clerk who is changed."""
    return open_account(username="lan", name="韦兰", role=Role.TOWN_CLERK, area=TOWN, password=PASSWORD)


@pytest.fixture
def second(db):
    """A second administrator."""
    return open_account(username="bo", name="韦波", role=Role.SYSTEM_ADMINISTRATOR, area=TOWN, password=PASSWORD)


def address(act, officer):
    return reverse(f"accounts:{act}", args=[officer.username])


def last_entry():
    entry = TrailEntry.objects.first()
    return entry.who, entry.act, entry.about


def test_a_closed_account_is_out_at_its_next_click_and_cannot_sign_in_until_it_is_open_again(signed_in, lan):
    hers = Client()
    hers.force_login(lan, backend="django.contrib.auth.backends.ModelBackend")
    assert hers.get(reverse("registry:villages")).status_code == 200
    client = signed_in("gan")
    assert client.get(address("close", lan)).status_code == 200 and Officer.objects.get(pk=lan.pk).is_active
    assert "停用" in client.post(address("close", lan), follow=True).content.decode()
    assert last_entry() == ("gan", "account_closed", "lan")
    assert hers.get(reverse("registry:villages")).status_code == 302
    answer = hers.post(reverse("account_login"), {"login": "lan", "password": PASSWORD})
    assert answer.status_code == 403 and "已停用" in answer.content.decode() and "_auth_user_id" not in hers.session
    row = re.search(r"韦兰</a>.*?</tr>", client.get(reverse("accounts:officers")).content.decode(), re.S)[0]
    assert "<b>停用</b>" in row
    client.post(address("reopen", lan))
    assert last_entry() == ("gan", "account_reopened", "lan")
    assert hers.post(reverse("account_login"), {"login": "lan", "password": PASSWORD}).status_code == 302


def test_closing_twice_is_told_once(officers, lan):
    actions.close_account(lan, by=officers["gan"])
    before = TrailEntry.objects.count()
    actions.close_account(lan, by=officers["gan"])
    assert TrailEntry.objects.count() == before


def test_another_role_is_in_force_at_once_and_the_trail_says_which_but_no_name(signed_in, lan):
    client = signed_in("gan")
    answer = client.post(address("officer", lan), {"name": "韦兰英", "role": "auditor", "area": TOWN}, follow=True)
    assert answer.status_code == 200 and "已保存" in answer.content.decode() and "看操作记录" in answer.content.decode()
    entry = TrailEntry.objects.first()
    assert (entry.act, entry.about, entry.result) == ("account_changed", "lan", "name role town_clerk→auditor")
    client.force_login(lan, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse("base:trail")).status_code == 200


def test_saving_what_stands_already_leaves_no_entry(signed_in, lan):
    client, before = signed_in("gan"), TrailEntry.objects.count()
    assert client.post(address("officer", lan), {"name": "韦兰", "role": "town_clerk", "area": TOWN}).status_code == 302
    assert TrailEntry.objects.count() == before + 0


def test_a_wrong_change_is_answered_with_all_errors_and_nothing_is_saved(signed_in, lan):
    answer = signed_in("gan").post(address("officer", lan), {"name": "", "role": "boss", "area": "4504"})
    assert answer.status_code == 422 and "3 处要改" in answer.content.decode()
    assert Officer.objects.get(pk=lan.pk).name == "韦兰"


def test_a_new_first_password_is_shown_once_and_ends_the_old_one_with_its_sessions(signed_in, lan):
    hers = Client()
    hers.force_login(lan, backend="django.contrib.auth.backends.ModelBackend")
    client = signed_in("gan")
    given = re.search(r"<code>(.+?)</code>", client.post(address("password", lan)).content.decode())[1]
    assert last_entry() == ("gan", "password_given", "lan") and given not in repr(list(TrailEntry.objects.values_list()[:3]))
    assert hers.get(reverse("base:home")).url.startswith(reverse("account_login"))
    assert hers.post(reverse("account_login"), {"login": "lan", "password": PASSWORD}).status_code == 200
    assert hers.post(reverse("account_login"), {"login": "lan", "password": given}).status_code == 302


def test_a_lost_second_factor_is_taken_away_and_asked_for_anew(signed_in, officers, settings):
    Authenticator.objects.create(user=officers["yan"], type=Authenticator.Type.TOTP, data={"secret": "x"})
    Authenticator.objects.create(user=officers["yan"], type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x", "used_mask": 0})
    client = signed_in("gan")
    assert "去掉第二重验证" in client.get(address("officer", officers["yan"])).content.decode()
    client.post(address("second_factor", officers["yan"]))
    assert last_entry() == ("gan", "second_factor_removed", "yan") and not Authenticator.objects.exists()
    settings.DEMO = False
    assert signed_in("yan").get(reverse("base:home")).url == reverse("mfa_activate_totp")


@pytest.mark.parametrize("act", ["close", "officer"])
def test_the_last_administrator_stays(signed_in, officers, act):
    client = signed_in("gan")
    answer = client.post(address(act, officers["gan"]), {"name": "甘海明", "role": "auditor", "area": TOWN})
    assert Officer.objects.get(username="gan").is_active and Officer.objects.get(username="gan").role == "system_administrator"
    assert act == "officer" or (answer.status_code == 422 and "最后一个" in answer.content.decode())
    with pytest.raises(Refused, match="最后一个"):
        actions.change_account(officers["gan"], name="甘海明", role="auditor", area=TOWN, by=officers["gan"])


def test_nobody_closes_or_changes_the_role_of_himself(signed_in, officers, second):
    answer = signed_in("gan").post(address("close", officers["gan"]))
    assert answer.status_code == 422 and "自己的账号" in answer.content.decode() and Officer.objects.get(username="gan").is_active
    with pytest.raises(Refused, match="自己的角色"):
        actions.change_account(officers["gan"], name="甘海明", role="auditor", area=TOWN, by=officers["gan"])
    actions.change_account(officers["gan"], name="甘海", role="system_administrator", area=TOWN, by=officers["gan"])
    assert Officer.objects.get(username="gan").name == "甘海"


@pytest.mark.parametrize("act", ["close", "change"])
def test_of_two_administrators_who_act_on_each_other_at_once_one_stays(officers, second, act):
    first = officers["gan"]  # both read before either wrote

    def do(officer, by):
        if act == "close":
            actions.close_account(officer, by=by)
        else:
            actions.change_account(officer, name=officer.name, role="auditor", area=TOWN, by=by)

    do(second, first)
    with pytest.raises(Refused, match="这一步没有做"):
        do(first, second)
    assert Officer.objects.filter(role=Role.SYSTEM_ADMINISTRATOR, is_active=True).get() == first


@pytest.mark.parametrize("username", ["new", "first", "demo"])
def test_a_user_name_never_hides_behind_another_address(signed_in, username):
    answer = signed_in("gan").post(reverse("accounts:new"), {"name": "韦兰", "username": username, "role": "town_clerk", "area": TOWN})
    assert answer.status_code == 422 and not Officer.objects.filter(username=username).exists()
