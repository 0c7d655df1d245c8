"""The town's calendar: what came with the software, what the town wrote in its place, and the pages that tell of both."""

import re
from datetime import date
from html import unescape

import pytest
from django.urls import reverse

from bangfu.base import calendar, clock
from bangfu.base.calendar import DEFAULT, Ruling
from bangfu.base.calendar_forms import read_lines
from bangfu.base.calendar_rules import EveryWeeks, NthWeekday, SpecialDay
from bangfu.base.models import TrailEntry, VisitRule, WorkYear

NOTICE = "2027-02-06 补班\n2027-02-11 至 2027-02-17 春节\n"
SAID = {"lines": NOTICE, "source": "国办发明电〔2026〕7号", "official": "on"}
RULE = {"kind": "every", "weeks": "2", "starts_on": "2017-06-06", "on_holiday": "skip", "window": "2", "grace": "3"}


def plain(answer):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode().split("<main")[1])))


def told(client, year):
    return plain(client.get(reverse("base:calendar_year", args=[year])))


def write(client, year=2027, **said):
    return client.post(reverse("base:calendar_days", args=[year]), {name: value for name, value in (SAID | said).items() if value})


def days_of(page, **wanted):
    cells = [cell for month in page.months for week in month.weeks for cell in week if cell]
    return [cell.day for cell in cells if all(getattr(cell, name) == value for name, value in wanted.items())]


# which days are worked

def test_what_the_town_wrote_replaces_the_year_that_came_with_the_software_whole(db):
    assert calendar.days().is_make_up(date(2026, 10, 10))
    calendar.write_year(year=2026, source="国办发明电〔2026〕3号", official=True, special=[SpecialDay(date(2026, 4, 20), "off", "三月三")], by="liang")
    known = calendar.days()
    assert known.holiday(date(2026, 4, 20)) == "三月三" and known.source(2026) == "国办发明电〔2026〕3号"
    assert not known.is_make_up(date(2026, 10, 10)) and known.is_working(date(2026, 10, 1)) and known.holiday(date(2025, 10, 1)) == "国庆节"


def test_a_correction_is_a_new_row_and_the_newest_holds(db):
    for name in ("春节", "元宵节"):
        calendar.write_year(year=2027, source="通知", official=True, special=[SpecialDay(date(2027, 2, 11), "off", name)], by="liang")
    assert calendar.days().holiday(date(2027, 2, 11)) == "元宵节" and WorkYear.objects.filter(year=2027).count() == 2


def test_a_year_taken_out_is_provisional_and_says_so(signed_in):
    client = signed_in("liang")
    assert "暂定" not in told(client, 2024)
    assert write(client, 2024, lines="", official="", source="重新核对").status_code == 302
    text = told(client, 2024)
    assert not calendar.days().official(2024) and "2024 年日历 暂定" in text and "只按周一至周五推算" in text and "重新核对（暂定，还没有公布）" in text
    assert all(not one.official for one in calendar.visit_days(2024)) and text.count("暂定") >= 24


def test_a_year_nobody_published_is_told_as_provisional_and_never_as_sure(signed_in):
    text = told(signed_in("qin"), 2028)
    assert "2028 年日历 暂定" in text and "暂定：这里没有公布的 2028 年放假安排" in text and "依据 没有，暂定" in text
    assert not [row for row in re.findall(r"\d+月\d+日 周四(.{6})", text.split("规则 ")[0].split("哪天去", 1)[1]) if "暂定" not in row]


def test_a_year_that_is_told_and_not_published_keeps_its_days_and_its_warning(signed_in):
    assert write(signed_in("liang"), official="").status_code == 302
    text = told(signed_in("gan"), 2027)
    assert "暂定：这里写的 2027 年放假安排还不是公布的" in text and "国办发明电〔2026〕7号（暂定，还没有公布）" in text and "11 休" in text
    assert write(signed_in("liang"), seen=calendar.newest(2027).pk).status_code == 302
    assert "国办发明电〔2026〕7号 liang" in told(signed_in("gan"), 2027) and "暂定：" not in told(signed_in("gan"), 2027)


# the year

def test_the_autumn_of_2026_has_its_make_up_days_and_the_first_of_october_moves(signed_in):
    page = calendar.year_page(2026)
    assert days_of(page, make_up=True)[-2:] == [date(2026, 9, 20), date(2026, 10, 10)]
    moved = next(one for one in page.lines if one.visit.rule_date == date(2026, 10, 1))
    assert (moved.visit.date, moved.visit.holiday, moved.visit.make_up_until) == (date(2026, 10, 8), "国庆节", date(2026, 10, 10)) and moved.moved
    text = told(signed_in("qin"), 2026)
    assert "20 班" in text and "10 班 补" in text and "8 访" in text and "1 休" in text
    assert "10月8日 周四 10月10日 10月1日 周四 国庆节" in text and "依据 国务院办公厅公布的 2026 年部分节假日安排" in text
    assert "<b>24</b> 个脱贫攻坚日" in signed_in("qin").get(reverse("base:calendar_year", args=[2026])).content.decode()


