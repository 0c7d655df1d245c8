"""Ledgers of past years come in (历史导入): read against the register, looked at, submitted by one and posted by another.

Promises: a row is a household by its code, else by village, group and head; two or more candidates are asked about, none is a problem; all problems
are said at once. Where a sum of the file's own differs from its lines, nothing is posted before somebody explains it. The same file is posted once, and
what is posted is what was submitted: when the register says otherwise by then, it goes back.
"""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from django.db import transaction
from django.db.models import Min
from django.utils import translation
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.accounts.roles import codes_below
from bangfu.base import clock, money, trail
from bangfu.base.codes import new_code
from bangfu.engines.relations.firstlook import Limits, kind_of
from bangfu.engines.relations.refusals import Refusal
from bangfu.engines.relations.values import clean_name
from bangfu.registry import uploads
from bangfu.registry.models import Area, Household, Member
from bangfu.registry.queries import current_members, head_name
from bangfu.registry.shown import mask_child

from . import accounts, batches, ledger, movements, opening_file
from .errors import NotNow, Refused, StandsAlready
from .ledger import HandedOver, Share, amount
from .models import (
    Batch,
    BatchState,
    Candidate,
    ClosedMonth,
    Commodity,
    Entry,
    EntryKind,
    FundSource,
    LedgerTemplate,
    Lot,
    OpeningImport,
    OpeningState,
    Programme,
    ReceiptMode,
)
from .models.ledger import MONEY
from .opening_file import Cell, Found, Header, Meaning, Record, Sheet, Sum

BEARABLE = Limits(file_bytes=30_000_000, unpacked_bytes=300_000_000, rows=opening_file.LONGEST, columns=opening_file.WIDEST)
KEY = "opening "  # every entry an import posts has a key that begins so


@dataclass(frozen=True)
class Column:
    """One header of a file with what it is taken for, and the guess that was made."""

    name: str
    meaning: Meaning
    guess: str


@dataclass(frozen=True)
class Given:
    """One amount of one row that is to be posted."""

    sheet: str
    row: int
    household: int
    person: int | None
    goods: str
    unit: str
    quantity: int
    on: date
    label: str
    page: str


@dataclass(frozen=True)
class Question:
    """A row that may be several households' (or several persons'): `asked` is what stands there, `answers` are (value, words), `chosen` the one picked."""

    key: str
    place: str
    asked: str
    answers: list[tuple[str, str]]
    chosen: str


@dataclass
class Plan:
    """What a file comes to: what would be posted, and everything that stands against it or was guessed."""

    lines: list[Given] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)  # of the differences, the same in every language
    guesses: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    sums: int = 0

    @property
    def open(self) -> list[Question]:
        return [one for one in self.questions if not one.chosen]

    @property
    def digest(self) -> str:
        told = [[one.sheet, one.row, one.household, one.person, one.goods, one.unit, one.quantity, f"{one.on}", one.label, one.page] for one in self.lines]
        return hashlib.sha256(json.dumps([told, self.facts], ensure_ascii=False).encode()).hexdigest()

    @property
    def totals(self) -> list[tuple[str, str]]:
        """Return what it comes to: what, how much."""
        sums: Counter[tuple[str, str]] = Counter()
        for one in self.lines:
            sums[one.goods, one.unit] += one.quantity
        return [(goods or _("钱"), _amount(goods, unit, total)) for (goods, unit), total in sorted(sums.items())]


def _amount(goods: str, unit: str, quantity: int) -> str:
    return amount(Commodity(code="" if goods else MONEY, name=goods, unit=unit), quantity)


# Reading


def ledger_starts(town: Area) -> date | None:
    """Return the day the town's own ledger begins: of its first entry that no import made. None: it has not begun."""
    return Entry.objects.filter(town=town).exclude(kind__in=(EntryKind.OPENING, EntryKind.HISTORY)).exclude(key__startswith=KEY).aggregate(on=Min("on"))["on"]


def _heads(sheets: Sequence[Sheet]) -> list[tuple[Sheet, Header | None]]:
    return [(sheet, opening_file.head_of(sheet)) for sheet in sheets if any(opening_file.plain(cell) for row in sheet.rows for cell in row)]


def _key(heads: Sequence[tuple[Sheet, Header | None]]) -> str:
    names = sorted({name for _sheet, head in heads if head for name in head.names if name})
    return hashlib.sha256(json.dumps(names, ensure_ascii=False).encode()).hexdigest()[:32]


