"""What is remembered from month to month: states against a generated truth, answers that hold and lapse, keys that survive what happens to rows."""

import csv
import re
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from bangfu.cli import main
from bangfu.demo.months import TRUTH, write_months
from bangfu.engines.reconcile.memory import Month, match, read_months
from bangfu.engines.reconcile.outputs import WORKLIST
from bangfu.engines.reconcile.run import Result, reconcile
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import check_character
from bangfu.engines.relations.refusals import Refusal
from bangfu.rulebooks import SAMPLE, load_rulebook
from tests.engines.spec.registers import AS_OF, extract
from tests.tables import rows as lines_of

STRUCTURE = ("moved", "household_split", "household_merged", "household_columns_disagree")


def as_month(month: str, result: Result, answers: dict[str, dict[str, Any]] | None = None) -> Month:
    """What next month reads of this result, without the files."""
    rows = result.findings.to_pylist()
    values = {row["finding_id"]: {"handbook_value": row["handbook_value"], "system_value": row["system_value"]} for row in rows}
    full = {key: {"value_verified": None, "who": None, "when": None, **values[key], **said} for key, said in (answers or {}).items()}
    return Month(month, Path(month), rows, result.gone.to_pylist() if result.gone is not None else (), full)


def at(month: str, handbook: str, system: str, *previous: Month) -> Result:
    other = replace(extract("system", system), sha256="1")
    return reconcile(extract("handbook", handbook), other, rulebook=load_rulebook(SAMPLE), as_of=AS_OF, month=month, version="t", previous=previous)


def states(result: Result) -> list[tuple[str, str, str, str, int]]:
    return [(row["kind"], row["field"], row["state"], row["first_seen"], row["times_seen"]) for row in result.findings.to_pylist()]


# --- three generated months against their truth ---


def check_months(folder: Path, **asked: Any) -> list[str]:
    paths = write_months(folder, months=3, **asked)
    truth = paths.pop(TRUTH)
    for month, path in paths.items():
        handbook, system = sorted(path.glob("手册*"))[0], sorted(path.glob("系统*"))[0]
        earlier = [str(folder / "核查" / one) for one in paths if one < month]
        previous = ["--previous", *reversed(earlier)] if earlier else []
        assert main(["reconcile", str(handbook), str(system), "--out", str(folder / "核查" / month), "--quiet", "--report", "none", *previous]) == 0
    with truth.open(encoding="utf-8-sig") as file:
        wanted = Counter((row["month"], row["finding"], row["field"], row["household"], row["person"], row["state"], row["first_seen"], int(row["times_seen"]))
                         for row in csv.DictReader(file))  # fmt: skip
    found: Counter[tuple[Any, ...]] = Counter()
    places: dict[str, dict[tuple[str, str, int], tuple[str, str]]] = {}
    for month, path in paths.items():
        with (path / "truth_people.csv").open(encoding="utf-8-sig") as file:
            places[month] = {(side, row[f"{name}_sheet"] if side == "handbook" else "", int(row[f"{name}_row"])): (row["household"], row["person"])
                             for row in csv.DictReader(file) for side, name in (("handbook", "booklet"), ("system", "export")) if row[f"{name}_row"]}  # fmt: skip
    months = list(paths)
    for number, month in enumerate(months):
        out = folder / "核查" / month
        rows = [(month, row) for row in pq.read_table(out / "findings.parquet").to_pylist()]
        assert len({row["finding_id"] for _, row in rows}) == len(rows)
        if (out / "cleared.parquet").exists():
            rows += [(months[number - 1], row) for row in pq.read_table(out / "cleared.parquet").to_pylist() if row["gone_since"] == month]
        for of, row in rows:
            if row["kind"] == "unknown_value":
                continue
            side = "system" if row["system_row"] and row["kind"] != "household_split" else "handbook"
            household, person = places[of][side, row["handbook_sheet"] if side == "handbook" else "", row[f"{side}_row"]]
            kind = "field" if row["kind"] == "malformed" else row["kind"]
            if kind in STRUCTURE or (row["field"] in FIELDS and FIELDS[row["field"]].of_household):
                person = ""
            if kind == "not_kept":
                household = person = ""
            found[month, kind, "" if kind in STRUCTURE[:3] else row["field"], household, person, row["state"], row["first_seen"], row["times_seen"]] += 1
    return sorted(map(str, ((wanted - found) + Counter({("extra", *key): count for key, count in (found - wanted).items()})).elements()))


