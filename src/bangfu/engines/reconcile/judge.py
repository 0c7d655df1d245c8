"""judge: which side is wrong, and why.

A rule looks at one difference and accuses one side, or nobody: it is a pure function of the rows it is shown and gives a
sentence that names rows and values, so that a clerk can check it by hand. RULES are hard: validity, arithmetic and the same
register's other rows. Against one side: that side is wrong. Against both: both are wrong if each is wrong by itself, else
undecided. Where they are silent the past and usualness (usual.py) may speak; against each other they decide nothing. Against
nobody: undecided, with the document that would settle it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import birth_in_number, certificate_fault, citizen_id, one_slip, sex_in_number
from bangfu.engines.relations.values import Value

from .columns import CAN_WORK
from .compare import SUMS, label_of
from .likeness import OTHER, SAME, SOUND, names_alike
from .sides import WORKING, Side
from .usual import Usual

Row = Mapping[str, Any]
PARTS = tuple(SUMS["gross_income_fen"])
MUST_BE_FILLED = frozenset({"person_code", "household_code", "name", "sex", "birth_date", "relation_to_head", "certificate_no"})
MALE = frozenset({"之子", "之父", "之女婿", "之孙子", "之外孙子", "之岳父", "之公公", "之祖父", "之外祖父", "之侄儿", "之曾孙子"})
FEMALE = frozenset({"之女", "之母", "之儿媳", "之孙女", "之外孙女", "之岳母", "之婆婆", "之祖母", "之外祖母", "之侄女", "之曾孙女"})


@dataclass(eq=False)
class Seen:
    """One side of a difference: the row cited, the column, what the cell says, and how to get at the household's rows."""

    side: Side
    row: Row
    kin: Callable[[], Sequence[Row]]
    column: str
    text: str | None
    value: Value
    shared_numbers: Mapping[str, Sequence[Row]]  # numbers that stand on more than one person of this side
    shared_codes: Mapping[str, Sequence[Row]]  # and codes

    @cached_property
    def household(self) -> Sequence[Row]:
        return self.kin()

    @cached_property
    def amounts(self) -> Mapping[str, int] | None:
        """The household's amounts in fen as the cited row says them; None where this side lacks a part or one cannot be read."""
        if not self.side.labels.keys() >= {*PARTS, "business_cost_fen"}:
            return None
        amounts: dict[str, int] = {}
        for name in (*PARTS, "business_cost_fen", "net_income_fen", "net_income_per_head_fen"):
            value = self.side.read(name, self.row.get(name))
            if value.problem:
                return None
            if value.normal is not None:
                amounts[name] = int(value.normal)
        return amounts

    def reads(self, name: str, row: Row | None = None) -> str | None:
        """Return the normal form of another cell of this side, None if it is absent, empty or unreadable."""
        return self.side.read(name, (self.row if row is None else row).get(name)).sound

    def at(self, row: Row | None = None) -> str:
        """Return 手册第5行, or 手册“甲村”表第5行 where the file has several sheets."""
        row = self.row if row is None else row
        sheet = f"“{row['sheet']}”表" if self.side.several_sheets else ""
        return f"{self.side.word}{sheet}第{row['row']}行"

    def cites(self, name: str | None = None, row: Row | None = None) -> str:
        """Return 手册第5行“性别”为“男”."""
        text = self.text if row is None and name is None else (self.row if row is None else row).get(name or self.column)
        row, name = self.row if row is None else row, name or self.column
        return f"{self.at(row)}“{label_of(name)}”" + (f"为“{text}”" if text else "为空")


@dataclass(eq=False)
class Case:
    """A difference to be judged: the field, both sides, and whether the household was split, merged or moved.

    usual  how usual either value is, where that is enough to decide
    past   what both sides said of it last month, in normal form: handbook, system
    """

    field: str
    handbook: Seen
    system: Seen
    as_of: date
    restructured: bool = False
    usual: Usual | None = None
    past: tuple[str | None, str | None] | None = None

    def proof(self) -> tuple[str, Seen] | None:
        """Return the one valid citizen's number of this person and a side that shows it; None if there is none or two."""
        numbers = [(number, seen) for seen in (self.handbook, self.system) if (number := seen.row.get("k_number"))]
        return numbers[0] if numbers and len({number for number, _ in numbers}) == 1 else None


