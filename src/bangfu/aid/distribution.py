"""发放表: printed with a code on every page, and typed back by exception.

Promises: a sheet keeps the lines it was printed with; it is typed back once; who did not come stays open and is on the next sheet; whoever
does not want it is reversed with that reason; all that is wrong with what was typed is said at once and nothing of it is entered.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.base.codes import new_code
from bangfu.chain.queries import caseworkers_on
from bangfu.registry.models import Area
from bangfu.registry.queries import head_name

from . import ledger, movements
from .errors import NotNow, Refused, StandsAlready
from .ledger import HandedOver
from .models import Batch, BatchState, DistributionSheet, Entry, Line, ReceiptMode

ABSENT, REFUSED, SIGNED = "absent", "refused", "signed"
WORDS = {"缺": ABSENT, "没来": ABSENT, "不在": ABSENT, "未到": ABSENT, "拒": REFUSED, "不要": REFUSED, "不领": REFUSED, "手": ReceiptMode.FINGERPRINT, "手印": ReceiptMode.FINGERPRINT,
         "代": ReceiptMode.BY_ANOTHER, "代领": ReceiptMode.BY_ANOTHER, "数": "part", "实领": "part",
         "absent": ABSENT, "refused": REFUSED, "print": ReceiptMode.FINGERPRINT, "other": ReceiptMode.BY_ANOTHER, "part": "part"}  # fmt: skip


@transaction.atomic
def sheets_by_village(*, batch: Batch, by: Officer) -> list[DistributionSheet]:
    """Return a sheet for each village with open lines, made anew where the open lines are others than on the sheet that is out."""
    if batch.state != BatchState.APPROVED:
        raise NotNow(_("这一批还没有批准，不能打印发放表。"))
    lines: dict[str, list[Line]] = defaultdict(list)
    for line in batch.lines.open().select_related("household").order_by("number", "pk"):
        lines[line.household.village_id].append(line)
    return [_sheet(by, [line.pk for line in some], batch.town, {"batch": batch, "village_id": village}) for village, some in sorted(lines.items())]


@transaction.atomic
def sheets_by_caseworker(*, town: Area, on: date, by: Officer, batches: Iterable[Batch] | None = None) -> list[DistributionSheet]:
    """Return for a visit day a sheet for each caseworker: what is still to be handed over to the caseworker's own households, of all batches."""
    lines = Line.objects.open().filter(entry__town=town, batch__state=BatchState.APPROVED, batch__by_bank=False)
    if batches is not None:
        lines = lines.filter(batch__in=list(batches))
    found = list(lines.select_related("household").order_by("household__village", "household__code", "batch", "number", "pk"))
    held = caseworkers_on({line.household_id for line in found}, on)
    mine: dict[int, list[Line]] = defaultdict(list)
    for line in found:
        if (holder := held.get(line.household_id)) is not None and holder.officer_id:
            mine[holder.officer_id].append(line)
    return [_sheet(by, [line.pk for line in some], town, {"officer_id": officer, "on": on}) for officer, some in sorted(mine.items())]


def _sheet(by: Officer, lines: list[int], town: Area, of: dict[str, object]) -> DistributionSheet:
    last = DistributionSheet.objects.filter(town=town, **of).order_by("-version").first()
    if last is not None and last.settled_at is None and last.lines == lines:
        return last
    sheet = DistributionSheet.objects.create(code=new_code(), town=town, version=(last.version + 1) if last else 1, lines=lines, printed_at=clock.now(), by=by, **({"on": clock.today()} | of))
    trail.write("distribution_printed", sheet.code, who=by.username, result=f"{len(lines)}")
    return sheet


@dataclass(frozen=True)
class Row:
    """One row of a sheet: a household's lines of one batch under one number of the sheet."""

    number: int
    lines: Sequence[Line]
    head: str
    settled: str = ""

    @property
    def household(self) -> object:
        return self.lines[0].household

    @property
    def what(self) -> str:
        """500 元, 棉被 1 床."""
        return _("、").join(said_of(line) for line in self.lines)


def left(line: Line) -> int:
    """Return how much of a line is still to be handed over; all of it where nothing is left."""
    return line.quantity - line.signed or line.quantity


def said_of(line: Line) -> str:
    """Return what of a line is still to be handed over: 500 元, 棉被 1 床."""
    text = ledger.amount(line.commodity, left(line))
    return text if line.commodity.is_money else f"{line.commodity.name} {text}"


def rows_of(sheet: DistributionSheet) -> list[Row]:
    """Return the rows of a sheet, numbered from 1 in the order of its lines; `settled` says why a row has nothing left to hand over."""
    found = Line.objects.with_signed().select_related("household__village", "person", "commodity", "batch", "drawn_from").in_bulk(sheet.lines)
    off = set(Entry.objects.filter(reverses__in=sheet.lines).values_list("reverses", flat=True))
    groups: dict[tuple[int, int, int | None], list[Line]] = defaultdict(list)
    for key in sheet.lines:
        line = found[key]
        groups[line.batch_id, line.household_id, line.person_id].append(line)
    heads: dict[int, str] = {}
    rows = []
    for number, lines in enumerate(groups.values(), start=1):
        home = lines[0].household
        head = heads.setdefault(home.pk, head_name(home, sheet.on))
        settled = _("冲正了") if all(line.pk in off for line in lines) else _("签收了") if all(line.signed >= line.quantity or line.pk in off for line in lines) else ""
        rows.append(Row(number, [line for line in lines if line.pk not in off] or lines, head, settled))
    return rows