def _meanings(header: Header, mapping: Mapping[str, Mapping[str, str]]) -> list[tuple[Meaning, str]]:
    """Return what each column of a sheet is and what was guessed; of several that could be the same thing the one named best is read."""
    found = []
    for name in header.names:
        said = mapping.get(name)
        found.append((Meaning(said["as"], said["goods"], said["unit"], said["label"]), "") if said else opening_file.meaning_of(name, header.title) if name else (Meaning(""), ""))
    for as_, names in opening_file.AS.items():
        same = [at for at, (meaning, _guess) in enumerate(found) if meaning.as_ == as_]
        order = {name: at for at, name in enumerate(names)}
        for at in sorted(same, key=lambda at: (order.get(header.names[at], len(order)), at))[1:]:
            found[at] = Meaning(""), _("另一列已经当作同样的意思，没有读")
    return found


def plan(one: OpeningImport) -> Plan:
    """Read a file against the register as it stands now. Raises Refused when it cannot be read, FileNotFoundError when it was decided on."""
    found = Plan()
    heads = _heads(opening_file.read(uploads.content(one.code), one.name))
    template = LedgerTemplate.objects.filter(town=one.town, key=_key(heads)).first()
    mapping = template.mapping if template else {}
    reading, columns, whole = Found(), {}, Counter()
    homes = _Homes(one.town)
    titles = {unit[1] for _sheet, head in heads if head and (unit := opening_file.TITLE_UNIT.search(head.title))}
    if mapping and len(titles) > 1:
        found.problems.append(_("几张表上面写的单位不一样（{units}），不能用同一个对列。请分成几份交。").format(units=_("、").join(sorted(titles))))
    records: list[tuple[Record, list[Meaning]]] = []
    for sheet, head in heads:
        if head is None:
            found.left_out.append(_("“{sheet}”表没有找到表头（要有户主或户编号，和数量），整张没有读").format(sheet=sheet.name))
            continue
        meanings = _meanings(head, mapping)
        for name, (meaning, guess) in zip(head.names, meanings, strict=True):
            if name and name not in columns:
                columns[name] = Column(name, meaning, guess)
        if not any(meaning.as_ == "amount" for meaning, _guess in meanings):
            found.problems.append(_("“{sheet}”表没有写数量的列。请对列。").format(sheet=sheet.name))
        rows = opening_file.records_of(sheet, head, [meaning for meaning, _guess in meanings], reading)
        _compare(rows, head, [meaning for meaning, _guess in meanings], whole, found)
        records += [(row, [meaning for meaning, _guess in meanings]) for row in rows if isinstance(row, Record)]
    found.columns = list(columns.values())
    found.problems += [_("“{name}”列：{why}").format(name=column.name, why=column.meaning.why) for column in found.columns if column.meaning.why]
    found.guesses += [_("“{name}”列：{guess}").format(name=column.name, guess=column.guess) for column in found.columns if column.guess]
    found.guesses += [_("“{name}”列的{unit}换成克").format(name=column.name, unit=column.meaning.unit) for column in found.columns if column.meaning.unit in opening_file.WEIGHTS and column.meaning.unit != opening_file.GRAM]
    found.problems += reading.troubles
    found.guesses += reading.guesses
    found.left_out += reading.left_out
    _match(one, records, homes, found)
    if not records and not found.problems:
        found.problems.append(_("没有找到一户。请看表头里有没有户主或户编号，和写了单位的数量。"))
    return found


def _compare(rows: Sequence[Record | Sum], head: Header, meanings: Sequence[Meaning], whole: Counter, found: Plan) -> None:
    """Compare a sheet's sums and amounts in words with its lines. A 小计 is of the lines since the sum before; any other of these or of all above."""
    since, above = Counter(), Counter()
    for row in rows:
        if isinstance(row, Record):
            since.update(row.amounts)
            above.update(row.amounts)
            whole.update({head.names[at]: quantity for at, quantity in row.amounts.items()})
            if words := row.said.get("words", ""):
                _words(Cell(row.sheet, row.row, "", ""), words, {_fen(row.amounts, meanings)}, found)
            continue
        found.sums += bool(row.amounts or row.words)  # a formula nobody worked out compares nothing
        file = {at: whole[head.names[at]] for at in range(len(meanings))}
        scopes = [since] if row.name == "小计" else [above, since, file] if row.name in ("总计", "累计", "总合计") else [above, since]
        for at, quantity in row.amounts.items():
            if quantity not in {scope[at] for scope in scopes}:
                goods, unit = meanings[at].key
                found.facts.append(f"{row.sheet}!{row.row} {at} {quantity} {scopes[0][at]}")
                found.differences.append(_("{place}{name}写的是 {said}，上面各行加起来是 {sum}").format(
                    place=Cell(row.sheet, row.row, head.names[at], "").place, name=row.name, said=_amount(goods, unit, quantity), sum=_amount(goods, unit, scopes[0][at])))
        if row.words:
            _words(Cell(row.sheet, row.row, "", ""), row.words, [_fen(scope, meanings) for scope in (scopes if row.name != "大写" else [above, since, file])], found)
        if row.name != "大写" and row.amounts:
            since = Counter()