def test_three_generated_months_have_exactly_the_states_of_the_truth(tmp_path):
    assert check_months(tmp_path, seed=21, errors=0.06) == []
    with (tmp_path / TRUTH).open(encoding="utf-8-sig") as file:
        assert {row["state"] for row in csv.DictReader(file)} == {"new", "still_there", "cleared", "back_again"}


def test_the_same_seed_gives_the_same_months_and_another_one_does_not(tmp_path):
    truths = {}
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        paths = write_months(tmp_path / name, months=2, size="tiny", seed=seed, errors=0.3, kind="csv")
        truths[name] = {str(path.relative_to(tmp_path / name)): path.read_bytes() for path in (tmp_path / name).rglob("*") if path.is_file()}
        assert list(paths) == ["2017-09", "2017-10", TRUTH]
    assert truths["a"] == truths["b"] and truths["a"] != truths["c"] and len(truths["a"]) == 9


# --- what a finding is known by ---


HEAD = "household_code | person_code | village | name | certificate_no | relation_to_head | education_level | health_status"
MOTHER = "1001 | {code} | 甲村 | 陈秀兰 | {number} | 配偶 | {level} | 健康"
REST = ("1001 | 700001 | 甲村 | 黄大山 | 450499196503120114 | 户主 | 小学 | 健康", "2001 | 700005 | 甲村 | 莫水生 | 450499197001010014 | 户主 | 初中 | 健康")
NUMBER = "450499196803124213"


def people(level: str = "初中", *, code: str = "700002", number: str = NUMBER, also: str = "", last: bool = True) -> str:
    """The register of three people; 陈秀兰 at its end or, with `last` false, at its top."""
    mother = MOTHER.format(code=code, number=number, level=level)
    lines = [*REST, mother] if last else [mother, *reversed(REST)]
    return "\n".join([HEAD, *lines, *([also] if also else [])])


def test_case_22_a_person_missing_in_march_may_and_july_is_one_item_first_seen_in_march():
    lacks = "\n".join([HEAD, *REST])
    march = at("2017-03", people(), lacks)
    may = at("2017-05", people(last=False), lacks, as_month("2017-03", march))
    july = at("2017-07", people(), lacks, as_month("2017-03", march), as_month("2017-05", may))
    assert [states(one) for one in (march, may, july)] == [
        [("only_in_handbook", "", "new", "2017-03", 1)], [("only_in_handbook", "", "still_there", "2017-03", 2)],
        [("only_in_handbook", "", "still_there", "2017-03", 3)]]  # fmt: skip
    assert len({one.findings["finding_id"][0].as_py() for one in (march, may, july)}) == 1
    assert states(at("2017-07", people(), lacks, as_month("2017-05", may))) == states(july)  # last month's folder alone knows as much


def test_a_finding_goes_and_comes_back_and_what_is_gone_stays_known():
    one = at("2017-08", people("小学"), people())
    two = at("2017-09", people(), people(last=False), as_month("2017-08", one))
    three = at("2017-10", people(), people(last=False), as_month("2017-09", two))
    four = at("2017-11", people("小学"), people(), as_month("2017-10", three))
    assert [(row["field"], row["state"], row["gone_since"]) for row in two.gone.to_pylist()] == [("education_level", "cleared", "2017-09")]
    assert two.summary["memory"]["cleared"] == 1 and three.summary["memory"]["cleared"] == 0
    assert [row["gone_since"] for row in three.gone.to_pylist()] == ["2017-09"]
    assert states(four) == [("field", "education_level", "back_again", "2017-08", 2)] and four.gone.num_rows == 0


def test_folders_that_know_of_each_other_and_such_that_do_not_are_put_together():
    july = at("2017-07", people("小学"), people())
    august = at("2017-08", people("小学"), people(), as_month("2017-07", july))
    september = at("2017-09", people("小学"), people())  # somebody forgot --previous
    october = at("2017-10", people("小学"), people(), as_month("2017-07", july), as_month("2017-08", august))
    november = at("2017-11", people("小学"), people(), as_month("2017-09", september), as_month("2017-10", october))
    assert states(november) == [("field", "education_level", "still_there", "2017-07", 4)]


