"""`bangfu calendar`: a year's visit days and last working days, for a person and for a program."""

import json

import pytest

from bangfu.cli import main


def told(capsys, *arguments):
    assert main(["calendar", *arguments, "--json"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return json.loads(out)


def test_a_program_is_told_the_years_visit_days_and_last_working_days(capsys):
    found = told(capsys, "2017")
    assert found["official"] is True and len(found["visit_days"]) == 24
    assert {"rule_date": "2017-10-05", "date": "2017-10-09", "holiday": "国庆节", "make_up_until": "2017-10-11"} in found["visit_days"]
    assert {"rule_date": "2017-06-15", "date": "2017-06-15", "holiday": None, "make_up_until": "2017-06-19"} in found["visit_days"]
    assert len(found["last_working_days"]) == 12 and found["last_working_days"][8] == "2017-09-30"


@pytest.mark.parametrize(("on_holiday", "date", "until"), [("back", "2017-09-30", "2017-10-10"), ("on", "2017-10-09", "2017-10-11"), ("skip", None, None)])
def test_a_holiday_shifts_as_asked(capsys, on_holiday, date, until):
    found = told(capsys, "2017", "--on-holiday", on_holiday)
    assert {"rule_date": "2017-10-05", "date": date, "holiday": "国庆节", "make_up_until": until} in found["visit_days"]


def test_other_rules_can_be_asked_for(capsys):
    tuesdays = told(capsys, "2019", "--every-weeks", "2", "--from", "2017-06-06", "--on-holiday", "skip")["visit_days"]
    assert len(tuesdays) == 27 and tuesdays[0] == {"rule_date": "2019-01-01", "date": None, "holiday": "元旦", "make_up_until": None}
    assert [one["rule_date"] for one in told(capsys, "2026", "--nth", "5,5", "--weekday", "1")["visit_days"]] == [
        "2026-03-30", "2026-06-29", "2026-08-31", "2026-11-30"]
    assert len(told(capsys, "2026", "--nth", "2")["visit_days"]) == 12


def test_a_year_not_published_is_marked_and_no_failure(capsys):
    found = told(capsys, "2128")
    assert found["official"] is False and len(found["visit_days"]) == 24 and len(found["last_working_days"]) == 12
    assert main(["calendar", "2128"]) == 0
    assert "没有国务院公布的 2128 年放假安排" in capsys.readouterr().out


def test_a_person_reads_a_table(capsys):
    assert main(["calendar", "2026"]) == 0
    out = capsys.readouterr().out
    for word in ("2026-10-01 周四", "国庆节", "2026-10-08 周四", "2026-10-10 周六（补班）", "2026-02-28 周六（补班）", "依据：国务院办公厅"):
        assert word in out
    assert "暂定" not in out
    assert main(["calendar", "2026", "--on-holiday", "skip"]) == 0
    assert "不去" in capsys.readouterr().out


@pytest.mark.parametrize(("arguments", "said"), [
    ([], "缺少 年份"),
    (["明年"], "年份写成 2026 这样"),
    (["26"], "年份写成 2026 这样"),
    (["2026", "--on-holiday", "later"], "没有这个选项"),
    (["2026", "--nth", "6"], "每月第几个"),
    (["2026", "--weekday", "8"], "周几写 1 到 7"),
    (["2026", "--every-weeks", "2"], "要一起写"),
    (["2026", "--from", "2017-06-06"], "要一起写"),
    (["2026", "--every-weeks", "0", "--from", "2017-06-06"], "1 或更大"),
    (["2026", "--every-weeks", "900", "--from", "2017-06-06"], "1 到 520"),
    (["2026", "--every-weeks", "2", "--from", "2017-6-6"], "日期写成"),
    (["2026", "--every-weeks", "2", "--from", "2017-06-06", "--nth", "1"], "只能写一种"),
])
def test_wrong_usage_ends_with_two_and_says_how(capsys, arguments, said):
    with pytest.raises(SystemExit) as ended:
        main(["calendar", *arguments])
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == "" and said in err
