"""走访表: the printed form of a slot. It carries what is open for its household, a code to find it by, and room to write.

Promises: a slot has one open sheet however often it is printed; the code says nothing about anybody; what is typed from a sheet is one
visit, and the sheet is settled by it, or by coming back blank.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import qrcode
import qrcode.image.svg
from django.db import transaction
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import clock, trail
from bangfu.base.codes import new_code, with_check
from bangfu.registry.models import Household
from bangfu.registry.queries import head_name
from bangfu.registry.shown import age_on, shown

from . import actions, queries, verification
from .actions import Said
from .errors import StandsAlready
from .models import Commitment, Issue, Sheet, Slot, Visit, VisitDay

LINES = [("哪天去的、谁去的（就是责任人那天去的不用写）", 1), ("看到的", 2), ("告诉的", 1), ("新的诉求", 2), ("新的承诺（什么事，哪天以前）", 2)]  # to write on, and how many


@dataclass(frozen=True)
class Printed:
    """A sheet as it is printed. members: (name as it may be shown, relation, age in words)."""

    code: str
    qr: str
    slot: Slot
    head: str
    members: Sequence[tuple[str, str, str]]
    promised: Sequence[Commitment]
    asked: Sequence[Issue]
    last: Sequence[Visit]
    checks: Sequence[str] = ()


@transaction.atomic
def make(*, slots: Sequence[Slot], by: Officer) -> list[Sheet]:
    """Return a sheet for each slot, made where none is out."""
    out = {one.slot_id: one for one in Sheet.objects.filter(slot__in=[slot.pk for slot in slots], settled_at=None)}
    made = Sheet.objects.bulk_create(Sheet(code=new_code(), slot=slot, printed_at=clock.now(), by=by) for slot in slots if slot.pk not in out)
    if made:
        trail.write("sheets_printed", str(slots[0].visit_day), who=by.username, result=f"{len(made)} 张")
    return [*out.values(), *made]


def printed(day: VisitDay, found: Sequence[Slot]) -> list[Printed]:
    """Return the open sheets of slots as they are printed, in the order of the slots."""
    codes = dict(Sheet.objects.filter(slot__in=[slot.pk for slot in found], settled_at=None).values_list("slot", "code"))
    homes = [slot.household_id for slot in found]
    promised, asked, last = ({pk: [] for pk in homes} for _each in range(3))
    for kind, said in ((Commitment, promised), (Issue, asked)):
        for one in kind.objects.filter(household__in=homes, ended_on=None).select_related("owner").order_by(*queries.FIRST_DUE):
            said[one.household_id].append(one)
    for visit in queries.standing_visits().filter(household__in=homes).prefetch_related("went__officer").order_by("visited_on"):
        last[visit.household_id] = [visit, *last[visit.household_id][:1]]
    checks = verification.open_by_household(homes)
    return [Printed(with_check(codes[slot.pk]), _qr(with_check(codes[slot.pk])), slot, head_name(slot.household, day.date), _members(slot.household, day), promised[slot.household_id],
                    asked[slot.household_id], last[slot.household_id], [verification.question(one) for one in checks[slot.household_id]]) for slot in queries.with_members(found) if slot.pk in codes]  # fmt: skip


def _qr(code: str) -> str:
    image = qrcode.make(code, image_factory=qrcode.image.svg.SvgPathImage, box_size=10, border=2)
    return image.to_string(encoding="unicode")


def _members(home: Household, day: VisitDay) -> list[tuple[str, str, str]]:
    found = []
    for one in home.present:
        years = age_on(one.person.birth_date, day.date)
        found.append((shown("name", one.person.name, one.person, day.date), one.relation_to_head, "" if years is None else _("{n} 岁").format(n=years)))
    return found


@transaction.atomic
def type_back(*, sheet: Sheet, said: Said | None, by: Officer) -> Visit | None:
    """Record what a sheet says; without `said` it came back blank. Raises StandsAlready when it was settled before."""
    if Sheet.objects.filter(pk=sheet.pk, settled_at=None).update(settled_at=clock.now(), blank=said is None) == 0:
        raise StandsAlready(_("这张表已经录过了，没有再录一次。"))
    if said is None:
        return None
    return actions.record_visit(household=sheet.slot.household, said=said, by=by, once=f"sheet {sheet.code}", sheet=sheet.code)