@pytest.mark.parametrize(("changed", "same"), [
    ({"last": False}, True),  # the row moved
    ({"code": "700009"}, True),  # the code was corrected; number and name tell who it is
    ({"number": "450499196803124299"}, True),  # the number is a wrong one now
    ({"code": "700009", "number": "450499196803124299"}, False),  # neither says that it is the same person
], ids=str)  # fmt: skip
def test_a_finding_is_found_again_whatever_became_of_its_row_if_nothing_must_be_guessed(changed, same):
    one = at("2017-09", people("小学"), people())
    two = at("2017-10", people("小学", **changed), people(**changed), as_month("2017-09", one))
    about = [row for row in two.findings.to_pylist() if row["field"] == "education_level"]
    assert [(row["state"], row["first_seen"]) for row in about] == [("still_there", "2017-09") if same else ("new", "2017-10")]
    assert (about[0]["finding_id"] == one.findings["finding_id"][0].as_py()) is same
    assert two.summary["memory"]["cleared"] == (not same)


@pytest.mark.parametrize("number", ["45049919720303002" + check_character("45049919720303002"), ""])
def test_two_persons_whose_codes_were_exchanged_keep_their_own_findings(number):
    def both(a: str, b: str, la: str, lb: str) -> str:
        return people(la, code=a, also=f"2001 | {b} | 甲村 | 莫水妹 | {number} | 之女 | {lb} | 健康")

    one = at("2017-09", both("700002", "700006", "小学", "小学"), both("700002", "700006", "初中", "高中"))
    two = at("2017-10", both("700006", "700002", "小学", "小学"), both("700006", "700002", "初中", "高中"), as_month("2017-09", one))
    by_value = [{row["system_value"]: row["finding_id"] for row in each.findings.to_pylist() if row["field"] == "education_level"} for each in (one, two)]
    assert by_value[0]["初中"] == by_value[1]["初中"] and (by_value[0]["高中"] == by_value[1]["高中"]) is bool(number)
    assert len({*by_value[0].values(), *by_value[1].values()}) == (2 if number else 3)  # without a number 莫水妹 is nobody's, not 陈秀兰


def test_findings_under_one_key_are_told_apart_by_their_values_then_by_order():
    def row(value: str | None) -> dict[str, Any]:
        return {"kind": "duplicate", "field": "", "by_code": "c", "by_number": None, "by_name": "n", "household_code": None, "village": "甲村", "handbook_value": value, "system_value": None}

    assert match([row("甲"), row("乙"), row("丙")], [row("丙"), row("丁"), row("甲")]) == {0: 2, 2: 0, 1: 1}
    assert match([row("甲"), row("甲")], [row("甲"), row("甲"), row("甲")]) == {0: 0, 1: 1}


def test_a_village_that_is_not_in_the_files_this_month_is_not_called_cleared_and_goes_on_after():
    other = "3001 | 700011 | 乙村 | 覃国强 | 450499195805050034 | 户主 | 小学 | 健康"
    one = at("2017-08", people(also=other.replace("小学", "高中")), people(also=other))
    two = at("2017-09", people(), people(last=False), as_month("2017-08", one))
    assert [(row["village"], row["state"]) for row in two.gone.to_pylist()] == [("乙村", "not_checked")]
    assert (two.summary["memory"]["cleared"], two.summary["memory"]["not_checked"]) == (0, 1)
    three = at("2017-10", people(also=other.replace("小学", "高中")), people(also=other), as_month("2017-09", two))
    assert states(three) == [("field", "education_level", "still_there", "2017-08", 2)]


HOUSES = "household_code | person_code | village | name | certificate_no | relation_to_head | household_phone | poverty_cause"
HOUSE = ("1001 | 700001 | 甲村 | 黄大山 | 450499196503120114 | {first} | 10000000001 | {cause}", "1001 | 700002 | 甲村 | 陈秀兰 | 450499196803124213 | {second} | 10000000001 | 因病",
         "2001 | 700005 | 甲村 | 莫水生 | 450499197001010014 | 户主 | 10000000009 | {other}")  # fmt: skip


def houses(*, head: int = 0, cause: str = "因病", other: str = "因病", turned: bool = False, without: str = "") -> str:
    lines = [one.format(first="户主" if head == 0 else "配偶", second="配偶" if head == 0 else "户主", cause=cause, other=other) for one in HOUSE]
    return "\n".join([HOUSES, *(reversed(lines) if turned else lines)]).replace("10000000001", without or "10000000001")


