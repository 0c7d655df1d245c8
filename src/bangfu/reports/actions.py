"""A bulletin is written and issued. An issued one keeps its figures with their lists; nothing changes it."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.aid import figures as ledger_figures
from bangfu.aid import ledger
from bangfu.aid.models import Commodity
from bangfu.base import clock, trail
from bangfu.base.codes import new_code
from bangfu.base.errors import Refused
from bangfu.registry.models import Area

from . import figures
from .fields import Field, parse, pieces, problems
from .models import Bulletin, BulletinState, Figure


def fields_of(text: str) -> list[Field]:
    """Return a text's fields, each once, in order."""
    return list({one.text: one for one in pieces(text) if isinstance(one, Field)}.values())


def live(bulletin: Bulletin, at: int | None = None) -> list[figures.Counted]:
    """Return what a bulletin's fields come to as the ledger stands at a position, now unless said."""
    kept = {parse(one.field).village: one.village for one in bulletin.figures.defer("rows").select_related("village") if one.village is not None} if bulletin.pk else {}
    return figures.counted(fields_of(bulletin.text), bulletin.town_id, bulletin.starts_on, bulletin.ends_on, ledger_figures.position() if at is None else at, kept)


def _readable(town: Area, text: str) -> None:
    found = problems(text)
    if not found:
        names = set(Area.objects.filter(code__startswith=town.code[:9]).values_list("name", flat=True))
        found = [_("{{{field}}}：没有这个村").format(field=one.text) for one in fields_of(text) if one.village and one.village not in names]
        units: dict[str, list[str]] = {}
        for name, unit in Commodity.objects.exclude(code="fen").values_list("name", "unit"):
            units.setdefault(name, []).append(unit)
        for one in fields_of(text):
            if one.measure == "goods" and len(units.get(one.of, [])) != 1:
                found.append(_("{{{field}}}：台账里没有这种物品").format(field=one.text) if one.of not in units else _("{{{field}}}：这种物品有几种单位（{units}），合不到一个数里").format(field=one.text, units=_("、").join(units[one.of])))
    if found:
        raise Refused("\n".join(found))


@transaction.atomic
def write(*, bulletin: Bulletin | None, town: Area, title: str, starts_on: date, ends_on: date, text: str, by: Officer) -> Bulletin:
    """Write a draft, or write one anew. Raises Refused where a field cannot be read, all of them at once, and for an issued one."""
    _readable(town, text)
    if bulletin is None:
        bulletin = Bulletin(code=new_code(), town=town)
    elif Bulletin.objects.select_for_update().get(pk=bulletin.pk).state != BulletinState.DRAFT:
        raise Refused(_("印发了的简报不能改。有变化的另写一份，这一份旁边会写明有更正。"))
    bulletin.title, bulletin.starts_on, bulletin.ends_on, bulletin.text, bulletin.by, bulletin.at = title, starts_on, ends_on, text, by, clock.now()
    bulletin.save()
    return bulletin


@transaction.atomic
def issue(*, bulletin: Bulletin, by: Officer) -> Bulletin:
    """Issue a draft: its figures are counted once at the ledger's position and kept with their lists. Issued again it stays as it is."""
    ledger.locked()  # no entry comes in between the position and the count
    bulletin = Bulletin.objects.select_for_update().get(pk=bulletin.pk)
    if bulletin.state == BulletinState.ISSUED:
        return bulletin
    _readable(bulletin.town, bulletin.text)
    bulletin.state, bulletin.position, bulletin.issued_by, bulletin.issued_at = BulletinState.ISSUED, ledger_figures.position(), by, clock.now()
    bulletin.save()
    made = []
    for one in live(bulletin, bulletin.position):
        figure = Figure(code=new_code(), bulletin=bulletin, field=one.of.text, measure=one.of.measure, kind=one.of.kind, of=one.of.of, village=one.village, value=one.value, typed=one.of.typed,
                        rows=figures.frozen(one.rows), listed=len(one.rows))  # fmt: skip
        figure.digest = figures.digest(bulletin, figure)
        made.append(figure)
    Figure.objects.bulk_create(made)
    trail.write("bulletin_issued", bulletin.code, who=by.username, result=f"{len(made)} {bulletin.position}")
    return bulletin


def corrections(bulletin: Bulletin) -> dict[str, tuple[int, int]]:
    """Return by field what an issued bulletin's figures are now and by how much they differ: only those that do (有更正)."""
    now = {one.of.text: one.value for one in live(bulletin)}
    return {one.field: (now[one.field], now[one.field] - one.value) for one in bulletin.figures.defer("rows") if one.value is not None and now[one.field] != one.value}
