"""How a finding is put before people: its words, its values, its masks.

The report (report.py) and the workbook (worklist.py) both come through here, so that:
- a verdict, a kind or a state has one Chinese word everywhere, and is read back by the same word;
- the two documents count the same findings the same way;
- a masked document shows no full certificate number, telephone, name or sensitive value, neither in its own
  column nor quoted inside a reason.
Masks themselves are made in bangfu.engines.relations.identity.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import pyarrow as pa

from bangfu.documents.letter import clean
from bangfu.engines.relations.dictionary import FIELDS, Field
from bangfu.engines.relations.identity import mask, show_difference

VERDICTS: Mapping[str, str] = {
    "system_wrong": "系统错",
    "handbook_wrong": "手册错",
    "both_wrong": "两边都错",
    "both_right": "都对（口径/时点不同）",
    "undecided": "待核实",
}
SKIPPED: Mapping[str, str] = {"title": "标题或说明，不是人员", "unit": "单位，不是人员", "sum": "合计，不是人员", "signature": "签字或日期，不是人员", "blank": "空行"}  # why a row is no person's (rowkinds.py)
# Two boxes, left 手册, right 系统: ☑ right, ☒ wrong, ？ open (look.md, Verdicts).
SIGNS: Mapping[str, str] = {
    "system_wrong": "☑☒",
    "handbook_wrong": "☒☑",
    "both_wrong": "☒☒",
    "both_right": "☑☑",
    "undecided": "？？",
}
VERDICT_COLOURS: Mapping[str, str] = {
    "system_wrong": "#4E79A7",
    "handbook_wrong": "#E3A13B",
    "both_wrong": "#B5493F",
    "both_right": "#7FA66A",
    "undecided": "#9A9A9A",
}
KINDS: Mapping[str, str] = {
    "field": "内容不一致",
    "only_in_handbook": "仅手册有",
    "only_in_system": "仅系统有",
    "duplicate": "重复",
    "pair_ambiguous": "疑似多人对应",
    "household_split": "分户",
    "household_merged": "并户",
    "moved": "迁移",
    "household_columns_disagree": "同户各行不一致",
    "malformed": "不合规值",
    "not_kept": "手册未登记此栏",
    "unknown_value": "代码表外的值",
}
# What a judging rule goes by, for counting in the report.
RULES: Mapping[str, str] = {
    "unreadable": "该栏自身不合规",
    "left_empty": "应填未填",
    "suffix_left_out": "残疾证号不全",
    "number_against_own_row": "证件号码与本行性别、出生日期或年龄不符",
    "number_of_somebody_else": "证件号码重复使用",
    "code_of_somebody_else": "人编号重复使用",
    "size_against_rows": "人数与所列的人不符",
    "sex_against_number": "性别与证件号码不符",
    "birth_against_number": "出生日期与证件号码不符",
    "relation_against_sex": "与户主关系和性别不符",
    "no_head_or_two": "户主不是一人",
    "works_as_a_child": "劳动能力与年龄不符",
    "medical_not_exactly_one": "两种医保都填或都未填",
    "sum_put_right": "收入各项相加不符",
    "in_ten_thousands": "金额单位用错",
    "digit_off_the_sum": "与收入各项相加只差一个数字",
    "head_column_says_otherwise": "与同户“户主”栏不符",
    "disability_says_otherwise": "与残疾证号不符",
    "past": "上月一致，一边已改",
    "usual": "同类人中少见",
    "other_period": "收入核算周期不同",
    "second_number": "多登记一个电话",
    "fewer_rows_than_members": "列出的人少于登记的人数",
    "written_twice": "同一人登记两次",
    "other_rows_of_the_household": "同户各行不一致",
    "decided_before": "以前月份已核实",
}
STATES: Mapping[str, str] = {
    "new": "新增",
    "still_there": "仍存在",
    "back_again": "重新出现",
    "cleared": "已消除",
}
SIDES: Mapping[str, str] = {"handbook": "手册", "system": "系统"}

_NAME_FIELDS = frozenset({"name", "head_name", "account_holder"})
# A child under 14 has no less than level B (register.md § 1), and a finding does not carry the age:
# so the day of birth is masked for everybody.
_BIRTH = "birth_date"
_QUOTED = re.compile(r"“([^“”]{1,40})”(第[^“”]{1,12}位)?为“([^“”]*)”")
_LONG_NUMBER = re.compile(r"(?<![0-9A-Za-z])[0-9０-９][0-9０-９\- ]{8,24}[0-9０-９XxＸｘ](?![0-9A-Za-z])")
_BY_LABEL: Mapping[str, Field] = {field.label: field for field in FIELDS.values()}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding, as both documents need it; absent text is ""."""

    finding_id: str
    kind: str
    village: str
    villager_group: str
    household_code: str
    person_code: str
    head_name: str
    member_name: str
    field: str
    handbook_value: str
    system_value: str
    handbook_row: int | None
    system_row: int | None
    handbook_sheet: str
    system_sheet: str
    verdict: str
    reason: str
    document: str
    state: str
    rule: str = ""

    @property
    def cleared(self) -> bool:
        """Whether this month's files no longer show it."""
        return self.state == "cleared"