def test_what_is_said_of_a_household_or_a_column_is_the_same_when_rows_are_sorted_anew_or_the_head_is_another():
    one = at("2017-09", houses(cause="因残", other="命不好", without="10000000007"), houses())
    two = at("2017-10", houses(cause="因残", other="命不好", without="10000000007", turned=True, head=1), houses(turned=True, head=1), as_month("2017-09", one))
    kinds = {(kind, field, state) for kind, field, state, _, _ in states(two)}
    assert {("household_columns_disagree", "poverty_cause", "still_there"), ("field", "household_phone", "still_there")} <= kinds
    assert {state for *_, state in kinds} == {"still_there"}
    assert [row["handbook_value"] for row in two.gone.to_pylist()] == ["因残"]  # a household speaks by its first row, which is 陈秀兰's now


def test_a_column_no_longer_in_the_files_clears_nothing():
    one = at("2017-09", people("小学"), people())
    two = at("2017-10", people("小学").replace("education_level", "x_别的"), people(last=False), as_month("2017-09", one))
    assert [(row["field"], row["state"]) for row in two.gone.to_pylist()] == [("education_level", "not_checked")]


# --- answers ---


def answered(verdict: str = "system_wrong", **said: str) -> tuple[Month, str]:
    one = at("2017-08", people("小学"), people())
    key = one.findings["finding_id"][0].as_py()
    return as_month("2017-08", one, {key: {"verdict": verdict, "who": "覃国强", "when": "2017-08-25", **said}}), key


def now(result: Result) -> tuple[str, str, str, str]:
    [row] = [row for row in result.findings.to_pylist() if row["field"] == "education_level"]
    return row["verdict"], row["rule"], row["state"], row["reason"]


@pytest.mark.parametrize("verdict", ["system_wrong", "handbook_wrong", "both_right", "both_wrong"])
def test_a_decided_dispute_stays_decided_while_both_values_stand_however_they_are_written(verdict):
    august, _ = answered(verdict, value_verified="小学")
    september = at("2017-09", people("小学毕业", last=False), people("初中毕业"), august)
    found, rule, state, reason = now(september)
    assert (found, rule, state) == (verdict, "decided_before", "still_there")
    for word in ("2017-08", "覃国强", "2017-08-25", "“小学”"):
        assert word in reason
    assert september.summary["memory"]["decided_before"] == 1 and september.findings["document"].to_pylist() == [None]
    assert september.summary["findings"]["by_verdict"] == {verdict: 1}
    for previous in ((as_month("2017-09", september),), (august, as_month("2017-09", september))):
        october = at("2017-10", people("小学"), people(), *previous)
        assert now(october) == now(september) and october.findings["times_seen"].to_pylist() == [3]


def test_an_answer_lapses_when_a_value_changes_and_does_not_come_back_with_it():
    august, _ = answered()
    september = at("2017-09", people("小学"), people("高中"), august)
    found, rule, state, reason = now(september)
    assert (found, rule, state) == ("undecided", "", "still_there") and "2017-08曾核实为“系统错”，系统的值后来变了" in reason
    assert september.summary["memory"]["answers_lapsed"] == 1
    october = at("2017-10", people("小学"), people(), august, as_month("2017-09", september))
    assert now(october)[0] == "undecided" and "系统的值后来变了" in now(october)[3]


def test_an_answer_does_not_hold_for_a_dispute_that_went_away_and_came_back():
    august, _ = answered()
    september = at("2017-09", people(), people(last=False), august)
    october = at("2017-10", people("小学"), people(), august, as_month("2017-09", september))
    assert now(october)[:3] == ("undecided", "", "back_again") and "重新出现" in now(october)[3]


def test_an_answer_about_a_person_who_stands_on_one_side_only_holds_too():
    lacks = "\n".join([HEAD, *REST])
    march = at("2017-03", people(), lacks)
    answers = {march.findings["finding_id"][0].as_py(): {"verdict": "system_wrong", "who": "覃国强"}}
    may = at("2017-05", people(last=False), lacks, as_month("2017-03", march, answers))
    assert [(row["kind"], row["verdict"], row["rule"]) for row in may.findings.to_pylist()] == [("only_in_handbook", "system_wrong", "decided_before")]