@dataclass(frozen=True)
class Evidence:
    """What a rule found. against: handbook or system; by_itself: wrong without the other side; confidence: where it was measured."""

    rule: str
    against: str
    reason: str
    by_itself: bool = False
    confidence: float | None = None


@dataclass(frozen=True)
class Verdict:
    verdict: str
    rule: str
    reason: str
    confidence: float | None = None


Rule = Callable[[Case, Seen, Seen], str | None]
RULES: dict[str, Rule] = {}
_ABOUT: dict[str, frozenset[str]] = {}
MEDICAL = ("resident_medical", "employee_medical")


def about(*fields: str) -> Callable[[Rule], Rule]:
    """Make a function a rule on these fields (*_fen: every amount), by default on all; it accuses `one` by returning a sentence."""
    def register(rule: Rule) -> Rule:
        RULES[rule.__name__], _ABOUT[rule.__name__] = rule, frozenset(fields)
        return rule

    return register


@cache
def _rules_on(field: str) -> tuple[tuple[str, Rule], ...]:
    spoken = {field, "*_fen"} if field.endswith("_fen") else {field}
    return tuple((name, rule) for name, rule in RULES.items() if not _ABOUT[name] or _ABOUT[name] & spoken)


@about()
def unreadable(case: Case, one: Seen, other: Seen) -> str | None:
    """The cell cannot be what its column holds: a check character that fails, a day that is not, letters for a number."""
    if one.value.problem in (None, "unknown_value"):
        return None
    if one.value.problem == "malformed_certificate":
        fault = certificate_fault(one.value.normal or "") or one.value.why
        fits = f"；{other.at()}的号码校验相符" if citizen_id(other.value.normal) else ""
        return f"{one.at()}“{label_of(one.column)}”{fault}{fits}"
    return f"{one.cites()}，{one.value.why}"


@about(*MUST_BE_FILLED)
def left_empty(case: Case, one: Seen, other: Seen) -> str | None:
    """What everybody has is missing on one side and stands on the other."""
    if one.value.normal is not None or other.value.problem:
        return None
    fits = "，校验相符" if case.field == "certificate_no" and citizen_id(other.value.normal) else ""
    return f"{one.cites()}，{other.at()}已登记{fits}"


@about("certificate_no")
def suffix_left_out(case: Case, one: Seen, other: Seen) -> str | None:
    """The first 18 characters agree, the disability class and level are missing, and somebody says 残疾."""
    ours, theirs = one.value.normal or "", other.value.normal or ""
    if len(ours) != 18 or len(theirs) < 20 or ours != theirs[:18]:
        return None
    witness = next((seen for seen in (other, one) if seen.reads("health_status") == "残疾"), None)
    if witness is None:
        return None
    return f"前18位相同，{one.at()}只有18位，{other.at()}后面还有残疾类别和等级“{theirs[18:]}”，{witness.cites('health_status')}"


@about("certificate_no")
def number_against_own_row(case: Case, one: Seen, other: Seen) -> str | None:
    """Two valid numbers: this one contradicts the sex, birth or age in its own row, and the other side's does not."""
    ours, theirs = one.row.get("k_number"), other.row.get("k_number")
    if not ours or not theirs or ours == theirs:
        return None
    sex = one.reads("sex")
    if sex and sex_in_number(ours) != sex and sex_in_number(theirs) == sex:
        return f"{one.at()}“证件号码”第17位为“{ours[16]}”（{sex_in_number(ours)}），与{one.cites('sex')}不符，{other.at()}的号码相符"
    birth = one.reads("birth_date")
    if birth and _birth(ours) != birth and _birth(theirs) == birth:
        return f"{one.at()}“证件号码”第7–14位为“{ours[6:14]}”，与{one.cites('birth_date')}不符，{other.at()}的号码相符"
    age = one.reads("age")
    if age and abs(_age(ours, case.as_of) - int(age)) > 2 and abs(_age(theirs, case.as_of) - int(age)) <= 1:
        return f"{one.at()}“证件号码”第7–14位为“{ours[6:14]}”，与{one.cites('age')}不符，{other.at()}的号码相符"
    return None