def test_every_month_marks_its_last_working_day(signed_in):
    page = calendar.year_page(2026)
    assert days_of(page, last=True) == [month.last.day for month in page.months] and page.months[1].last == page.months[1].weeks[-1][5]
    assert "1月30日、 2月28日 补班、 3月31日" in told(signed_in("yan"), 2026)


@pytest.mark.parametrize("year", [2004, 2026, 2028, 2099])
def test_every_day_of_a_year_stands_once_in_its_month(db, year):
    page = calendar.year_page(year)
    assert days_of(page) == [date.fromordinal(one) for one in range(date(year, 1, 1).toordinal(), date(year + 1, 1, 1).toordinal())]
    assert all(len(week) == 7 for month in page.months for week in month.weeks) and all(cell.day.weekday() == 0 for month in page.months for cell in [month.weeks[1][0]])


def test_a_day_that_another_years_rule_brings_stands_in_both_years(db):
    calendar.write_year(year=2027, source="通知", official=True, special=[SpecialDay(date(2027, 1, 1), "off", "元旦")], by="liang")
    calendar.write_year(year=2026, source="通知", official=True, special=[SpecialDay(date(2026, 12, 31), "off", "元旦")], by="liang")
    calendar.write_rule(Ruling(NthWeekday((5,), 4)), by="liang")
    before, after = calendar.year_page(2026), calendar.year_page(2027)
    assert before.lines[-1].visit == after.lines[0].visit and before.lines[-1].visit.date == date(2027, 1, 4)
    assert date(2027, 1, 4) in days_of(after, visit=True) and before.held == 5 and after.held == len(after.lines) - 1


def test_the_running_year_is_where_the_calendar_opens(signed_in):
    assert signed_in("yan").get(reverse("base:calendar")).url == reverse("base:calendar_year", args=[2017])
    assert signed_in("yan").get(reverse("base:calendar_year", args=[2003])).status_code == 404
    for year, links in ((2004, {2005}), (2017, {2016, 2018}), (2099, {2098})):
        text = signed_in("yan").get(reverse("base:calendar_year", args=[year])).content.decode()
        assert {int(one) for one in re.findall(r'href="/calendar/(\d+)/"', text)} == links


# the rule

def test_without_a_rule_it_is_the_first_and_third_thursday(db):
    assert calendar.rule() == DEFAULT == (NthWeekday((1, 3), 4), "on", 2, 3)


def test_every_other_tuesday_with_skip_runs_by_data_alone(signed_in):
    client = signed_in("liang")
    shown = client.post(reverse("base:calendar_rule"), RULE)
    assert shown.status_code == 200 and "照这样，2017 年的日子" in plain(shown) and not VisitRule.objects.exists()
    kept = re.search(r'name="shown" value="([^"]*)"', shown.content.decode())[1]
    assert client.post(reverse("base:calendar_rule"), RULE | {"save": "yes", "shown": unescape(kept)}).url == reverse("base:calendar_year", args=[2017])
    assert calendar.rule() == (EveryWeeks(2, date(2017, 6, 6)), "skip", 2, 3)
    visits = calendar.visit_days(2019)
    assert len(visits) == 27 and (visits[0].rule_date, visits[0].date, visits[0].holiday) == (date(2019, 1, 1), None, "元旦")
    text = told(client, 2019)
    assert "不去 — 1月1日 周二 元旦" in text and "从 2017-06-06 起每 2 周的周二；遇节假日：这一次不去" in text and "个遇节假日不去" in text
    entry = TrailEntry.objects.first()
    assert (entry.act, entry.who) == ("visit_rule_written", "liang") and "每 2 周" in entry.result


def test_a_rule_changed_after_it_was_shown_is_shown_again_and_not_kept(signed_in):
    client = signed_in("liang")
    kept = unescape(re.search(r'name="shown" value="([^"]*)"', client.post(reverse("base:calendar_rule"), RULE).content.decode())[1])
    answer = client.post(reverse("base:calendar_rule"), RULE | {"weeks": "3", "save": "yes", "shown": kept})
    assert answer.status_code == 200 and "每 3 周" in plain(answer) and not VisitRule.objects.exists()


