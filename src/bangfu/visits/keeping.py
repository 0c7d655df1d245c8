"""What time does to visit days: slots follow until the day begins, what is open goes with a household that changes hands, links are copied when the window closes, states at the deadline.

Promises: what was copied is never written again, whatever is corrected later; run twice it writes once.
"""

from collections.abc import Iterator

from django.db import transaction
from django.utils.translation import gettext as _

from bangfu.base import clock
from bangfu.base.jobs import Progress
from bangfu.base.models import Job
from bangfu.chain.queries import chains_of

from . import actions, queries, sheets_pdf
from .models import Slot, VisitDay

AT_A_TIME = 300


def keep(job: Job) -> Iterator[Progress]:
    """Do what is due for every published day, some slots at a time."""
    now = clock.now()
    for day in VisitDay.objects.filter(cancelled_at=None, opens__gt=now):
        actions.follow(day)
        yield _("应访名单"), 0, 0
    for day in VisitDay.objects.filter(cancelled_at=None, opens__lte=now, closes__gt=now):
        actions.hand_over_slots(day, now)
        yield _("应访名单"), 0, 0
    actions.hand_over_items(clock.day_of(now))
    yield _("承诺和诉求跟着户走"), 0, 0
    sheets_pdf.forget_old()
    for day in VisitDay.objects.filter(closes__lte=now).order_by("date"):
        yield from _links(day)
    for day in VisitDay.objects.filter(deadline__lte=now).order_by("date"):
        yield from _states(day)


def _links(day: VisitDay) -> Iterator[Progress]:
    rows = day.slots.filter(links_at_close__isnull=True).order_by("household__village", "pk")
    total = rows.count()
    while some := list(rows.select_related("household")[:AT_A_TIME]):
        chains = chains_of([slot.household for slot in some], day.make_up_until)
        for slot in some:
            slot.links_at_close = [[link.identifier, [holder.name for holder in link.holders], link.note] for link in chains[slot.household_id]]
        with transaction.atomic():
            Slot.objects.bulk_update(some, ["links_at_close"])
        yield _("记下当时谁负责"), total - rows.count(), total


def _states(day: VisitDay) -> Iterator[Progress]:
    rows = list(day.slots.filter(state_at_close="").select_related("household"))
    said = queries.states(day, rows, day.deadline)
    for at in range(0, len(rows), AT_A_TIME):
        some = rows[at:at + AT_A_TIME]
        for slot in some:
            slot.state_at_close = said[slot.pk].state
        with transaction.atomic():
            Slot.objects.bulk_update(some, ["state_at_close"])
        yield _("记下截止时的情况"), at, len(rows)