@about("certificate_no")
def number_of_somebody_else(case: Case, one: Seen, other: Seen) -> str | None:
    """The number stands on another person of the same register too, and the other side's number does not."""
    ours = one.row.get("k_number")
    if not ours or not other.row.get("k_number") or ours == other.row.get("k_number"):
        return None
    if other.row["k_number"] in other.shared_numbers:
        return None
    twin = next((row for row in one.shared_numbers.get(ours, ()) if row["id"] != one.row["id"]), None)
    return None if twin is None else f"{one.at()}的号码与{one.at(twin)}“{twin['name']}”的号码相同，一个号码只能属于一个人"


@about("person_code")
def code_of_somebody_else(case: Case, one: Seen, other: Seen) -> str | None:
    """The code stands on another person of the same register too, and the other side's code does not."""
    ours, theirs = one.row.get("k_code"), other.row.get("k_code")
    if not ours or not theirs or ours == theirs or theirs in other.shared_codes:
        return None
    twin = next((row for row in one.shared_codes.get(ours, ()) if row["id"] != one.row["id"]), None)
    return None if twin is None else f"{one.at()}的人编号与{one.at(twin)}“{twin['name']}”的人编号相同，一个编号只能属于一个人"


@about("household_size")
def size_against_rows(case: Case, one: Seen, other: Seen) -> str | None:
    """Both registers list as many people of the household, and only this side's 人数 is another number."""
    rows = len(one.household)
    if case.restructured or rows != len(other.household) or one.value.normal is None or one.value.normal == str(rows) or other.value.normal != str(rows):
        return None
    return f"{one.cites()}，但两边同户都列{rows}人，{other.cites()}"


@about("sex")
def sex_against_number(case: Case, one: Seen, other: Seen) -> str | None:
    """The seventeenth character of the number is odd for 男."""
    proof = case.proof()
    if proof is None or one.value.normal not in ("男", "女") or one.value.normal == sex_in_number(proof[0]):
        return None
    return f"{one.cites()}，而{proof[1].at()}“证件号码”第17位为“{proof[0][16]}”，应为“{sex_in_number(proof[0])}”"


@about("birth_date")
def birth_against_number(case: Case, one: Seen, other: Seen) -> str | None:
    """Characters 7 to 14 of the number are the day of birth."""
    proof = case.proof()
    if proof is None or one.value.normal is None or one.value.problem:
        return None
    if one.value.normal == _birth(proof[0])[: len(one.value.normal)]:
        return None
    return f"{one.cites()}，而{proof[1].at()}“证件号码”第7–14位为“{proof[0][6:14]}”"


@about("relation_to_head")
def relation_against_sex(case: Case, one: Seen, other: Seen) -> str | None:
    """之女 cannot be said of a man."""
    proof = case.proof()
    relation = one.value.normal
    if proof is None or relation not in MALE | FEMALE:
        return None
    sex = sex_in_number(proof[0])
    if (sex == "男") == (relation in MALE) or other.value.normal in (FEMALE if sex == "男" else MALE):
        return None
    return f"{one.cites()}，而{proof[1].at()}“证件号码”第17位为“{proof[0][16]}”（{sex}）"


@about("relation_to_head")
def no_head_or_two(case: Case, one: Seen, other: Seen) -> str | None:
    """A household has exactly one 户主, and with this value this side's has none or two, the other side's one."""
    if case.restructured or "户主" not in (one.value.normal, other.value.normal):
        return None
    heads, others = _heads(one), _heads(other)
    if len(heads) == 1 or len(others) != 1:
        return None
    if not heads:
        return f"{one.cites()}，{one.side.word}同户{len(one.household)}行中没有户主，{other.side.word}同户有1个户主"
    rows = "、".join(str(row["row"]) for row in heads)
    return f"{one.side.word}同户有{len(heads)}个户主（第{rows}行），{other.side.word}同户有1个户主（第{others[0]['row']}行）"


@about(CAN_WORK, "work_capacity")
def works_as_a_child(case: Case, one: Seen, other: Seen) -> str | None:
    """Under 16 nobody has work capacity."""
    proof = case.proof()
    if proof is None or other.value.normal is None:
        return None
    works = one.value.normal in WORKING or one.value.normal == "是"
    age = _age(proof[0], case.as_of)
    if not works or other.value.normal in WORKING or other.value.normal == "是" or age >= 16:
        return None
    return f"{one.cites()}，而{proof[1].at()}“证件号码”第7–14位为“{proof[0][6:14]}”，未满16周岁应为无劳动能力"


