"""In English no word of ours stays Chinese; what people and registers wrote does. Chinese is what everybody gets who did not choose."""

import re
from datetime import date
from html import unescape

import pytest
from django.conf import settings
from django.urls import reverse

from bangfu.accounts.models import Officer
from bangfu.aid.models import Batch, Commodity, FundSource, MicroWish, Programme, Standard
from bangfu.base import jobs
from bangfu.chain.models import Assignment, Unit
from bangfu.registry import actions, queries
from bangfu.registry.forms import RELATIONS
from bangfu.registry.models import Area, Household, Person
from bangfu.registry.values import code_lists
from bangfu.reports.models import Bulletin
from bangfu.visits.models import Commitment, Issue, Sheet, Slot, Visit

VILLAGE = "450481108202"
WRITTEN = {"出生日期", "全国系统导出", "中文", "是", "否", "男", "女", "空着", settings.TOWN, settings.HELP_DESK, "东片", "南片", "西片", "月", "元", "㎡", "亩", "户", "大业镇", "2017秋", "2018春", "雨露计划", "名单重复，应发另一户", "银行退回：账号不符",
           "{慰问.户数}", "{慰问.金额}", "{助学.人数}", "{产业.百香果苗}", "{慰问.户数@村名}", "{手填.12.来访登记簿}"}


def pages(officers):
    """Yield who opens what."""
    household = Household.objects.filter(village_id=VILLAGE).order_by("code").first()
    whose = [household.code, queries.present_members(household)[0].number]
    for name, arguments in (("villages", []), ("village", [VILLAGE]), ("card", [household.code]), ("columns", [household.code, 0]), ("columns", whose),
                            ("record", [household.code, 0, "safe_water"]), ("record", [household.code, 0, "household_phone"]), ("joining", [household.code]),
                            ("leaving", [household.code]), ("relation", [household.code]), ("hidden", whose), ("open_value", [*whose, "certificate_no"]), ("clusters", []),
                            ("export", [VILLAGE]), ("export_villages", [])):
        yield "liang", reverse(f"registry:{name}", args=arguments)
    for username, name in (("gan", "registry:areas"), ("gan", "accounts:officers"), ("gan", "accounts:new"), ("yan", "base:trail"), ("luo", "base:home"),
                           ("liang", "base:feedback"), ("liang", "base:feedback_list"), ("liang", "base:protection"), ("liang", "accounts:mine"),
                           ("liang", "account_change_password"), ("liang", "mfa_index"), (None, "account_login")):
        yield username, reverse(name)
    yield "gan", reverse("accounts:officer", args=["qin"])
    for year in (2017, 2026, 2028):
        yield "yan", reverse("base:calendar_year", args=[year])
        yield "liang", reverse("base:calendar_days", args=[year])
    yield "liang", reverse("base:calendar_rule")
    slot = Slot.objects.filter(household__village=VILLAGE).order_by("-visit_day__date").first()
    day, visit, sheet = str(slot.visit_day), Visit.objects.filter(household__village=VILLAGE).first(), Sheet.objects.filter(slot__household__village=VILLAGE).first()
    for name, arguments in (("days", []), ("not_seen", []), ("find_sheet", []), ("board", [day]), ("board", ["2017-09-21"]), ("village", [day, VILLAGE]), ("sheets", [day, VILLAGE]),
                            ("sheet", [sheet.code]), ("record", [household.code]), ("excuse", [household.code]), ("amend", [visit.code])):
        yield "liang", reverse(f"visits:{name}", args=arguments)
    for name, arguments in (("town", []), ("village", [VILLAGE]), ("household", [household.code]), ("caseworker", [household.code])):
        yield "liang", reverse(f"chain:{name}", args=arguments)
    batch = Batch.objects.order_by("pk").first()
    for name, arguments in (("home", []), ("new_source", []), ("new_programme", []), ("new_batch", []), ("batch", [batch.code]), ("source", [batch.source.code]), ("entries", []), ("find_sheet", []), ("wishes", []),
                            ("notices", []), ("public_pages", []), ("study", []), ("farming", []), ("rounds", []), ("openings", []), ("new_wish", [household.code])):
        yield "liang", reverse(f"aid:{name}", args=arguments)
    yield "liang", reverse("reports:bulletins")
    yield "liang", reverse("reports:new")
    job = jobs.ask("verify_trail", by="liang")
    yield "liang", reverse("base:job", args=[job.code])
    yield "gan", reverse("base:jobs")
    yield "liang", "/nothing/"