def test_the_form_shows_the_rule_that_stands(signed_in):
    for ruling in (Ruling(NthWeekday((4, 2), 2), "back", 1, 5), Ruling(EveryWeeks(3, date(2017, 10, 3)), "skip", 0, 0)):
        calendar.write_rule(ruling, by="liang")
        form = signed_in("liang").get(reverse("base:calendar_rule")).context["form"]
        said = {name: form[name].value() for name in form.fields} | {"starts_on": form["starts_on"].value() or ""}
        bound = type(form)(said)
        assert bound.is_valid() and str(bound.ruling().rule) == str(ruling.rule) and bound.ruling()[1:] == ruling[1:]


@pytest.mark.parametrize(("changed", "field", "words"), [
    ({"kind": "nth", "nth": "6", "weekday": "4"}, "nth", "1 到 5"), ({"kind": "nth", "nth": "、", "weekday": "4"}, "nth", "要写这一格"), ({"kind": "nth", "nth": "1", "weekday": ""}, "weekday", "要写这一格"),
    ({"weeks": "0"}, "weeks", "最少写 1"), ({"weeks": ""}, "weeks", "要写这一格"), ({"starts_on": "昨天"}, "starts_on", "2017-10-01"), ({"starts_on": ""}, "starts_on", "要写"),
    ({"window": "11"}, "window", "最多写 10"), ({"window": "-1"}, "window", "最少写 0"), ({"grace": "x"}, "grace", "整数"), ({"on_holiday": "later"}, "on_holiday", ""),
    ({"kind": "moon"}, "kind", ""),
])
def test_a_wrong_rule_is_said_at_its_field_and_nothing_is_shown(signed_in, changed, field, words):
    answer = signed_in("liang").post(reverse("base:calendar_rule"), RULE | changed | {"save": "yes"})
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field] and words in answer.context["form"].errors[field][0]
    assert "照这样" not in plain(answer) and not VisitRule.objects.exists()


def test_what_the_other_kind_of_rule_holds_is_not_read(signed_in):
    said = RULE | {"kind": "nth", "nth": "２，4", "weekday": "2", "weeks": "900", "starts_on": "昨天"}
    assert "每月第 2、4 个周二" in plain(signed_in("liang").post(reverse("base:calendar_rule"), said))


# a year's notice

def test_a_notice_is_typed_in_lines_and_tells_the_trail(signed_in):
    client = signed_in("liang")
    assert write(client).url == reverse("base:calendar_year", args=[2027])
    row, entry = WorkYear.objects.get(), TrailEntry.objects.first()
    assert (row.year, row.official, row.who, len(row.days), row.days[0]) == (2027, True, "liang", 8, ["2027-02-06", "make_up", ""])
    assert (entry.act, entry.about, entry.who, entry.result) == ("calendar_written", "2027", "liang", "8 天")
    assert client.get(reverse("base:calendar_days", args=[2027])).context["form"]["lines"].value() == NOTICE.strip()


@pytest.mark.parametrize("line", [
    "2027-02-11 至 2027-02-17 春节", "2027年2月11日至2月17日 春节放假", "2027年2月11日（至）2月17日春节".replace("（至）", "—"), "2027-02-11,2027-02-17,春节", '"2027/2/11","2027/2/17","春节","7天"',
    "2027.2.11 ～ 2027.2.17 春节 共7天", "2027-02-11\t2027-02-17\t休\t春节", "2月11日至2月17日，春节", "２０２７－０２－１１ 到 ２０２７－０２－１７ 春节",
])
def test_a_stretch_is_read_however_it_is_written(line):
    assert read_lines(line, 2027) == ([SpecialDay(date(2027, 2, day), "off", "春节") for day in range(11, 18)], [])


@pytest.mark.parametrize("line", ["2027-02-06 补班", "2027-02-06,班", "2027年2月6日（星期六）上班".replace("（星期六）", ""), "2027-02-06 春节补班", "2027-02-06,2027-02-07,调休上班"])
def test_a_make_up_day_is_read_however_it_is_written(line):
    found, wrong = read_lines(line, 2027)
    assert wrong == [] and found[0].date == date(2027, 2, 6) and {one.kind for one in found} == {"make_up"}


def test_every_year_that_came_with_the_software_is_read_as_it_is_written():
    for one in calendar._shipped():
        assert read_lines(calendar.lines_of(one.days), one.year) == (list(one.days), [])


