"""Objections to a list: each has a number, an owner, a day by which it is answered; it cannot be closed without an answer, and holds back its row until then."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import calendar, clock, sealing, trail
from bangfu.base.codes import new_code

from .accounts import locked
from .errors import NotNow, Refused, StandsAlready
from .models import Batch, Candidate, NoticeState, Objection, PublicNotice

ANSWERED_WITHIN = 5  # working days


@transaction.atomic
def enter(*, notice: PublicNotice, candidate: Candidate | None, way: str, text: str, owner: Officer, by: Officer, due_on: date | None = None) -> Objection:
    """Enter an objection, to one row or to the whole list. Raises NotNow for a notice that is not up."""
    locked()  # nothing of the list is being approved meanwhile
    if notice.state != NoticeState.UP:
        raise NotNow(_("这份公示不在公示中。"))
    if not text.strip():
        raise Refused(_("请写反映了什么。"))
    made = Objection.objects.create(code=new_code(), notice=notice, candidate=candidate, way=way, text=sealing.seal(text.strip()).hex(), owner=owner,
                                    due_on=due_on or calendar.days().add_working_days(clock.today(), ANSWERED_WITHIN), by=by, at=clock.now())  # fmt: skip
    trail.write("objection_entered", made.code, who=by.username)
    return made


@transaction.atomic
def answer(*, objection: Objection, words: str, upheld: bool, by: Officer) -> Objection:
    """Answer an objection, which closes it, once."""
    if not words.strip():
        raise Refused(_("请写答复，没有答复不能办结。"))
    if not Objection.objects.filter(pk=objection.pk, answered_at=None).update(answer=sealing.seal(words.strip()).hex(), upheld=upheld, answered_by=by, answered_at=clock.now()):
        raise StandsAlready(_("这个异议已经答复过了。"))
    trail.write("objection_answered", objection.code, who=by.username)
    objection.refresh_from_db()
    return objection


def text_of(objection: Objection) -> tuple[str, str]:
    """Return what was said, and what was answered."""
    return tuple(sealing.unseal(bytes.fromhex(part)) if part else "" for part in (objection.text, objection.answer))


def held_rows(batch: Batch) -> list[int]:
    """Return the rows of a batch that are not to be posted: of objections that are open or were upheld, its own, or all for one to the whole list.

    A list that was opened again had its notices taken down: what was said of them holds nothing any more.
    """
    open_ = Objection.objects.filter(Q(answered_at=None) | Q(upheld=True), notice__batch=batch, notice__state__in=(NoticeState.UP, NoticeState.ENDED))
    if open_.filter(candidate=None).exists():
        return list(batch.candidates.values_list("pk", flat=True))
    return list(open_.values_list("candidate", flat=True))


def reseal_all() -> None:
    """Seal every text under the newest key."""
    for one in Objection.objects.all():
        one.text, one.answer = (sealing.reseal(part) if part else "" for part in (one.text, one.answer))
        one.save(update_fields=["text", "answer"])