@about(*MEDICAL)
def medical_not_exactly_one(case: Case, one: Seen, other: Seen) -> str | None:
    """A person is in the residents' or in the employees' medical insurance, never in both and never in neither."""
    ours, theirs = [one.reads(name) for name in MEDICAL], [other.reads(name) for name in MEDICAL]
    if ours[0] != ours[1] or ours[0] not in ("是", "否") or (theirs[0] == theirs[1] and theirs[0] is not None):
        return None
    return f"{one.cites(MEDICAL[0])}、“{label_of(MEDICAL[1])}”为“{one.row.get(MEDICAL[1])}”，两种医保应参加且只参加一种"


@about("*_fen")
def sum_put_right(case: Case, one: Seen, other: Seen) -> str | None:
    """This side's amounts do not make its sum, and with the other side's value in this field they do."""
    if _adds_up(one) is not False or not other.value.normal or other.value.problem:
        return None
    if _adds_up(one, {case.field: int(other.value.normal)}) is not True:
        return None
    return f"{_sum_said(one)}；按{other.at()}的“{other.text}”则相符"


@about("net_income_per_head_fen")
def digit_off_the_sum(case: Case, one: Seen, other: Seen) -> str | None:
    """One digit of the figure differs from what the parts make, on whichever side the parts stand."""
    holder = one if one.amounts else other
    if not one.value.normal or one.value.problem or holder.amounts is None:
        return None
    size = next((size for size in _sizes(holder) if _one_digit_apart(one.value.normal, str(_per_head(holder, size)))), None)
    return None if size is None else f"{_sum_said(holder, size)}；{one.cites()}，与算得的只差一个数字"


@about("*_fen")
def in_ten_thousands(case: Case, one: Seen, other: Seen) -> str | None:
    """Written in 万元 where the column is in 元."""
    if not one.value.normal or not other.value.normal or one.value.problem or other.value.problem:
        return None
    ours, theirs = int(one.value.normal), int(other.value.normal)
    if not 0 < ours < 10_000 or abs(round(theirs / 10_000) - ours) > 1:
        return None
    return f"{one.cites()}，{other.cites()}，差一万倍，{one.side.word}是按万元填的"


@about("name")
def head_column_says_otherwise(case: Case, one: Seen, other: Seen) -> str | None:
    """The 户主 column of this side's household carries the name that the other side shows for the head."""
    heads = {row.get("k_head") for row in one.household} - {None}
    if one.row.get("k_relation") != "户主" or len(heads) != 1:
        return None
    if one.value.normal in heads or other.value.normal not in heads:
        return None
    rows = [row for row in one.household if row.get("k_head")]
    return f"{one.cites()}，但{one.cites('head_name', rows[0])}（同户{len(rows)}行这样写），与{other.at()}的姓名相同"


@about("health_status")
def disability_says_otherwise(case: Case, one: Seen, other: Seen) -> str | None:
    """健康 beside a disability certificate that both sides show."""
    if one.value.normal != "健康" or other.value.normal != "残疾":
        return None
    numbers = [seen.row.get("k_certificate") or "" for seen in (one, other)]
    if not all(citizen_id(number) and len(number) >= 20 for number in numbers):
        return None
    said = "，".join(f"{seen.at()}“证件号码”第19–20位为“{number[18:20]}”" for seen, number in zip((one, other), numbers, strict=True))
    return f"{one.cites()}，而{said}，是残疾类别和等级"


BY_ITSELF = frozenset({"unreadable", "digit_off_the_sum"})


def both_right(case: Case) -> tuple[str, str] | None:
    """Return rule and reason where the two differ and neither is wrong: another accounting period, a second telephone."""
    ours, theirs = case.handbook, case.system
    if case.field.endswith("_fen") or case.field == "income_period":
        periods = ours.reads("income_period"), theirs.reads("income_period")
        if all(periods) and periods[0] != periods[1]:
            return "other_period", f"{ours.cites('income_period')}，{theirs.cites('income_period')}，收入核算周期不同"
    if case.field in ("household_phone", "person_phone") and ours.value.normal and theirs.value.normal:
        first, second = set(ours.value.normal.split("、")), set(theirs.value.normal.split("、"))
        if first < second or second < first:
            more, fewer = (ours, theirs) if second < first else (theirs, ours)
            return "second_number", f"{more.cites()}，{fewer.cites()}，后者的号码前者都有"
    return None