_TEXTS = tuple(name for name in Finding.__slots__ if name not in ("handbook_row", "system_row"))


def read_findings(table: pa.Table) -> list[Finding]:
    """Return the table's findings in its own order; a column that is not there reads as empty."""
    count = table.num_rows
    columns: dict[str, list[object]] = {}
    for name in Finding.__slots__:
        columns[name] = table.column(name).to_pylist() if name in table.column_names else [None] * count
    for name in _TEXTS:
        columns[name] = ["" if value is None else clean(str(value)) for value in columns[name]]
    return [Finding(*values) for values in zip(*(columns[name] for name in Finding.__slots__), strict=True)]


def villages_in_register_order(findings: Sequence[Finding], summary: Mapping[str, object]) -> list[str]:
    """Return every village once: as the summary lists them (the register's order), then as findings do."""
    counted = summary.get("findings")
    listed = counted.get("by_village", {}) if isinstance(counted, Mapping) else {}
    return list(dict.fromkeys([*(clean(str(name)) for name in listed), *(each.village for each in findings)]))


def subject(finding: Finding) -> str:
    """Say what a finding is about: the field's label, or what happened to a row or household."""
    kind = KINDS.get(finding.kind, finding.kind)
    if not finding.field:
        return kind
    label = field_label(finding.field)
    return label if finding.kind == "field" else f"{label}（{kind}）"


def field_label(field: str) -> str:
    """Return the field's Chinese label; a column the dictionary does not know is named by its own header."""
    known = FIELDS.get(field)
    return known.label if known else field


def verdict_word(verdict: str) -> str:
    """Return the verdict's word; one we do not know is shown as it is."""
    return VERDICTS.get(verdict, verdict)


def rules_said(findings: Sequence[Finding], most: int = 4) -> str:
    """Return how many findings each judging rule decided: 性别与证件号码不符2条、应填未填1条; "" if none did."""
    counted: dict[str, int] = {}
    for finding in findings:
        for rule in finding.rule.split("+"):
            if rule in RULES:
                counted[rule] = counted.get(rule, 0) + 1
    order = {rule: at for at, rule in enumerate(RULES)}
    ranked = sorted(counted, key=lambda rule: (-counted[rule], order[rule]))
    return "、".join(f"{RULES[rule]}{counted[rule]}条" for rule in ranked[:most]) + ("等" if len(ranked) > most else "")


def short_word(verdict: str) -> str:
    """Return the verdict's word without what stands in brackets, for the heads of tables."""
    return verdict_word(verdict).partition("（")[0]


def signed_word(verdict: str) -> str:
    """Return sign and word, as a cell of the workbook holds it: ☒☑ 手册错."""
    sign = SIGNS.get(verdict)
    return f"{sign} {verdict_word(verdict)}" if sign else verdict_word(verdict)


def values(finding: Finding, *, masked: bool) -> tuple[str, str]:
    """Return the two values as shown: whole, or masked with the differing characters in brackets."""
    ours, theirs = finding.handbook_value, finding.system_value
    if not masked:
        return ours, theirs
    field = FIELDS.get(finding.field)
    if not finding.field:
        return without_secrets(ours, finding), without_secrets(theirs, finding)
    if finding.field in _NAME_FIELDS or (field is not None and field.type == "name"):
        return mask_name(ours), mask_name(theirs)
    if finding.field == _BIRTH:
        return _births_apart(ours, theirs)
    if field is not None and field.sensitivity not in ("A", "B"):
        return hide_numbers(ours), hide_numbers(theirs)
    sensitive = field or _unknown(finding.field)
    if ours and theirs and ours != theirs and sensitive.type in ("certificate", "phone"):
        return show_difference(ours, theirs)
    return mask_value(ours, sensitive), mask_value(theirs, sensitive)