@dataclass
class Said:
    """What was typed of one row: how, by whom, how much (None = all)."""

    how: str = SIGNED
    relation: str = ""
    collector: str = ""
    quantity: int | None = None


@dataclass
class Typed:
    """What a sheet's exceptions say: by row number, and what could not be read, each with its place."""

    rows: dict[int, Said] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


_EXCEPTION = re.compile(r"(\d{1,6})(?:\s*[-–—~到]\s*(\d{1,6}))?\s*([^\d\s]+)(?:[ \t\u3000]+(\S+))?(?:[ \t\u3000]+(.+))?")


def read(text: str, rows: Sequence[Row]) -> Typed:
    """Read exceptions as they are typed: "12 缺，15 代 儿子 黄明，18 手，20-25 缺，31 数 50"; who is not named has signed."""
    typed, known = Typed(), {row.number: row for row in rows}
    for piece in re.split(r"[,，;；\n]+", text):
        plain = piece.strip(" \t\u3000。")
        if not plain:
            continue
        found = _EXCEPTION.fullmatch(plain)
        if found is None or found[3] not in WORDS:
            typed.problems.append(_("“{text}”看不懂。写序号和一个字：缺、拒、手、代、数。").format(text=plain[:30]))
            continue
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first or last - first > 2000:
            typed.problems.append(_("“{text}”：后面的序号应当大一些。").format(text=plain[:30]))
            continue
        for number in range(first, last + 1):
            if said := _exception(number, WORDS[found[3]], found[4] or "", found[5] or "", known, typed):
                typed.rows[number] = said
    return typed


def _exception(number: int, how: str, first: str, second: str, known: dict[int, Row], typed: Typed) -> Said | None:
    problem = ""
    if number not in known:
        problem = _("这张表没有第 {n} 行。")
    elif number in typed.rows:
        problem = _("第 {n} 行写了两次。")
    elif known[number].settled:
        problem = _("第 {n} 行早就有结果了，不用再写。")
    elif how == ReceiptMode.BY_ANOTHER and not first:
        problem = _("第 {n} 行代领要写与户主的关系，如“{n} 代 儿子”。")
    elif how == "part" and (not (first.isdecimal() and len(first) < 12) or int(first) == 0 or len(known[number].lines) != 1 or int(first) >= left(known[number].lines[0]) or known[number].lines[0].commodity.is_money):
        problem = _("第 {n} 行的实领数要大于 0，小于应领数；只有一样实物的行可以这样写。")
    if problem:
        typed.problems.append(problem.format(n=number))
        return None
    return Said(ReceiptMode.SIGNED, quantity=int(first)) if how == "part" else Said(how, relation=first, collector=second)


@transaction.atomic
def type_back(*, sheet: DistributionSheet, rows: Sequence[Row], typed: Typed, on: date, distributors: tuple[Officer, Officer], witness: Officer | None, by: Officer) -> tuple[int, int, int]:
    """Enter a sheet that came back; returns how many rows were signed for, absent, refused. Raises Refused when something typed is wrong."""
    ledger.locked()
    if not DistributionSheet.objects.filter(pk=sheet.pk, settled_at=None).update(settled_at=clock.now()):
        raise StandsAlready(_("这张表已经录过了，没有再录一次。"))
    if typed.problems:
        raise Refused("\n".join(typed.problems))
    if witness is None and any(said.how == ReceiptMode.FINGERPRINT for said in typed.rows.values()):
        raise Refused(_("有按手印的行，要写监督人。"))
    handed, refused, absent, signed = [], [], 0, 0
    for row in rows:
        said = typed.rows.get(row.number, Said())
        if row.settled:
            continue
        if said.how == ABSENT:
            absent += 1
        elif said.how == REFUSED:
            refused += [(row, line) for line in row.lines]
        else:
            signed += 1
            handed += [HandedOver(line=line, quantity=said.quantity or line.quantity - line.signed, on=on, mode=said.how, distributor_1=distributors[0], distributor_2=distributors[1],
                                  witness=witness, collector=said.collector, relation=said.relation) for line in row.lines if line.signed < line.quantity]  # fmt: skip
    if handed:
        movements.sign(town=sheet.town, handed=handed, by=by, key=f"sheet {sheet.code}", document_no=sheet.code)
    for _row, line in refused:
        movements.reverse(line=line, reason=_("本人不领"), by=by, key=f"refused {sheet.code} {line.pk}")
    return signed, absent, len({row.number for row, _line in refused})


def namesakes(rows: Sequence[Row], distributors: Sequence[Officer]) -> list[str]:
    """Return the heads that bear the name of somebody who handed over: worth a look (I10 itself is checked on officers)."""
    names = {one.name for one in distributors}
    return sorted({row.head for row in rows if row.head in names})