def _fen(amounts: Mapping[int, int], meanings: Sequence[Meaning]) -> int:
    return sum(quantity for at, quantity in amounts.items() if not meanings[at].goods)


def _words(at: Cell, words: str, sums: Sequence[int] | set[int], found: Plan) -> None:
    try:
        fen = money.fen_of_words(words)
    except money.NoAmount:
        found.facts.append(f"{at.sheet}!{at.row} {words}")
        found.differences.append(_("{place}的大写“{words}”看不懂").format(place=at.place, words=words))
        return
    if fen not in sums:
        found.facts.append(f"{at.sheet}!{at.row} {fen} {sorted(sums)}")
        found.differences.append(_("{place}的大写是 {said} 元，各行加起来是 {sum} 元").format(place=at.place, said=money.yuan(fen), sum=money.yuan(next(iter(sums)))))


class _Homes:
    """The households of a town by what a ledger may name them by; who was a head before counts, too."""

    def __init__(self, town: Area) -> None:
        first, past = codes_below(town.code)
        self.rows = {one.pk: one for one in Household.objects.filter(village__gte=first, village__lt=past).select_related("village", "source").prefetch_related(current_members())}
        self.by_code = {one.code: one.pk for one in self.rows.values()}
        self.by_head: dict[str, set[int]] = defaultdict(set)
        self.people: dict[int, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
        for home, name, person, relation in Member.objects.filter(household__in=self.rows).values_list("household_id", "person__name", "person_id", "relation_to_head"):
            self.people[home][clean_name(name)].add(person)
            if relation == "户主":
                self.by_head[clean_name(name)].add(home)
        self.villages = {name: area.code for area in Area.objects.filter(code__gte=first, code__lt=past).exclude(code__endswith="000") for name in (area.name, area.name.removesuffix("村"))}

    def find(self, record: Record) -> tuple[list[int], str]:
        """Return the households a row may mean, or none and why."""
        said = record.said
        code, head, village, group = (said.get(key, "") for key in ("household_code", "head", "village", "group"))
        if code:
            if code not in self.by_code:
                return [], _("册上没有户编号 {code}").format(code=code)
            found = self.by_code[code]
            if head and clean_name(head) not in self.people[found]:
                return [], _("户编号 {code} 的户里没有叫{name}的人").format(code=code, name=head)
            return [found], ""
        if not head:
            return [], _("没有写户主，也没有户编号")
        if village and village not in self.villages:
            return [], _("册上没有“{village}”这个村").format(village=village)
        area = self.villages.get(village or opening_file.plain(record.sheet))
        some = {pk for pk in self.by_head.get(clean_name(head), ()) if area is None or self.rows[pk].village_id == area}
        if group and len(some) > 1:
            some = {pk for pk in some if self.rows[pk].villager_group == group} or some
        if not some:
            return [], _("册上没有{where}户主{name}。请写上户编号，或改正姓名").format(where=self.rows_name(area), name=head)
        return sorted(some, key=lambda pk: self.rows[pk].code), ""

    def rows_name(self, area: str | None) -> str:
        return next((name for name, code in self.villages.items() if code == area), "")


def _match(one: OpeningImport, records: Sequence[tuple[Record, list[Meaning]]], homes: _Homes, found: Plan) -> None:
    starts, today = ledger_starts(one.town), clock.today()
    closed = set(ClosedMonth.objects.filter(town=one.town).values_list("month", flat=True))
    twice: dict[tuple[object, ...], int] = {}
    without_day = []
    for record, meanings in records:
        key, place = f"{record.sheet}!{record.row}", record.at.place
        on = record.on or one.on
        if record.on is None:
            without_day.append(record)
        if on is None:
            found.problems.append(_("{place}：没有日期").format(place=place))
        elif on > today:
            found.problems.append(_("{place}：{day} 还没有到").format(place=place, day=f"{on}"))
        elif starts is not None and on >= starts:
            found.problems.append(_("{place}：{day} 已经有台账了（从 {start} 起），请记在台账里，不能当作历史导入").format(place=place, day=f"{on}", start=f"{starts}"))
        elif on.replace(day=1) in closed:
            found.problems.append(_("{place}：{month} 已经关账").format(place=place, month=f"{on:%Y-%m}"))
        some, why = homes.find(record)
        if why:
            found.problems.append(f"{place}：{why}。")
        if len(some) > 1:
            chosen = one.choices.get(key, "")
            answers = [(homes.rows[pk].code, f"{head_name(homes.rows[pk], today)} {homes.rows[pk].village.name}{homes.rows[pk].villager_group} {homes.rows[pk].code}") for pk in some]
            chosen = chosen if chosen in {value for value, _words in answers} else ""
            found.questions.append(Question(key, place, record.said.get("head", ""), answers, chosen))
            some = [homes.by_code[chosen]] if chosen else []
        if len(some) != 1 or on is None:
            continue
        person = _person(one, record, some[0], homes, found)
        for at, quantity in record.amounts.items():
            goods, unit = meanings[at].key
            same = (some[0], person, goods, unit, on, meanings[at].label)
            if same in twice:
                found.guesses.append(_("{place}：和第 {row} 行是同一户、同一天、同一项，两行都算").format(place=place, row=twice[same]))
            twice.setdefault(same, record.row)
            found.lines.append(Given(record.sheet, record.row, some[0], person, goods, unit, quantity, on, meanings[at].label[:40], record.said.get("page", "")[:20]))
    if without_day and one.on is not None:
        found.guesses.append(_("{n} 行没有日期，当作 {day}：第 {rows} 行").format(n=len(without_day), day=f"{one.on}", rows=_("、").join(f"{record.row}" for record in without_day)))


def _person(one: OpeningImport, record: Record, home: int, homes: _Homes, found: Plan) -> int | None:
    name = record.said.get("person", "")
    if not name:
        return None
    some = sorted(homes.people[home].get(clean_name(name), ()))
    key, place, hidden = f"{record.sheet}!{record.row} person", record.at.place, mask_child(name)
    if not some:
        found.problems.append(_("{place}：户里没有叫{name}的学生").format(place=place, name=hidden))
        return None
    if len(some) == 1:
        return some[0]
    chosen = one.choices.get(key, "")
    born = dict(Member.objects.filter(household=home, person__in=some).values_list("person_id", "person__birth_date"))
    found.questions.append(Question(key, place, hidden, [(f"{pk}", f"{hidden} {born[pk].year if born[pk] else ''}") for pk in some], chosen if chosen in map(str, some) else ""))
    return int(chosen) if chosen in map(str, some) else None


# Acts


def take_in(*, path: Path, town: Area, source: FundSource, programme: Programme, title: str, on: date | None, box: str, by: Officer) -> OpeningImport:
    """Keep a file that came in, sealed. Raises Refused when it cannot be read, StandsAlready when it came in before."""
    try:
        kind_of(path, BEARABLE)
    except Refusal as refusal:
        raise Refused(str(refusal)) from refusal
    data = path.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    if not any(head for _sheet, head in _heads(opening_file.read(data, path.name))):
        raise Refused(_("没有找到表头。表头里要有户主或户编号，和数量（写明元、万元、斤、羽、株…）。"))
    code = new_code()
    uploads.keep(code, [data])
    try:
        with transaction.atomic():
            Area.objects.select_for_update().get(pk=town.pk)
            if OpeningImport.objects.filter(town=town, sha256=digest).exclude(state=OpeningState.THROWN_AWAY).exists():
                raise StandsAlready(_("这份文件已经交来过了，同一份文件只导入一次。"))
            made = OpeningImport.objects.create(code=code, town=town, name=path.name[-200:], sha256=digest, source=source, programme=programme, title=title, on=on, box=box, by=by, at=clock.now())
            trail.write("opening_received", code, who=by.username)
    except Exception:
        uploads.delete(code)
        raise
    return made


def _draft(one: OpeningImport, state: OpeningState = OpeningState.DRAFT) -> OpeningImport:
    found = OpeningImport.objects.select_for_update(of=("self",)).select_related("town", "source", "programme").get(pk=one.pk)
    if found.state != state:
        raise NotNow(_("这份台账现在不能这样办，请重新打开这一页看看。"))
    return found


@transaction.atomic
def say_columns(*, opening: OpeningImport, mapping: Mapping[str, Mapping[str, str]], by: Officer) -> None:
    """Say what the columns of files with these headers mean, for this file and those to come."""
    one = _draft(opening)
    key = _key(_heads(opening_file.read(uploads.content(one.code), one.name)))
    LedgerTemplate.objects.update_or_create(town=one.town, key=key, defaults={"mapping": dict(mapping), "by": by})
    trail.write("opening_columns_said", one.code, who=by.username, result=f"{len(mapping)}")


@transaction.atomic
def answer(*, opening: OpeningImport, answers: Mapping[str, str], by: Officer) -> int:
    """Pick the household (or person) of rows that may be several; only one of the candidates counts. Returns how many are still open."""
    one = _draft(opening)
    may = {question.key: {value for value, _words in question.answers} for question in plan(one).questions}
    picked = {key: value for key, value in answers.items() if value in may.get(key, ())}
    one.choices = one.choices | picked
    one.save(update_fields=["choices"])
    trail.write("opening_answered", one.code, who=by.username, result=f"{len(picked)}")
    return len(plan(one).open)


@transaction.atomic
def explain(*, opening: OpeningImport, explanation: str, by: Officer) -> None:
    """Say why the file's own sums differ from its lines; it holds for these differences and no others."""
    one = _draft(opening)
    if not explanation.strip():
        raise Refused(_("请写为什么对不上。"))
    with translation.override("zh-hans"):
        found = plan(one)
    if not found.facts:
        raise NotNow(_("合计和各行对得上，不用说明。"))
    one.explanation, one.explained, one.explained_by, one.explained_at = explanation.strip()[:200], {"facts": found.facts, "words": found.differences}, by, clock.now()
    one.save(update_fields=["explanation", "explained", "explained_by", "explained_at"])
    trail.write("opening_explained", one.code, who=by.username, result=f"{len(found.facts)}")


def is_explained(one: OpeningImport, found: Plan) -> bool:
    """Whether the file's sums and its lines are the same, or somebody said why just these are not."""
    return not found.facts or one.explained.get("facts") == found.facts


def against(one: OpeningImport, found: Plan) -> list[str]:
    """Return why a file cannot be posted yet, in words; empty when it can."""
    why = list(found.problems)
    if found.open:
        why.append(_("还有 {n} 行分不出是哪一户，请选。").format(n=len(found.open)))
    if not is_explained(one, found):
        why += found.differences
        why.append(_("合计和各行对不上，写明原因以前一行也不导入。"))
    return why


@transaction.atomic
def submit(*, opening: OpeningImport, by: Officer) -> None:
    """Submit a file for approval. Raises NotNow with everything that stands against it."""
    one = _draft(opening)
    found = plan(one)
    if why := against(one, found):
        raise NotNow("\n".join(why))
    one.state, one.submitted_by, one.submitted_at, one.digest = OpeningState.SUBMITTED, by, clock.now(), found.digest
    one.save(update_fields=["state", "submitted_by", "submitted_at", "digest"])
    trail.write("opening_submitted", one.code, who=by.username, result=f"{len(found.lines)}")


@transaction.atomic
def send_back(*, opening: OpeningImport, by: Officer) -> None:
    """Take a submitted file back to be looked at again."""
    one = _draft(opening, OpeningState.SUBMITTED)
    one.state, one.submitted_by, one.submitted_at, one.digest = OpeningState.DRAFT, None, None, ""
    one.save(update_fields=["state", "submitted_by", "submitted_at", "digest"])
    trail.write("opening_sent_back", one.code, who=by.username)


@transaction.atomic
def throw_away(*, opening: OpeningImport, by: Officer) -> None:
    """Do not import a file; it is deleted."""
    one = _draft(opening)
    one.state = OpeningState.THROWN_AWAY
    one.save(update_fields=["state"])
    trail.write("opening_thrown_away", one.code, who=by.username)
    transaction.on_commit(lambda: uploads.delete(one.code))


@transaction.atomic
def approve(*, opening: OpeningImport, by: Officer) -> Batch:
    """Post a file as it was submitted: an opening entry and the goods the day before the first line, the lines by their days, receipts from the archive.

    Raises NotNow when the same person submitted it, or when by now it comes to something else.
    """
    ledger.locked()
    one = _draft(opening, OpeningState.SUBMITTED)
    if not by.approves_aid or by.pk in (one.by_id, one.submitted_by_id):
        raise NotNow(_("批准要由分管领导，起草的人不能自己批准。"))
    with translation.override("zh-hans"):
        found = plan(one)  # what is kept of it is in Chinese whoever approves
    if found.digest != one.digest or against(one, found):
        raise NotNow(_("交批准以后册上或台账有变化，请经办人退回去再看一遍。"))
    batch = _post(one, found, by)
    one.state, one.approved_by, one.approved_at, one.batch = OpeningState.POSTED, by, clock.now(), batch
    one.said = {"lines": len(found.lines), "households": len({line.household for line in found.lines}), "sums": found.sums, "totals": found.totals, "guesses": found.guesses, "left_out": found.left_out}
    one.save(update_fields=["state", "approved_by", "approved_at", "batch", "said"])
    trail.write("opening_posted", one.code, who=by.username, result=f"{len(found.lines)}")
    transaction.on_commit(lambda: uploads.delete(one.code))
    return batch


def _post(one: OpeningImport, found: Plan, by: Officer) -> Batch:
    first = min(line.on for line in found.lines)
    eve, now = first - timedelta(days=1), clock.now()
    batch = Batch.objects.create(code=new_code(), town=one.town, programme=one.programme, source=one.source, title=one.title, on=first, basis={"opening": one.code}, state=BatchState.CLOSED, drafted_by=one.submitted_by,
                                 drafted_at=one.submitted_at, checked_by=one.submitted_by, checked_at=one.submitted_at, approved_by=by, approved_at=now, closed_at=now)  # fmt: skip
    sums: Counter[tuple[str, str]] = Counter()
    for line in found.lines:
        sums[line.goods, line.unit] += line.quantity
    kinds: dict[tuple[str, str], tuple[str, Lot | None]] = {}
    for (goods, unit), total in sums.items():
        key = f"{KEY}{one.code} {len(kinds)}"
        if not goods:
            kinds[goods, unit] = MONEY, None
            movements.receive(source=one.source, fen=total, on=eve, by=by, key=f"{key} in", document_no=one.box, opening=True)
            movements.allot(batch=batch, fen=total, on=eve, by=by, key=f"{key} allotted")
        else:
            commodity = batches.known(one.town, goods, unit)
            lot = Lot.objects.create(code=new_code(), source=one.source, commodity=commodity, delivered=total, document_no=one.box, on=eve)
            kinds[goods, unit] = commodity.code, lot
            movements.take_into_store(lot=lot, quantity=total, on=eve, by=by, key=f"{key} in", opening=True)
    homes = Household.objects.in_bulk({line.household for line in found.lines})
    people = {row.person_id: row.person for row in Member.objects.filter(person__in={line.person for line in found.lines if line.person}).select_related("person")}
    places = {key: accounts.of_lot(lot) if lot else accounts.of_batch(batch) for key, (_commodity, lot) in kinds.items()}
    by_day: dict[date, list[Share]] = defaultdict(list)
    candidates = []
    for number, line in enumerate(found.lines, start=1):
        commodity, lot = kinds[line.goods, line.unit]
        basis = f"{line.sheet}!{line.row}"[-60:]
        by_day[line.on].append(Share(household=homes[line.household], person=people.get(line.person), commodity=commodity, quantity=line.quantity, drawn_from=places[line.goods, line.unit], batch=batch, number=number,
                                     standard=line.label, basis=basis))  # fmt: skip
        candidates.append(Candidate(batch=batch, household_id=line.household, person_id=line.person, standard=line.label, commodity_id=commodity, quantity=line.quantity, lot=lot, basis=basis, place=number, posted=True))
    Candidate.objects.bulk_create(candidates)
    for day in sorted(by_day):
        movements.recall(batch=batch, shares=by_day[day], on=day, drafted_by=one.submitted_by, approved_by=by, key=f"{KEY}{one.code} {day}")
    posted = {line.number: line for line in batch.lines.select_related("entry")}
    pages = {f"{posted[number].pk}": line.page for number, line in enumerate(found.lines, start=1) if line.page}
    movements.sign(town=one.town, by=by, key=f"{KEY}{one.code} signed", document_no=one.box, said={"pages": pages} if pages else None, handed=[
        HandedOver(line=posted[number], quantity=line.quantity, on=line.on, mode=ReceiptMode.ARCHIVE) for number, line in enumerate(found.lines, start=1)])
    return batch


def words(line: Given) -> str:
    """Return what a row gives, with its unit."""
    return f"{line.goods} {_amount(line.goods, line.unit, line.quantity)}".strip()
