"""What a fresh eye on the rewritten engine found: odd headers and cells, first-row-only columns, words that stand opposite themselves."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bangfu.cli import main

from .registers import found, run

SURNAMES, GIVEN = "陈林黄李王吴梁韦覃莫", "小大明华强芳丽军秀英国建文玉"
Line = dict[str, str | None]


def people(count: int, **columns: object) -> list[Line]:
    """Return so many persons, three to a household, with codes; a column is a value or a function of the person's number."""
    lines: list[Line] = []
    for at in range(count):
        line: Line = {"name": SURNAMES[at % 10] + GIVEN[at // 10 % 14] + GIVEN[(at * 3 + at // 14) % 14], "person_code": f"P{at:03}9", "village": "甲村",
                      "household_code": f"H{at // 3:03}8", "relation_to_head": "之子" if at % 3 else "户主"}
        lines.append(line | {name: said(at) if callable(said) else said for name, said in columns.items()})
    return lines


def on_first_row(text: str | None):
    """Return a column that only the first of a household's rows fills."""
    return lambda at: None if at % 3 else text


def test_a_header_with_quotes_in_it_is_a_column_like_any():
    ours = people(10, **{'x_a"b': lambda at: "丙" if at == 9 else None, "village": lambda at: "乙村" if at == 9 else "甲村"})
    theirs = people(10, **{'x_a"b': "丁", "village": lambda at: "乙村" if at == 9 else "甲村"})
    assert [row[:2] for row in found(ours, theirs)] == [("not_kept", 'x_a"b'), ("field", 'x_a"b')]


def test_a_household_column_that_the_export_fills_on_first_rows_only_is_kept_by_no_booklet_all_the_same():
    ours = people(120, house_area_m2=lambda at: "90" if at == 117 else None)
    result = run(ours, people(120, house_area_m2=on_first_row("80")))
    rows = result.findings.to_pylist()
    assert [(row["kind"], row["system_value"]) for row in rows] == [("not_kept", None), ("field", "80")]
    assert "对应上的40户中，手册有1户登记了“住房面积”，系统有40户登记了" in rows[0]["reason"]


def test_a_bad_number_is_said_once_though_one_village_keeps_the_column_and_another_does_not():
    village = {"village": lambda at: "甲村" if at < 6 else "乙村"}
    ours = people(12, **village, certificate_no=lambda at: None if at < 7 else f"450499{at}")
    theirs = people(12, **village, certificate_no=lambda at: "123" if at in (0, 6) else f"450499{at}")
    rows = [row for row in run(ours, theirs).findings.to_pylist() if row["system_value"] == "123"]
    assert [(row["village"], row["system_row"]) for row in rows] == [("甲村", 2), ("乙村", 8)]


@pytest.mark.parametrize("field", ["wage_income_fen", "household_size", "farmland_mu"])
@pytest.mark.parametrize("digits", [40, 5000])
def test_a_number_of_very_many_digits_is_malformed_and_stops_nothing(field, digits):
    assert found(people(3, **{field: "9" * digits}), people(3, **{field: "1"})) == [("malformed", field, "handbook_wrong", "unreadable")]


def test_a_village_written_on_first_rows_only_is_every_members_village():
    ours = people(6, village=on_first_row("甲村"), household_code=on_first_row("H1"), sex="男")
    rows = run(ours, people(5, village=on_first_row("甲村"), sex=lambda at: "女" if at == 1 else "男")).findings.to_pylist()
    assert {(row["kind"], row["village"]) for row in rows} >= {("field", "甲村"), ("only_in_handbook", "甲村")} and {row["village"] for row in rows} == {"甲村"}


@pytest.mark.parametrize("office", ["甲村村民委员会", "甲村委会", "甲村民委员会", "甲村"])
def test_a_village_has_one_name_however_either_side_writes_it(office):
    result = run(people(30), people(29, village=office))
    assert [(row["kind"], row["village"]) for row in result.findings.to_pylist()] == [("only_in_handbook", office)]
    assert list(result.summary["findings"]["by_village"]) == [office]


def test_a_word_that_also_stands_opposite_itself_is_no_other_word_for_what_it_differs_from():
    result = run(people(40, education_level="夜校班"), people(40, education_level=lambda at: "小学" if at < 6 else "夜校班"))
    assert result.summary["learned"] == []
    assert [(row["kind"], row["handbook_value"]) for row in result.findings.to_pylist()] == [("unknown_value", "夜校班")]
    learned = run(people(40, education_level="夜校班"), people(40, education_level="小学")).summary["learned"]
    assert [(one["word"], one["meaning"], one["count"]) for one in learned] == [("夜校班", "小学", 40)]


def test_a_person_left_under_the_same_household_code_is_not_said_to_have_moved():
    theirs = people(12, household_code=lambda at: "H0008" if at in (3, 4) else f"H{at // 3:03}8")
    assert [row[0] for row in found(people(12), theirs)] == ["household_merged"]


HEADERS = {"name": "姓名", "person_code": "人编号", "village": "行政村", "household_code": "户编号", "relation_to_head": "与户主关系", "sex": "性别"}


def parquet(folder: Path, *parts: pa.Table) -> Path:
    folder.mkdir()
    for at, part in enumerate(parts):
        pq.write_table(part, folder / f"{at}.parquet")
    return folder


def table(count: int, sex: str) -> pa.Table:
    return pa.Table.from_pylist([{HEADERS[name]: text for name, text in line.items()} for line in people(count, sex=sex)])


def check(folder: Path, system: Path) -> int:
    return main(["reconcile", str(parquet(folder / "h", table(9, "男"))), str(system), "--out", str(folder / "out"), "--as-of", "2017-10-20", "--report", "none", "--quiet"])


def test_parts_may_store_a_column_each_in_its_own_way(tmp_path):
    text = table(9, "女")
    numbers = text.append_column("人数", pa.array([3] * 9)).set_column(0, "姓名", text["姓名"].dictionary_encode())
    system = parquet(tmp_path / "s", numbers.slice(0, 3), text.append_column("人数", pa.array(["3"] * 9)).slice(3))
    assert check(tmp_path, system) == 0
    assert pq.read_table(tmp_path / "out" / "findings.parquet")["system_row"].to_pylist() == list(range(2, 11))


@pytest.mark.parametrize("harm", ["bytes", "twice", "damaged"])
def test_a_parquet_file_nobody_can_read_is_refused_in_words(tmp_path, harm, capsys):
    text = table(9, "女")
    if harm == "bytes":
        system = parquet(tmp_path / "s", text.append_column("备注", pa.array([b"\xff\xfe"] * 9)))
    elif harm == "twice":
        system = parquet(tmp_path / "s", pa.table([*text.columns, text["性别"]], names=[*text.column_names, "性别"]))
    else:
        system = parquet(tmp_path / "s", text)
        data = bytearray((system / "0.parquet").read_bytes())
        data[4:400] = b"\xff" * 396
        (system / "0.parquet").write_bytes(data)
    assert check(tmp_path, system) == 1
    assert {"bytes": "“备注”列存的不是文字", "twice": "有几列都叫“性别”", "damaged": "文件已损坏"}[harm] in capsys.readouterr().err


def test_a_column_left_out_because_another_differs_in_capitals_only_is_said():
    result = run(people(3, x_a="1", x_A="2"), people(3, x_a="1", x_A="3"))
    assert {(one["header"], one["side"]) for one in result.summary["not_compared"]} == {("x_A", "handbook"), ("x_A", "system")}


def test_a_placeholder_opposite_nothing_accuses_nobody():
    assert found(people(9, person_code="无"), people(9, person_code="0000")) == []


def test_a_village_may_number_its_households_from_one():
    ours = people(36, household_code=lambda at: str(at // 3 + 1), relation_to_head=None)
    result = run(ours, people(36, household_code=lambda at: str(at // 3 + 1), relation_to_head=None, sex="女"))
    assert result.summary["households"]["paired"] == 12


def test_a_code_filled_down_over_a_whole_village_is_nobodys_code():
    result = run(people(3000, person_code="暂无"), people(3000, person_code="暂无"))
    assert result.summary["pairs"]["by_method"] == {"household_name": 3000}


def test_name_village_and_the_heads_name_are_enough_for_a_pair():
    def listed(sex: str) -> list[Line]:
        return [{"name": one["name"], "village": one["village"], "sex": sex, "head_name": people(30)[at // 3 * 3]["name"]} for at, one in enumerate(people(30))]

    result = run(listed("男"), listed("女"))
    assert result.pairs.num_rows == 30 and {row["kind"] for row in result.findings.to_pylist()} == {"field"}
