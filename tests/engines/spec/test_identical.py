"""Households that both registers carry word for word are set aside, and a run gives the same with and without."""

from datetime import date

import pytest

from bangfu.demo.files import write_town
from bangfu.demo.town import AS_OF
from bangfu.engines.reconcile import link, run
from bangfu.engines.reconcile.identical import nothing_aside
from bangfu.engines.reconcile.run import reconcile
from bangfu.engines.reconcile.sides import read_keys
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.workbook import read_extract
from bangfu.rulebooks import SAMPLE, load_rulebook

HEADERS, RULEBOOK = load_headers(SAMPLE), load_rulebook(SAMPLE)
TOWNS = {
    "plain": {"errors": 0.1, "kind": "parquet", "hard": True},
    "dialects": {"errors": 0.1, "kind": "parquet", "hard": True, "dialects": True},
    "no_numbers": {"errors": 0.1, "kind": "parquet", "left_out": {"certificate_no": 0.3}},
    "booklet": {"errors": 0.1, "kind": "csv", "profile": "G2"},
}  # fmt: skip
NEW = ("手册.csv", "系统.csv")


@pytest.fixture(autouse=True)
def small_sample(monkeypatch):
    """Small registers would be sampled whole, and nothing of them set aside."""
    monkeypatch.setattr(link, "SAMPLED", 5)


def ran(paths, as_of=date(2017, 10, 20)):
    extracts = [read_extract(paths[side], side=side, headers=HEADERS) for side in ("handbook", "system")]
    result = reconcile(*extracts, rulebook=RULEBOOK, as_of=as_of, month="2017-10", version="0")
    aside = {one["step"]: one["rows"] for one in result.summary["steps"]}.get("identical", 0)
    for name in ("steps", "seconds", "peak_mb"):
        result.summary.pop(name)
    return (result.findings.to_pylist(), result.pairs.to_pylist(), result.summary), aside


def both_ways(paths, monkeypatch, as_of=date(2017, 10, 20)):
    """Run with and without setting aside; returns what either gives, and how many persons were set aside."""
    said, aside = ran(paths, as_of)

    def everything(desk, sides, sampled):
        nothing_aside(desk)
        for side in sides.values():
            read_keys(desk, side)

    monkeypatch.setattr(run, "set_aside", everything)
    return said, ran(paths, as_of)[0], aside


@pytest.mark.parametrize("town", TOWNS)
def test_a_town_gives_the_same_with_and_without(town, tmp_path, monkeypatch):
    paths = write_town(tmp_path, persons=3000, seed=41, **TOWNS[town])
    said, whole, aside = both_ways(paths, monkeypatch, AS_OF[TOWNS[town].get("profile", "G1")])
    assert said == whole
    assert aside > 1000 or town != "plain"


def town_of(tmp_path, change):
    """Write two registers of forty plain households of two, of which `change` may change any row (a list of texts) on either side."""
    header = ["村", "户编号", "人编号", "姓名", "证件号码", "与户主关系", "文化程度", "人数"]
    rows = [["甲村" if home < 20 else "乙村", f"4605{home:07d}", f"70{home:06d}{at}", f"{'黄李陈韦'[home % 4]}{'大小'[at]}{chr(0x4E00 + 37 * home)}", "", "户主" if not at else "配偶", "小学", "2"]
            for home in range(40) for at in range(2)]
    paths = {}
    for side, name in zip(("handbook", "system"), NEW, strict=True):
        here = [list(row) for row in rows]
        change(side, here)
        paths[side] = tmp_path / name
        paths[side].write_text("\n".join(",".join(row) for row in [header, *here]) + "\n", encoding="utf-8-sig")
    return paths


def one_differs(side, rows):
    if side == "system":
        rows[9][6] = "初中"


def code_written_with_a_space(side, rows):
    """One member's household code is written apart on both sides: he belongs to the household all the same."""
    rows[11][1] = rows[11][1][:4] + " " + rows[11][1][4:]
    rows[11][6] = "初中" if side == "system" else "小学"


def written_again_under_a_spaced_code(side, rows):
    """A row again, its code written apart: the first is set aside unless somebody looks."""
    if side == "handbook":
        rows.append([*rows[12][:2], rows[12][2][:3] + "-" + rows[12][2][3:], *rows[12][3:]])


def household_code_left_out_below(side, rows):
    """The register fills a household's columns on its first row only in one household."""
    rows[15][1] = rows[15][0] = ""
    rows[15][6] = "高中" if side == "system" else "小学"


def name_of_a_head_stands_twice(side, rows):
    """Two heads of one village have one name; one of them lost code and household's code in the booklet."""
    rows[22][3] = rows[20][3]
    if side == "handbook":
        rows[22][2], rows[22][1] = "", "46059999999"


def number_of_somebody_set_aside(side, rows):
    """One number in two households, of which one is the same on both sides."""
    rows[30][4], rows[50][4] = "450499196503120114", "450499196503120114" if side == "handbook" else "450499196708050228"


def code_of_somebody_set_aside(side, rows):
    if side == "handbook":
        rows[50][2] = rows[30][2]


def rows_of_a_household_that_disagree(side, rows):
    """On both sides alike: nothing differs, and each register contradicts itself."""
    rows[24][7] = "3"
    one_differs(side, rows)


def households_in_another_village(side, rows):
    """Which village is which is told by all the others."""
    if side == "handbook":
        for row in rows[42:60]:
            row[0] = "甲村"


def column_that_a_few_leave_empty(side, rows):
    """Most have it empty on both sides: that is no column the village does not keep."""
    for row in rows[:24]:
        row[6] = ""
    if side == "handbook":
        for row in rows[24:40]:
            row[6] = ""


CHANGES = [one_differs, code_written_with_a_space, written_again_under_a_spaced_code, household_code_left_out_below, name_of_a_head_stands_twice, number_of_somebody_set_aside,
           code_of_somebody_set_aside, rows_of_a_household_that_disagree, households_in_another_village, column_that_a_few_leave_empty]


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__)
def test_what_has_to_do_with_other_rows_is_not_set_aside(change, tmp_path, monkeypatch):
    said, whole, aside = both_ways(town_of(tmp_path, change), monkeypatch)
    assert said == whole
    assert said[0], "nothing was found"
    assert aside >= 40


def test_equal_registers_are_set_aside_but_for_a_sample(tmp_path):
    said, _ = ran(town_of(tmp_path, lambda side, rows: rows[0].__setitem__(6, "高中") if side == "system" else None))
    assert len(said[0]) == 1
    assert said[2]["households"]["paired"] == 40
    assert len(said[1]) == 80