def test_undecided_is_no_decision():
    august, _ = answered("undecided")
    assert now(at("2017-09", people("小学"), people(last=False), august))[:3] == ("undecided", "", "still_there")


# --- on disk ---


def csv_of(path: Path, text: str) -> Path:
    lines = lines_of(text)
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow([FIELDS[name].label for name in lines[0]])
        table.writerows([cell or "" for cell in line.values()] for line in lines)
    return path


def fill(path: Path, **cells: str) -> None:
    """Write texts into cells (L2="手册错") of the workbook's second sheet, the first village's, as another program would save them."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = parts["xl/worksheets/sheet2.xml"].decode()
    for place, text in cells.items():
        sheet, count = re.subn(rf'<c r="{place}"( s="\d+")?[^>]*?(?:/>|>.*?</c>)', rf'<c r="{place}"\1 t="inlineStr"><is><t>{text}</t></is></c>', sheet)
        assert count == 1, place
    parts["xl/worksheets/sheet2.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def run_month(folder: Path, month: str, handbook: str, system: str, *more: str) -> Path:
    out = folder / month
    files = [csv_of(folder / f"{name}_{month}.csv", text) for name, text in (("手册", handbook), ("系统", system))]
    assert main(["reconcile", *map(str, files), "--out", str(out), "--month", month, "--quiet", *more]) == 0
    return out


def test_answers_come_home_from_the_workbook_and_hold_or_lapse_next_month(tmp_path, capsys):
    son = "2001 | 700006 | 甲村 | 莫小明 | 450499199001010017 | 之子 | {} | 健康"
    one = run_month(tmp_path, "2017-08", people("小学", also=son.format("高中")), people(also=son.format("大专")))
    sheet = openpyxl.load_workbook(one / WORKLIST)["甲村"]
    assert [(row[5].value, row[11].value) for row in sheet.iter_rows(min_row=2)] == [("陈秀兰", "？？ 待核实"), ("莫小明", "？？ 待核实")]
    before = (one / "findings.parquet").read_bytes()
    fill(one / WORKLIST, O2="小学", P2="覃国强", T2="2017.8.25", L3="手册错", P3="莫喆")
    assert main(["answers", str(one / WORKLIST)]) == 0
    assert "读到 2 条核实：系统错 1 条，手册错 1 条" in capsys.readouterr().out
    kept = pq.read_table(one / "answers.parquet").to_pylist()
    assert [(row["verdict"], row["value_verified"], row["who"], row["when"], row["handbook_value"], row["system_value"]) for row in kept] == [
        ("system_wrong", "小学", "覃国强", "2017-08-25", "小学", "初中"), ("handbook_wrong", None, "莫喆", None, "高中", "大专")]
    assert (one / "findings.parquet").read_bytes() == before
    two = run_month(tmp_path, "2017-09", people("小学", last=False, also=son.format("高中")), people(also=son.format("本科及以上")), "--previous", str(one))
    rows = {row["person_code"]: row for row in pq.read_table(two / "findings.parquet").to_pylist()}
    assert (rows["700002"]["verdict"], rows["700002"]["rule"], rows["700002"]["state"]) == ("system_wrong", "decided_before", "still_there")
    assert (rows["700006"]["verdict"], rows["700006"]["state"]) == ("undecided", "still_there") and "莫" not in rows["700006"]["reason"].partition("；")[0]
    assert "2017-08曾核实为“手册错”，系统的值后来变了" in rows["700006"]["reason"]


def test_what_cannot_be_taken_is_said_with_its_row_and_the_rest_is_kept(tmp_path, capsys):
    one = run_month(tmp_path, "2017-08", people("小学", also="2001 | 700006 | 甲村 | 莫小明 | 450499199001010017 | 之子 | 高中 | 健康"),
                    people(also="2001 | 700006 | 甲村 | 莫小明 | 450499199001010017 | 之子 | 大专 | 患有大病"))  # fmt: skip
    fill(one / WORKLIST, L2="手册错", L3="不清楚", L4="手册错", V4="0123456789abcdef")
    assert main(["answers", str(one / WORKLIST), "--run", str(one)]) == 2
    said = capsys.readouterr()
    assert "“甲村”第3行L列“判定”" in said.err and "“甲村”第4行：编号不在这次核查的结果里" in said.err and "有 2 处没有收下" in said.err
    assert pq.read_metadata(one / "answers.parquet").num_rows == 1
    assert main(["answers", str(one / WORKLIST), "--run", str(tmp_path)]) == 1
    assert "没有 findings.parquet" in capsys.readouterr().err


def test_cleared_findings_stand_grey_in_the_workbook_without_rows_and_take_no_answer(tmp_path, capsys):
    one = run_month(tmp_path, "2017-08", people("小学"), people())
    two = run_month(tmp_path, "2017-09", people(), people(last=False), "--previous", str(one))
    row = [cell.value for cell in openpyxl.load_workbook(two / WORKLIST)["甲村"][2]]
    assert row[18] == "已消除" and row[9:11] == [None, None] and "已经没有了" in row[12]
    fill(two / WORKLIST, P2="莫喆")
    assert main(["answers", str(two / WORKLIST)]) == 2 and "本月已经消除，不用再填" in capsys.readouterr().err
    assert pq.read_table(two / "cleared.parquet")["gone_since"].to_pylist() == ["2017-09"]


def test_a_run_is_repeated_from_run_json_with_its_columns_previous_months_and_options(tmp_path):
    one = run_month(tmp_path, "2017-08", people("小学"), people())
    mapping = tmp_path / "map.toml"
    mapping.write_text('"大名" = "name"\n', encoding="utf-8")
    files = [csv_of(tmp_path / f"{name}.csv", text) for name, text in (("手册", people("小学", also=REST[0])), ("系统", people("高中", also=REST[0])))]
    files[0].write_text(files[0].read_text(encoding="utf-8-sig").replace("姓名", "大名"), encoding="utf-8")
    asked = ["--previous", str(one), "--columns", str(mapping), "--month", "2017-10", "--mask", "--to", "岑溪市扶贫办", "--number", "大政报〔2017〕5号", "--quiet"]
    assert main(["reconcile", *map(str, files), "--out", str(tmp_path / "a"), *asked]) == 0
    mapping.unlink()
    assert main(["reconcile", "--repeat", str(tmp_path / "a" / "run.json"), "--out", str(tmp_path / "b"), "--quiet"]) == 0
    for name in ("findings.parquet", "pairs.parquet", "cleared.parquet"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert pq.read_metadata(tmp_path / "b" / "findings.parquet").num_rows == 3
    with zipfile.ZipFile(tmp_path / "b" / "核查报告.docx") as letter:
        text = letter.read("word/document.xml").decode()
    assert "大政报〔2017〕5号" in text and "岑溪市扶贫办" in text
    with zipfile.ZipFile(tmp_path / "b" / WORKLIST) as book:
        assert not any("陈秀兰".encode() in book.read(name) for name in book.namelist())


def test_a_run_is_not_repeated_on_files_that_are_gone_or_others_now_and_all_is_said_at_once(tmp_path, capsys):
    one = run_month(tmp_path, "2017-08", people("小学"), people())
    two = run_month(tmp_path, "2017-09", people("小学"), people(last=False), "--previous", str(one))
    (tmp_path / "手册_2017-09.csv").unlink()
    (tmp_path / "系统_2017-09.csv").write_text("改过", encoding="utf-8")
    fill(one / WORKLIST, P2="莫喆")
    assert main(["answers", str(one / WORKLIST)]) == 0
    (one / "findings.parquet").write_bytes((one / "findings.parquet").read_bytes() + b" ")
    assert main(["reconcile", "--repeat", str(two / "run.json"), "--out", str(tmp_path / "b"), "--quiet"]) == 1
    said = capsys.readouterr().err
    assert "2017-08 的 findings.parquet 后来改动过" in said
    assert "手册文件不在了" in said and "系统文件后来改动过" in said and "后来多了 answers.parquet" in said
    assert not (tmp_path / "b").exists()


def test_earlier_folders_that_are_none_or_not_earlier_are_refused_in_words(tmp_path):
    one = run_month(tmp_path, "2017-08", people("小学"), people())
    with pytest.raises(Refusal) as refused:
        read_months([tmp_path, one], "2017-08")
    assert [problem.code for problem in refused.value.problems] == ["no_run", "not_earlier"]
    (one / "findings.parquet").write_bytes(b"PAR1")
    with pytest.raises(Refusal, match="读不出来"):
        read_months([one], "2017-09")
