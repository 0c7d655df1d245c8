"""Findings nobody's register ever held, for the tests of the two documents."""

from typing import Any

import pyarrow as pa

WHOLE_NUMBERS = ("handbook_row", "system_row", "times_seen")
COLUMNS = (
    "finding_id", "kind", "village", "household_code", "person_code", "field", "handbook_value", "system_value",
    "handbook_row", "system_row", "verdict", "confidence", "reason", "rule", "document", "first_seen", "state",
    "villager_group", "head_name", "member_name", "sheet", "times_seen", "handbook_sheet", "system_sheet",
)  # fmt: skip
NO_VALUES = {"handbook_value": None, "system_value": None}
VILLAGES = ("板么村", "思回村", "泗龙村", "杨乐村")


def finding(number: int, **said: Any) -> dict[str, Any]:
    """One finding: 黄小明 of 板么村, whose year of birth differs, unless said otherwise."""
    usual = {
        "finding_id": f"f{number:06d}", "kind": "field", "village": "板么村",
        "household_code": f"45048110800{number % 900:03d}", "person_code": f"9{number:09d}",
        "field": "birth_date", "handbook_value": "1980-01-02", "system_value": "1981-01-02",
        "handbook_row": number + 1, "system_row": number + 3, "verdict": "system_wrong", "confidence": 0.95,
        "reason": f"手册第{number + 1}行“证件号码”第7–14位为“19800102”，与手册出生日期一致",
        "rule": "birth_in_id", "document": "户口本", "first_seen": "2017-11", "state": "new",
        "villager_group": "第三组", "head_name": "黄大山", "member_name": "黄小明", "sheet": "", "times_seen": 1,
        "handbook_sheet": "", "system_sheet": "",
    }  # fmt: skip
    return {**usual, **said}


def table(*found: dict[str, Any]) -> pa.Table:
    """The findings as the engine hands them over."""
    kinds = {name: pa.int64() for name in WHOLE_NUMBERS} | {"confidence": pa.float64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in COLUMNS])
    return pa.Table.from_pylist(list(found), schema=schema)


def many(count: int) -> pa.Table:
    """As many findings as asked for, of every kind, over four villages."""
    sorts: tuple[dict[str, Any], ...] = (
        {},
        {"field": "certificate_no", "handbook_value": "450499198001020010", "system_value": "450499198001020012",
         "verdict": "handbook_wrong",
         "reason": "手册“证件号码”第18位为“0”，按校验规则应为“2”；系统“证件号码”为“450499198001020012”，校验相符"},
        {"field": "household_phone", "handbook_value": "10012345678", "system_value": "10012345687",
         "verdict": "undecided", "document": "电话核实", "member_name": None,
         "reason": "两边各有一个号码，都说得通，需与户主核对"},
        {"field": "health_status", "handbook_value": "长期慢性病", "system_value": "健康", "verdict": "undecided",
         "document": "医院诊断证明", "reason": "两边都说得通，未见可核对的行业数据"},
        {"field": "net_income_per_head_fen", "handbook_value": "18000", "system_value": "16500", "verdict": "both_right",
         "member_name": None, "document": "收入台账", "reason": "手册为2017年收入，系统为2016年收入，时点不同"},
        {"field": "education_level", "handbook_value": "初中", "system_value": "小学", "verdict": "both_wrong",
         "document": "学籍", "reason": "学籍名册第12行为“高中”，与两边都不符"},
        {"kind": "only_in_handbook", "field": "", **NO_VALUES, "system_row": None,
         "verdict": "undecided", "reason": "系统中没有对应的人", "document": "户口本"},
        {"kind": "only_in_system", "field": "", **NO_VALUES, "handbook_row": None,
         "verdict": "handbook_wrong", "reason": "系统第9行有此人，手册该户未登记", "state": "still_there"},
        {"kind": "duplicate", "field": "", **NO_VALUES, "verdict": "system_wrong",
         "reason": "系统第9行与第31行同一人编号", "state": "still_there"},
        {"kind": "household_columns_disagree", "field": "water_difficulty", "handbook_value": "是，否",
         "system_value": None, "verdict": "handbook_wrong", "member_name": None, "reason": "同户各行饮水是否困难填写不一致"},
        {"state": "cleared", "field": "ethnicity", "handbook_value": "壮族", "system_value": "汉族"},
    )  # fmt: skip
    names = ("黄小明", "陈彧", "韦春堃", "覃国强", "李阿妹", "莫喆", "欧阳小雨")
    return table(
        *(
            finding(
                number,
                **{
                    "village": VILLAGES[number * len(VILLAGES) // max(count, 1)],
                    "member_name": names[number % len(names)],
                    **sorts[number % len(sorts)],
                },
            )
            for number in range(count)
        )
    )


def summary(**said: Any) -> dict[str, Any]:
    """The summary of a run over four villages in the register's order."""
    given: dict[str, Any] = {
        "version": "0.1.0", "month": "2017-11", "as_of": "2017-11-30", "engine": "duckdb", "town": "大业镇",
        "rulebook": {"name": "sample", "fingerprint": "0"},
        "inputs": {
            "handbook": {
                "file": "手册.xlsx", "sha256": "0", "profile": "booklet", "sheets": ["手册"], "rows": 1042,
                "persons": 1040, "households": 268, "notes": ["隐藏的“备注”列也已读入。"],
                "skipped": [{"sheet": "手册", "row": 1043, "why": "合计行"}],
            },
            "system": {
                "file": "系统.xlsx", "sha256": "1", "profile": "G2", "sheets": ["Sheet1"], "rows": 1036,
                "persons": 1036, "households": 266, "notes": [], "skipped": [],
            },
        },
        "pairs": {"total": 1030, "by_method": {"person_code": 1001, "citizen_id": 20, "household_name": 9}},
        "households": {"handbook": 268, "system": 266, "paired": 264, "split": 1, "merged": 0, "moved": 1},
        "findings": {"total": 0, "by_village": {village: {"total": 0} for village in VILLAGES}},
        "form": [
            {"field": "certificate_no", "label": "证件号码", "count": 41, "handbook": "45049919800102001x",
             "system": "45049919800102001X"},
            {"field": "education_level", "label": "文化程度", "count": 212, "handbook": "初中毕业",
             "system": "初中"},
        ],
        "not_compared": [{"header": "易地搬迁批次", "side": "system", "why": "手册没有这一栏"}],
        "compared": [{"field": name, "label": name} for name in ("name", "birth_date", "certificate_no")],
        "steps": [], "seconds": 1.0, "peak_mb": 200,
    }  # fmt: skip
    return {**given, **said}
