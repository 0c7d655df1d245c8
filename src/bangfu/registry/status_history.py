"""The history of statuses as rows, kept to what the columns tell (statuses.py); part of somebody's transaction."""

from django.utils.translation import gettext as _

from .errors import StandsAlready
from .models import Household, Source, Status
from .statuses import Said, first_day, known_to, told_by


def new_status(household: Household, said: Said, source: Source) -> Status:
    """Return a status as it was told of, not yet saved; an end before the start is no end that can be kept."""
    starts, ends = first_day(said.since), first_day(said.until)
    known = known_to(said.until)
    if starts and ends and ends < starts:
        ends, known = None, ""
    return Status(household=household, kind=said.kind, starts_on=starts, starts_known=known_to(said.since), ended=said.ended,
                  ends_on=ends, ends_known=known, source=source, end_source=source if said.ended else None)  # fmt: skip


def follow(household: Household, source: Source) -> None:
    """Let the history of statuses follow the household's columns: what they no longer tell of ends, what is new begins."""
    told = {one.kind: one for one in told_by(household.facts)}
    present = {one.kind: one for one in household.statuses.present()}
    for kind, row in present.items():
        said = told.get(kind)
        if said is None or said.ended:
            row.ended, row.end_source = True, source
            row.ends_on, row.ends_known = (first_day(said.until), known_to(said.until)) if said else (None, "")
        else:
            row.starts_on, row.starts_known = first_day(said.since), known_to(said.since)
        if row.starts_on and row.ends_on and row.ends_on < row.starts_on:
            raise StandsAlready(_("这样改，开始就比结束晚了。请先改另一个日期。"))
        row.save()
    ended = {one.kind for one in household.statuses.filter(ended=True)}
    for kind, said in told.items():
        if kind not in present and not (said.ended and kind in ended):
            new_status(household, said, source).save()