def written():
    """Return everything that people and registers wrote, longest first."""
    said = WRITTEN | set(RELATIONS) | set(Area.objects.values_list("name", flat=True)) | set(Officer.objects.values_list("name", flat=True))
    said |= set(Assignment.objects.values_list("document_no", flat=True)) - {""}
    said |= set(Unit.objects.values_list("name", flat=True)) | set(Visit.objects.values_list("found", flat=True)) - {""}
    said |= {one for kind, column in ((Batch, "title"), (Commodity, "name"), (Commodity, "unit"), (FundSource, "name"), (Programme, "name"), (Standard, "name"), (Bulletin, "title"), (MicroWish, "text"), (MicroWish, "goods")) for one in kind.objects.values_list(column, flat=True)}
    said |= {one for kind in (Commitment, Issue) for one in kind.objects.values_list("text", flat=True)}
    said |= {value for one in code_lists().values() for value in one.values}
    for name in Person.objects.values_list("name", flat=True):
        said |= {name, name[0] + "*" + name[-1], name[0] + "*"}
    return sorted(said, key=len, reverse=True)


def chinese_in(text, data):
    """Return the Chinese that a page says and nobody wrote."""
    text = re.sub(r"<textarea.*?</textarea>|<code>.*?</code>", " ", text, flags=re.DOTALL)  # what is typed, and how
    text = re.sub(r"<(option|textarea)\b[^>]*>", " ", text)
    nodes = re.findall(r">([^<]+)<", text) + re.findall(r'(?:aria-label|placeholder|title|data-label)="([^"]*)"', text)
    found = []
    for node in map(unescape, nodes):
        left = re.sub(r"\d+ [人村个]|系统导出_\d{8}\.xlsx", "", node)  # what a trail entry tells
        for one in data:
            left = left.replace(one, "")
        if re.search(r"[\u3400-\u9fff]", left):
            found.append(node.strip())
    return found


def test_no_page_is_half_chinese_in_english(client, signed_in, officers):
    data, found = written(), []
    for username, address in pages(officers):
        client.logout()
        client.cookies["language"] = "en"
        if username:
            signed_in(username)
        answer = client.get(address, follow=True)
        assert answer.headers["Content-Language"] == "en" and '<html lang="en"' in answer.content.decode()
        found += [(address, one) for one in chinese_in(answer.content.decode(), data)]
    assert not found, "\n".join(f"{a} {b}" for a, b in sorted(set(found)))


def test_chinese_is_what_everybody_gets_who_did_not_choose(client, db):
    answer = client.get(reverse("account_login"), headers={"accept-language": "en-GB,en"})
    assert '<html lang="zh-CN"' in answer.content.decode() and "登录" in answer.content.decode()
    assert client.post(reverse("base:language"), {"next": "/sign-in/"}).url == "/sign-in/"
    assert "Sign in" in client.get(reverse("account_login")).content.decode()
    client.post(reverse("base:language"), {"next": "/sign-in/"})
    assert "登录" in client.get(reverse("account_login")).content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_is_recorded_is_kept_in_chinese_whatever_its_writer_reads(signed_in, language):
    client = signed_in("qin")
    client.cookies["language"] = language
    household = Household.objects.filter(village_id=VILLAGE, changes=None).first()
    said = {"kind": "birth", "name": "黄新宝", "sex": "男", "born_on": "2017-10-08", "relation_to_head": "之子", "version": 1}
    assert client.post(reverse("registry:joining", args=[household.code]), said).status_code == 302
    change = household.changes.select_related("source").get()
    assert (change.what, change.source.label) == ("出生：之子，2017-10-08", "登记人口变动：出生")
    assert client.post(reverse("registry:record", args=[household.code, 0, "house_area_m2"]),
                       {"value": "96", "seen": 0, "basis": "visit", "on": "2017-10-18"}).status_code == 302
    assert actions.last_change(household, None, "house_area_m2").source.label == "入户了解"
    assert date(2017, 10, 18) == actions.last_change(household, None, "house_area_m2").source.data_date