def past(case: Case) -> Evidence | None:
    """Last month both sides said the same and one has changed: of a fact that ages the other is out of date; what only grows never shrinks."""
    fact = FIELDS.get(case.field)
    if case.past is None or case.past[0] != case.past[1] or fact is None or case.field in NEVER_AGE or not (fact.type in AGING or fact.grain == "C") or _how(case):
        return None
    before = case.past[0]
    still = [seen for seen in (case.handbook, case.system) if seen.value.normal == before and not seen.value.problem]
    changed = [seen for seen in (case.handbook, case.system) if seen.value.normal != before and not seen.value.problem]
    if len(still) != 1 or len(changed) != 1 or (changed[0].value.normal is None and case.field != "school_stage"):
        return None
    stale, new = still[0], changed[0]
    said = f"上月两边“{label_of(case.field)}”都{f'是“{before}”' if before else '没有填'}，这个月{new.cites()}，{stale.side.word}没有改"
    ranks = [_rank(case.field, seen) for seen in (stale, new)]
    if ranks[0] is not None and ranks[1] is not None and ranks[1] < ranks[0]:
        return Evidence("past", new.side.name, f"{said}；“{label_of(case.field)}”不会往回变")
    return Evidence("past", stale.side.name, f"{said}；{new.side.word}是后来更新的")


def usual(case: Case) -> Evidence | None:
    """One value is so much more usual among the same people than the other that slips planted there were told apart."""
    if case.usual is None or case.restructured:
        return None
    counts = []
    for seen, count in ((case.handbook, case.usual.handbook), (case.system, case.usual.system)):
        counts.append(f"“{label_of(case.field)}”" + (f"为“{seen.value.normal}”" if seen.value.normal else "为空") + f"的{count}{case.usual.unit}")
    return Evidence("usual", case.usual.against, f"{case.handbook.cites()}，{case.system.cites()}；{case.usual.who}，{'，'.join(counts)}", confidence=case.usual.confidence)


SOFT: Mapping[str, Callable[[Case], Evidence | None]] = {"past": past, "usual": usual}  # the strongest first
AGING = frozenset({"code", "codes", "yn", "year", "month", "int", "phone"})
NEVER_AGE = frozenset({"sex", "ethnicity", "certificate_kind", "household_code", "person_code", "relation_to_head"})  # two relations are changed for each other by slips, too
ONLY_GROW = frozenset({"education_level", "school_stage", "age", "lifted_year"})


def _rank(field: str, seen: Seen) -> int | None:
    """Return where a value stands on the way a fact can only go up; None where there is no such way."""
    value = seen.value.normal
    if field not in ONLY_GROW or not value:
        return None
    if value.isdigit():
        return int(value)
    values = seen.side.reader.codes[FIELDS[field].codes or ""].values
    value = value.replace("中职", "普通高中")  # two ways through the same years
    return values.index(value) if value in values else None


def judge(case: Case) -> Verdict:
    """Return the verdict on one difference, with the rule that decided and its sentence."""
    found = [Evidence(name, one.side.name, reason, name in BY_ITSELF) for one, other in
             ((case.handbook, case.system), (case.system, case.handbook)) for name, rule in _rules_on(case.field)
             if (reason := rule(case, one, other))]
    right = both_right(case)
    if right and not found:
        return Verdict("both_right", *right)
    accused = list(dict.fromkeys(piece.against for piece in found))
    reason = "；".join(piece.reason for piece in found)
    rules = "+".join(dict.fromkeys(piece.rule for piece in found))
    if len(accused) == 1:
        return Verdict(f"{accused[0]}_wrong", rules, reason)
    if len(accused) == 2:
        if all(any(piece.by_itself for piece in found if piece.against == side) for side in accused):
            return Verdict("both_wrong", rules, reason)
        return Verdict("undecided", rules, f"{reason}；两边的依据互相矛盾")
    soft = [piece for rule in SOFT.values() if (piece := rule(case))]
    if len({piece.against for piece in soft}) == 1:
        return Verdict(f"{soft[0].against}_wrong", soft[0].rule, soft[0].reason, soft[0].confidence)
    if soft:
        return Verdict("undecided", "+".join(piece.rule for piece in soft), "；".join(piece.reason for piece in soft) + "；两边的依据互相矛盾")
    return Verdict("undecided", "", f"{case.handbook.cites()}，{case.system.cites()}{_how(case)}，两份表里没有能判定的依据")


