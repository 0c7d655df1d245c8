"""The first start of an installation, and the administrator's accounts."""

import re

import pytest
from django.urls import reverse

from bangfu.accounts import first_start
from bangfu.accounts.models import Officer
from bangfu.registry.models import Change, Household, Member, Person, Source, Status
from tests.rooms.emptied import empty

FIRST = {"name": "甘海明", "username": "gan", "area": "450481108000", "password": "an invented phrase 7", "again": "an invented phrase 7"}


@pytest.fixture
def new_installation(client, db, settings, tmp_path):
    """An installation nobody has an account in; gives the code of its terminal."""
    empty("reports", "aid", "visits", "chain")
    for model in (Change, Status, Member, Person, Household, Source, Officer):
        model.objects.all().delete()
    settings.DEMO, settings.DATA = False, tmp_path
    return first_start.waiting(tmp_path)


def test_a_new_installation_leads_to_the_first_start_and_makes_one_administrator(client, new_installation):
    assert client.get(reverse("account_login")).url == reverse("accounts:first")
    answer = client.post(reverse("accounts:first"), FIRST | {"code": new_installation}, follow=True)
    assert answer.status_code == 200 and "共 <b>1</b> 个账号" in answer.content.decode()
    assert client.get(reverse("registry:card", args=["x"])).status_code == 404
    client.logout()
    assert client.get(reverse("accounts:first")).status_code == 404
    assert client.post(reverse("account_login"), {"login": "gan", "password": FIRST["password"]}).status_code == 302


@pytest.mark.parametrize(("changed", "words"), [
    ({"code": "00000000x"[:8]}, ["和启动窗口里的数字不一样"]), ({"password": "short", "again": "short"}, ["密码", "10"]),
    ({"again": "another phrase 7"}, ["两遍密码不一样"]), ({"area": "4504"}, ["12 位数字"]), ({"username": "Ganhaiming"}, ["小写字母"]),
    ({"name": "", "username": "", "area": ""}, ["3 处要改", "请写姓名", "请写用户名", "请写地区代码"]),
])
def test_what_is_wrong_is_said_at_once_and_no_account_is_made(client, new_installation, changed, words):
    code = "0" * 8 if new_installation != "0" * 8 else "1" * 8
    said = FIRST | {"code": new_installation} | (changed if "code" not in changed else {"code": code})
    answer = client.post(reverse("accounts:first"), said)
    assert answer.status_code == 422 and all(word in answer.content.decode() for word in words)
    assert Officer.objects.count() == 0


def test_the_code_cannot_be_guessed_for_long(client, new_installation):
    wrong = "0" * 8 if new_installation != "0" * 8 else "1" * 8
    for _ in range(first_start.TRIES):
        client.post(reverse("accounts:first"), FIRST | {"code": wrong})
    assert "试得太多了" in client.post(reverse("accounts:first"), FIRST | {"code": new_installation}).content.decode()
    assert Officer.objects.count() == 0


def test_the_demo_has_no_first_start(client, db):
    assert client.get(reverse("accounts:first")).status_code == 404


def test_a_new_account_signs_in_with_the_password_shown_once(signed_in):
    client = signed_in("gan")
    answer = client.post(reverse("accounts:new"), {"name": "韦兰", "username": "weilan", "role": "town_clerk", "area": "450481108000"})
    password = re.search(r"<code>(.+?)</code>", answer.content.decode())[1]
    assert password not in client.get(reverse("accounts:officers")).content.decode()
    client.logout()
    assert client.post(reverse("account_login"), {"login": "weilan", "password": password}).status_code == 302


@pytest.mark.parametrize(("said", "words"), [({}, "4 处要改"), ({"username": "liang"}, "已经有人用了"), ({"role": "boss"}, "角色")])
def test_a_wrong_account_form_is_answered_with_all_errors(signed_in, said, words):
    before = Officer.objects.count()
    answer = signed_in("gan").post(reverse("accounts:new"), said)
    assert answer.status_code == 422 and words in answer.content.decode() and Officer.objects.count() == before


@pytest.mark.parametrize("address", ["mfa_index", "account_change_password"])
def test_the_sign_in_librarys_pages_stand_in_our_furniture(signed_in, address):
    answer = signed_in("yan").get(reverse(address), follow=True)
    assert answer.status_code == 200 and 'class="head"' in answer.content.decode() and "演示数据" in answer.content.decode()
