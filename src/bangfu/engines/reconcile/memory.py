"""remember: what earlier months found and clerks answered, held against this month's findings.

Promises: a finding is the same one only where nothing speaks against it (its object's code or valid number agrees and the other or the name agrees with it, or
neither is known and place and name agree), whatever became of its row; each is taken once, equal values first, then order. A settled answer holds while both
values stand and lapses for good when one changes. What this month's files do not show at all (a village or column that is not in them) is not called cleared.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.refusals import Problem, Refusal, refuse
from bangfu.engines.relations.values import clean_text

from .columns import Compared, read_as
from .findings import SCHEMA
from .judge import past
from .shown import SIDES, VERDICTS
from .sides import VILLAGE_END, Side

FINDINGS, CLEARED, ANSWERED = "findings.parquet", "cleared.parquet", "answers.parquet"
INSIDE = ("head_name", "member_name")  # for the two documents only: machines follow the codes
_KEPT = pa.schema([one for one in SCHEMA if one.name not in INSIDE])
# What is not there now. state: cleared, or not_checked where this month's files could not show it; gone_since: the month in which it was first missing.
GONE = pa.schema([*_KEPT, ("gone_since", pa.string())])
NOT_CHECKED, DECIDED = "not_checked", "decided_before"
PAST = past.__name__  # the rule by which the verdict goes by last month's values
_HOUSEHOLDS = frozenset({"household_split", "household_merged", "moved", "household_columns_disagree"})
Row = dict[str, Any]


@dataclass(frozen=True)
class Month:
    """One earlier run's folder. answers: finding_id -> what answers.parquet says; digests: file -> SHA-256 of what was read."""

    month: str
    folder: Path
    findings: Sequence[Row]
    gone: Sequence[Row] = ()
    answers: Mapping[str, Row] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


def read_months(folders: Iterable[Path], month: str) -> list[Month]:
    """Read the folders of earlier months, in the months' order. Raises Refusal, all reasons at once: no result in it, the same month twice, not earlier."""
    found: dict[str, Month] = {}
    problems: list[Problem] = []
    for folder in dict.fromkeys(path.resolve() for path in folders):
        try:
            one = _read_month(folder)
        except Refusal as refusal:
            problems += refusal.problems
            continue
        if one.month >= month:
            problems += refuse("not_earlier", folder.name, f"这个文件夹里是 {one.month} 的结果，本次核查的是 {month}。--previous 只写以前月份的文件夹。").problems
        elif one.month in found:
            problems += refuse("month_twice", folder.name, f"和“{found[one.month].folder.name}”都是 {one.month} 的结果。请只留一个。").problems
        found.setdefault(one.month, one)
    if problems:
        raise Refusal(problems)
    return [found[at] for at in sorted(found)]