def _how(case: Case) -> str:
    """Say how a slip may have come about; it supports nothing."""
    ours, theirs = case.handbook.value.normal, case.system.value.normal
    if not ours or not theirs:
        return ""
    if case.field == "name":
        alike = names_alike(ours, theirs)
        return {SOUND: "，两个名字读音相同", OTHER: "", SAME: ""}.get(alike, "，两个名字只差一个字")
    if case.field in ("certificate_no", "person_code", "household_code", "household_phone", "person_phone") and one_slip(ours, theirs):
        return "，两个号码只差一处"
    if case.field.endswith("_fen") and int(ours) and int(theirs) and max(int(ours), int(theirs)) == 10 * min(int(ours), int(theirs)):
        return "，差十倍"
    return ""


def _birth(number: str) -> str:
    return f"{number[6:10]}-{number[10:12]}-{number[12:14]}"


def _age(number: str, as_of: date) -> int:
    born = birth_in_number(number)
    assert born is not None  # a citizen's number that holds has a day in it
    return as_of.year - born.year - ((as_of.month, as_of.day) < (born.month, born.day))


def _heads(seen: Seen) -> list[Row]:
    return [row for row in seen.household if row.get("k_relation") == "户主"]


def _sizes(seen: Seen) -> list[int]:
    """Return how many people the household may count: its rows, and what its 人数 says."""
    said = seen.reads("household_size") if "household_size" in seen.side.labels else None
    return [size for size in dict.fromkeys((len(seen.household), int(said or 0))) if size]


def _adds_up(seen: Seen, instead: Mapping[str, int] | None = None) -> bool | None:
    """Whether this side's amounts agree with each other, with some values put in; None where it does not carry them."""
    if seen.amounts is None or not {"net_income_fen", "net_income_per_head_fen"} & seen.amounts.keys():
        return None
    amounts = {**seen.amounts, **(instead or {})}
    net = _net(amounts)
    if "net_income_fen" in amounts and abs(net - amounts["net_income_fen"]) > 100:
        return False
    per_head = amounts.get("net_income_per_head_fen")
    return per_head is None or any(_rounded(per_head, _per_head_of(net, size)) for size in _sizes(seen))


def _net(amounts: Mapping[str, int]) -> int:
    return sum(amounts.get(name, 0) for name in PARTS) - amounts.get("business_cost_fen", 0)


def _per_head(seen: Seen, size: int) -> int:
    return _per_head_of(_net(seen.amounts or {}), size)


def _per_head_of(net: int, size: int) -> int:
    return (2 * net + size) // (2 * size)  # half up


def _one_digit_apart(one: str, other: str) -> bool:
    """Whether two amounts in fen differ by one digit, and by more than rounding does."""
    return not _rounded(int(one), int(other)) and len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _rounded(one: int, other: float) -> bool:
    """Whether two amounts in fen are the same but for rounding to the yuan, which never moves a yuan and keeps the fen."""
    apart = abs(one - other)
    return apart < 100 or (apart == 100 and one % 100 == 0)


def _sum_said(seen: Seen, size: int | None = None) -> str:
    """Say what this side's parts make, per head of `size` people, by default as many as fit its figure."""
    amounts = seen.amounts or {}
    net = _net(amounts)
    cells = "、".join(f"“{label_of(name)}”为“{seen.row.get(name) or ''}”" for name in (*PARTS, "business_cost_fen"))
    said = f"{seen.at()}{cells}，四项收入减支出为{net / 100:.2f}元"
    if "net_income_fen" in amounts and abs(net - amounts["net_income_fen"]) > 100:
        return f"{said}，而“{label_of('net_income_fen')}”为“{seen.row['net_income_fen']}”"
    per_head = amounts.get("net_income_per_head_fen", 0)
    fits = [one for one in _sizes(seen) if _rounded(per_head, _per_head_of(net, one))]
    size = size or (fits or _sizes(seen))[0]
    verdict = "相符" if size in fits else "不符"
    return (f"{said}，同户{size}人，人均{net / size / 100:.2f}元，与“{label_of('net_income_per_head_fen')}”为"
            f"“{seen.row.get('net_income_per_head_fen') or ''}”{verdict}")