def reason(finding: Finding, *, masked: bool) -> str:
    """Return the reason as shown; masked, the values it quotes are masked by the field they come from."""
    return without_secrets(finding.reason, finding) if masked else finding.reason


def example_value(field: str, text: str) -> str:
    """Return a value for a list of examples that anybody in the office may see."""
    known = FIELDS.get(field)
    if field in _NAME_FIELDS or (known is not None and known.type == "name"):
        return mask_name(text)
    if field == _BIRTH:
        return _mask_birth(text)
    if known is not None and known.sensitivity not in ("A", "B"):
        return hide_numbers(text)
    return mask_value(text, known or _unknown(field))


def mask_value(text: str, field: Field) -> str:
    """Mask a sensitive value; a very short one (是, 否, a level) becomes one star."""
    if not text:
        return ""
    shown = mask(text, field)
    return shown if shown != text or "*" in text or "…" in text else "*"


def mask_name(name: str) -> str:
    """Return 黄* or 黄*明: the first character and, from three on, the last."""
    if len(name) < 2 or "*" in name:
        return name
    return name[0] + "*" if len(name) == 2 else name[0] + "*" * (len(name) - 2) + name[-1]


def without_secrets(text: str, finding: Finding) -> str:
    """Mask what a sentence quotes: each value by the field it stands in, then names, then long numbers."""

    def quoted(found: re.Match[str]) -> str:
        label, where, value = found.group(1), found.group(2) or "", found.group(3)
        field = _BY_LABEL.get(label)
        if where:
            shown = value if len(value) <= 2 else "*" * len(value)
        else:
            shown = example_value(field.name if field else label, value)
        return f"“{label}”{where}为“{shown}”"

    masked = _QUOTED.sub(quoted, text)
    field = FIELDS.get(finding.field)
    if finding.field and (
        field is None or field.sensitivity in ("A", "B") or finding.field in (_BIRTH, "name")
    ):
        for value in sorted({finding.handbook_value, finding.system_value}, key=len, reverse=True):
            if len(value) > 3:
                masked = masked.replace(value, example_value(finding.field, value))
    for name in sorted({finding.head_name, finding.member_name}, key=len, reverse=True):
        if len(name) > 1:
            masked = masked.replace(name, mask_name(name))
    return hide_numbers(masked)


def hide_numbers(text: str) -> str:
    """Shorten any run of ten or more digits to its first four and last two (4504…10)."""

    def shorten(found: re.Match[str]) -> str:
        kept = re.sub(r"[\- ]", "", found.group())
        return f"{kept[:4]}…{kept[-2:]}" if len(kept) >= 11 else found.group()

    return _LONG_NUMBER.sub(shorten, text)


def at_minute(made_at: datetime) -> str:
    """Return 2017-12-05 09:30."""
    return made_at.strftime("%Y-%m-%d %H:%M")


def chinese_date(made_at: datetime) -> str:
    """Return 2017年12月5日, as a letter is dated (no leading zeros)."""
    return f"{made_at.year}年{made_at.month}月{made_at.day}日"


def _mask_birth(text: str) -> str:
    """Keep the first three digits of the year."""
    return text[:3] + "*" * min(len(text) - 3, 7) if len(text) > 3 else text


def _births_apart(ours: str, theirs: str) -> tuple[str, str]:
    """Mask two days of birth; where at most three characters differ, those are shown in brackets."""
    apart = [at for at, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]]
    if len(ours) != len(theirs) or not 1 <= len(apart) <= 3:
        return _mask_birth(ours), _mask_birth(theirs)

    def around(text: str) -> str:
        return "".join(
            f"({letter})" if at in apart else letter if at < 3 or not letter.isalnum() else "*"
            for at, letter in enumerate(text)
        )

    return around(ours), around(theirs)


def _unknown(label: str) -> Field:
    """A column nobody described is treated as sensitive."""
    return Field(name=label, label=label, grain="M", type="text", sensitivity="B")