@pytest.mark.parametrize(("line", "words"), [
    ("春节", "先写日期"), ("2027-02-30 春节", "没有 2027-02-30 这一天"), ("2027-13-01 春节", "没有 2027-13-01"), ("2026-12-31 元旦", "请写到 2026 年那一页"),
    ("2027-12-30 至 2028-01-01 元旦", "请写到 2028 年那一页"), ("2027-02-17 至 2027-02-11 春节", "后一天要在前一天之后"), ("2027-02-11 至 2027-12-17 春节", "一段最多 15 天"),
    ("2027-02-08 补班", "2027-02-08 是周一，本来就上班"), ("2027-02-11", "后面写补班"), ("2027-02-11 放假", "是哪个节"), ("2027-02-11 " + "节" * 31, "最多 30 个字"),
    ("2027-02-112 春节", "先写日期"), ("0000-02-11 春节", "这一天"),
])
def test_a_wrong_line_says_what_is_wrong_with_it(line, words):
    found, (wrong,) = read_lines(line, 2027)
    assert found == [] and wrong.startswith("第 1 行：") and words in wrong


def test_every_wrong_line_is_said_at_once_with_its_number_and_nothing_is_kept(signed_in):
    answer = write(signed_in("liang"), lines="2027-01-01 元旦\n\n明天 春节\n2027-02-08 补班\n2027-01-01 补班\n2027-01-02 元旦\n2027-01-02 补班")
    text = plain(answer)
    assert answer.status_code == 422 and not WorkYear.objects.exists()
    assert all(f"第 {number} 行：" in text for number in (3, 4, 5, 7)) and "第 1 行：" not in text and "2027-01-02 在第 6 行已经写过" in text


@pytest.mark.parametrize(("said", "field"), [({"source": ""}, "source"), ({"lines": " \n"}, "lines"), ({"source": "文" * 121}, "source")])
def test_a_published_year_has_days_and_a_source(signed_in, said, field):
    answer = write(signed_in("liang"), **said)
    assert answer.status_code == 422 and list(answer.context["form"].errors) == [field] and not WorkYear.objects.exists()


def test_who_writes_after_somebody_else_reads_so_first(signed_in):
    assert write(signed_in("liang")).status_code == 302
    answer = write(signed_in("liang"))
    assert answer.status_code == 422 and "liang 在 2017年10月20日 09:00 也写了一份" in plain(answer) and WorkYear.objects.count() == 1
    seen = re.search(r'name="seen" value="(\d+)"', answer.content.decode())[1]
    assert write(signed_in("liang"), seen=seen).status_code == 302 and WorkYear.objects.count() == 2


def test_a_name_is_shown_as_text(signed_in):
    assert write(signed_in("liang"), lines="2027-02-11 <b>节", source="<i>").status_code == 302
    answer = signed_in("qin").get(reverse("base:calendar_year", args=[2027])).content.decode()
    assert "&lt;b&gt;节" in answer and "&lt;i&gt;" in answer and "<b>节" not in answer


@pytest.mark.parametrize("username", ["qin", "gan", "luo", "yan"])
def test_only_the_office_writes_and_everybody_reads(signed_in, username):
    client = signed_in(username)
    assert write(client).status_code == 404 and client.post(reverse("base:calendar_rule"), RULE | {"save": "yes"}).status_code == 404
    assert not WorkYear.objects.exists() and not VisitRule.objects.exists()
    text = client.get(reverse("base:calendar_year", args=[2026])).content.decode()
    assert "2026 年日历" in text and "/days/" not in text and 'href="/calendar/" aria-current="page">日历' in text


# the year that is missing

@pytest.mark.parametrize(("today", "year"), [(date(2026, 11, 30), None), (date(2026, 12, 1), 2027), (date(2027, 1, 5), 2027), (date(2027, 6, 1), 2027), (date(2025, 12, 31), None)])
def test_from_december_the_next_year_is_missed_until_it_is_official(db, today, year):
    assert calendar.missing(today) == year
    calendar.write_year(year=2027, source="听说", official=False, special=[], by="liang")
    assert calendar.missing(today) == year
    calendar.write_year(year=2027, source="通知", official=True, special=[SpecialDay(date(2027, 1, 1), "off", "元旦")], by="liang")
    assert calendar.missing(today) is None


@pytest.mark.parametrize(("username", "address", "warned"), [("liang", "registry:villages", True), ("gan", "accounts:officers", True), ("qin", "registry:villages", False),
                                                             ("yan", "base:trail", False), ("liang", "accounts:mine", False)])
def test_the_office_and_the_administrator_are_warned_on_their_first_page(signed_in, monkeypatch, username, address, warned):
    monkeypatch.setattr(clock, "today", lambda: date(2026, 12, 1))
    assert ("日历里还没有公布的 2027 年放假安排" in plain(signed_in(username).get(reverse(address)))) is warned