def _read_month(folder: Path) -> Month:
    if not (folder / FINDINGS).is_file():
        raise refuse("no_run", folder.name, f"这个文件夹里没有 {FINDINGS}，不是核查写出的结果。请选核查时 --out 写的文件夹。")
    digests: dict[str, str] = {}

    def rows(name: str, needed: Sequence[str]) -> tuple[list[Row], bytes | None]:
        path = folder / name
        if not path.is_file():
            return [], None
        digests[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        try:
            table = pq.read_table(path)
        except (pa.ArrowInvalid, OSError) as error:
            raise refuse("unreadable", folder.name, f"里面的 {name} 读不出来，可能没有拷完整。请重新拷贝，或重新核查那个月。") from error
        if missing := set(needed) - set(table.column_names):
            raise refuse("older_version", folder.name, f"里面的 {name} 缺少 {'、'.join(sorted(missing))}，是旧版本写的。请用现在的版本重新核查那个月。")
        return table.to_pylist(), (table.schema.metadata or {}).get(b"month")

    findings, month = rows(FINDINGS, _KEPT.names)
    if month is None:
        raise refuse("older_version", folder.name, f"里面的 {FINDINGS} 没有写明月份，是旧版本写的。请用现在的版本重新核查那个月。")
    gone, _ = rows(CLEARED, GONE.names)
    answers, answered = rows(ANSWERED, ("finding_id", "verdict", "value_verified", "who", "when", "handbook_value", "system_value"))
    if answered != month:  # the folder was used again for another month since
        answers = []
    return Month(month.decode(), folder, findings, gone, {row["finding_id"]: row for row in answers}, digests)


@dataclass
class _Decision:
    """A settled dispute. said: the sentence as an earlier month wrote it; lapsed: why it holds no more."""

    month: str
    verdict: str
    said: str
    values: tuple[str | None, str | None]
    lapsed: str = ""


@dataclass
class _Item:
    """One finding through the months: its latest row, and what is known of it."""

    id: str
    row: Row
    first_seen: str
    times: int
    there: bool = True  # in the month looked at last
    not_checked: bool = False
    gone_since: str | None = None
    decision: _Decision | None = None


Same = Callable[[Row, str, Any, Any], bool]


def remember(findings: pa.Table, previous: Sequence[Month], month: str, sides: Mapping[str, Side], columns: Sequence[Compared],
             villages: Sequence[str], documents: Mapping[str, Mapping[str, str]]) -> tuple[pa.Table, pa.Table | None, dict[str, Any]]:
    """Return the findings with their states, ids, first months and settled verdicts, what is gone (GONE; None without earlier months), and the counts for the summary.

    previous   in the months' order, as read_months gives it
    documents  what settles a question (rulebook: documents.toml)
    """
    marked: dict[str | bytes, str | bytes] = {"month": month}
    if not previous:
        return findings.replace_schema_metadata(marked), None, {"previous": [], "states": dict(Counter(findings["state"].to_pylist()))}
    by_field = {one.field: one for one in columns}

    def same(row: Row, side: str, one: str | None, other: str | None) -> bool:
        if one == other:
            return True
        column = by_field.get(row["field"])
        if column is None:
            return clean_text(one) == clean_text(other)
        return read_as(column, sides[side], one).normal == read_as(column, sides[side], other).normal

    items: list[_Item] = []
    for at in previous:
        _fold(items, at, same)
    rows = findings.to_pylist()
    found = match([item.row for item in items], rows)
    taken = {item.id for item in items}
    decided = lapsed = 0
    for here, row in enumerate(rows):
        if here not in found:
            row["finding_id"] = _free(row["finding_id"], taken)
            continue
        item = items[found[here]]
        row["finding_id"], row["first_seen"], row["times_seen"] = item.id, item.first_seen, item.times + 1
        row["state"] = "still_there" if item.there or item.not_checked else "back_again"
        _by_the_past(item, row, documents, same)
        if item.decision is not None:
            _follow(item.decision, row, item.there or item.not_checked, same)
            if not item.decision.lapsed:
                decided += 1
                row |= {"verdict": item.decision.verdict, "rule": DECIDED, "reason": item.decision.said, "document": None, "confidence": None}
            else:
                lapsed += 1
                row["reason"] += f"；{item.decision.month}曾核实为“{VERDICTS[item.decision.verdict]}”，{item.decision.lapsed}，原来的判定不再算数，请重新核实"
    matched = set(found.values())
    here_now = frozenset(map(_place, villages))
    gone = [_gone(item, month, _shown_now(item.row, sides, by_field, here_now)) for at, item in enumerate(items) if at not in matched]
    states = Counter(row["state"] for row in rows)
    counts = {"previous": [one.month for one in previous], "states": dict(states), "cleared": sum(row["gone_since"] == month and row["state"] == "cleared" for row in gone),
              "not_checked": sum(row["state"] == NOT_CHECKED for row in gone), "decided_before": decided, "answers_lapsed": lapsed}
    return (pa.Table.from_pylist(rows, schema=findings.schema).replace_schema_metadata(marked), pa.Table.from_pylist(gone, schema=GONE).replace_schema_metadata(marked), counts)


def _by_the_past(item: "_Item", row: Row, documents: Mapping[str, Mapping[str, str]], same: Callable[[Row, str, str | None, str | None], bool]) -> None:
    """Let a verdict by last month's values stand while both values do, and take it back where one of them was there before."""
    if not all(same(row, side, item.row[f"{side}_value"], row[f"{side}_value"]) for side in SIDES):
        return
    if row["state"] == "still_there" and not row["rule"] and item.row["rule"] == PAST:
        said = str(item.row["reason"])
        row |= {"verdict": item.row["verdict"], "rule": PAST, "document": None, "reason": said if said.startswith("第一次列出时") else f"第一次列出时（{item.first_seen}）：{said}"}
    elif row["state"] == "back_again" and row["rule"] == PAST:  # an old copy came back, or a correction was undone: who can tell
        row |= {"verdict": "undecided", "rule": "", "document": documents["fields"].get(row["field"]) or documents["otherwise"]["document"],
                "reason": f"{row['reason']}；但以前也这样不同过，改一致以后又回来了，不能只凭上个月判定"}


def match(earlier: Sequence[Row], later: Sequence[Row]) -> dict[int, int]:
    """Return which later row is which earlier one (by place), each at most once: the surest agreement first, then equal values, then order."""

    def agree(name: str, one: Row, other: Row) -> bool:
        return one[name] is not None and one[name] == other[name]

    def unknown(name: str, one: Row, other: Row) -> bool:
        return one[name] is None or other[name] is None

    def of_household(row: Row) -> bool:
        return row["kind"] in _HOUSEHOLDS or (row["field"] in FIELDS and FIELDS[row["field"]].of_household)

    def same_place(one: Row, other: Row) -> bool:
        homes = one["household_code"], other["household_code"]
        return _place(one["village"]) == _place(other["village"]) and (not all(homes) or homes[0] == homes[1])

    ways: tuple[tuple[str, Callable[[Row, Row], bool]], ...] = (
        ("by_code", lambda one, other: agree("by_number", one, other)),
        ("by_code", lambda one, other: agree("by_name", one, other)),
        ("by_number", lambda one, other: agree("by_name", one, other) or unknown("by_code", one, other)),
        ("by_code", lambda one, other: of_household(other)),  # another head, the same household
        ("by_name", lambda one, other: unknown("by_code", one, other) and unknown("by_number", one, other) and same_place(one, other)),
    )  # fmt: skip
    found: dict[int, int] = {}
    used: set[int] = set()
    for key, fits in ways:
        places: dict[str, list[int]] = defaultdict(list)
        for at, row in enumerate(earlier):
            if at not in used and row[key] is not None:
                places[row[key]].append(at)
        for equal in (True, False):
            for here, row in enumerate(later):
                if here in found or row[key] not in places:
                    continue
                for at in places[row[key]]:
                    one = earlier[at]
                    if at not in used and fits(one, row) and (not equal or (one["handbook_value"], one["system_value"]) == (row["handbook_value"], row["system_value"])):
                        found[here] = at
                        used.add(at)
                        break
    return found


def _place(village: str) -> str:
    return VILLAGE_END.sub("", clean_text(village))


def _fold(items: list[_Item], at: Month, same: Same) -> None:
    """Carry the items one month on: what was found in it, what it says is gone, what was answered."""
    absent = [row for row in at.gone if row["state"] == NOT_CHECKED]
    rows = [*at.findings, *absent, *(row for row in at.gone if row["state"] != NOT_CHECKED)]
    found = match([item.row for item in items], rows)
    taken = {item.id for item in items}
    seen = set(found.values())
    for place, item in enumerate(items):
        if place not in seen and item.there:
            item.there, item.not_checked, item.gone_since = False, False, at.month
    for here, row in enumerate(rows):
        listed, unchecked = here < len(at.findings), len(at.findings) <= here < len(at.findings) + len(absent)
        if here not in found:
            item = _Item(_free(row["finding_id"], taken), row, row["first_seen"], row["times_seen"], there=listed, not_checked=unchecked, gone_since=row.get("gone_since"))
            items.append(item)
        else:
            item = items[found[here]]
            if item.decision is not None and listed:
                _follow(item.decision, row, item.there or item.not_checked, same)
            item.first_seen = min(item.first_seen, row["first_seen"])
            item.times = max(item.times + listed, row["times_seen"])
            item.there, item.not_checked = listed, unchecked
            item.gone_since = row.get("gone_since") if not listed else None
            item.row = row
        if not listed:
            continue
        answer = at.answers.get(row["finding_id"])
        if answer is not None and answer["verdict"] in VERDICTS and answer["verdict"] != "undecided":
            item.decision = _Decision(at.month, answer["verdict"], _sentence(at.month, answer), (answer["handbook_value"], answer["system_value"]))
        elif row["rule"] == DECIDED and item.decision is None:
            item.decision = _Decision(row["reason"][:7], row["verdict"], row["reason"], (row["handbook_value"], row["system_value"]))


def _sentence(month: str, answer: Row) -> str:
    who = f"，“核实人”为“{answer['who']}”" if answer["who"] else ""
    when = f"，核实日期{answer['when']}" if answer["when"] else ""
    value = f"，“核实值”为“{answer['value_verified']}”" if answer["value_verified"] else ""
    return f"{month}已核实为“{VERDICTS[answer['verdict']]}”{who}{when}{value}；两边的值都没有变，不用再核实"


def _follow(decision: _Decision, row: Row, was_there: bool, same: Same) -> None:
    """Let the decision lapse where the dispute went away in between or a value is another one now."""
    if decision.lapsed:
        return
    changed = [word for (side, word), value in zip(SIDES.items(), decision.values, strict=True) if not same(row, side, value, row[f"{side}_value"])]
    if changed:
        decision.lapsed = f"{'和'.join(changed)}的值后来变了"
    elif not was_there:
        decision.lapsed = "后来消除过又重新出现"


def _free(key: str, taken: set[str]) -> str:
    """Return the id, or the next one with a number, that no other finding of any month has."""
    base, number, one = key.partition("-")[0], 1, key
    while one in taken:
        number += 1
        one = f"{base}-{number}"
    taken.add(one)
    return one


def _shown_now(row: Row, sides: Mapping[str, Side], columns: Mapping[str, Compared], villages: frozenset[str]) -> bool:
    """Whether this month's files could show the finding: its village is in them, and its column."""
    if row["village"] and villages and _place(row["village"]) not in villages:
        return False
    if not row["field"] or row["field"] in columns:
        return True
    return row["kind"] in ("unknown_value", "household_columns_disagree") and any(row["field"] in side.labels for side in sides.values())


def _gone(item: _Item, month: str, could_be_seen: bool) -> Row:
    """Return the row of GONE: cleared for good if it was before, since this month if it was there last month, else not checked."""
    now = item.there or item.not_checked
    state = NOT_CHECKED if now and not could_be_seen else "cleared"
    return {**item.row, "finding_id": item.id, "first_seen": item.first_seen, "times_seen": item.times, "state": state,
            "gone_since": month if now and (state == "cleared" or item.gone_since is None) else item.gone_since}
