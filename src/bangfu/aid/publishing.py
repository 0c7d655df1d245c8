"""What leaves for the public: looked at as a finished file before it does, and kept to the byte.

Promises: a file that says something forbidden is not published, in whatever format; what was published is what is kept; nobody clears a name he
wrote himself; a notice that was taken down early begins again.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import calendar, clock, trail
from bangfu.base.codes import new_code
from bangfu.documents import gate
from bangfu.documents.gate import Found
from bangfu.documents.text import CannotRead, text_of
from bangfu.registry.models import Area, Member
from bangfu.registry.shown import age_on

from . import notice_files
from .errors import NotNow, Refused
from .models import Batch, BatchState, Clearance, NoticeFile, NoticeState, PublicNotice

FEWEST_DAYS = 10  # that money and goods hang on the board; source: 扶贫资金公告公示 practice, a decision


def _names(town: Area) -> tuple[set[str], set[str]]:
    """Return the names of the town's minors and adults; whose birth is not known may be a minor."""
    minors, adults, today = set(), set(), clock.today()
    for name, born in Member.objects.filter(household__village__code__startswith=town.code[:9], ends_on=None).values_list("person__name", "person__birth_date"):
        years = age_on(born, today)
        (minors if years is None or years < notice_files.GROWN_UP else adults).add(name)
    return minors, adults


def _schools(town: Area) -> set[str]:
    rows = Member.objects.filter(household__village__code__startswith=town.code[:9], ends_on=None).values_list("person__facts__school_name", flat=True)
    return {one for one in rows if one}


def look_at(town: Area, text: str, *, allowed: Sequence[str] = (), phones: Sequence[str] = ()) -> list[Found]:
    """Return what stands in the way of a public text of this town."""
    minors, adults = _names(town)
    return gate.look(text, minors=minors - set(allowed), adults=adults, schools=_schools(town), allowed=set(allowed), phones=set(phones))


def look_at_files(notice: PublicNotice, files: Mapping[str, bytes]) -> list[tuple[str, Found]]:
    """Return what stands in the way of a notice's finished files, with the file; what a second person cleared does not."""
    cleared = {one.digest for one in notice.clearances.all()}
    minors, adults = _names(notice.town)
    listed = set(notice_files.names_on_purpose(notice))
    allowed = listed | {name for name in adults if _digest(notice, name) in cleared}
    schools, found = _schools(notice.town), []
    for name, content in files.items():
        try:
            text = text_of(name, content)
        except CannotRead as error:
            found.append((name, Found(_("读不了"), f"{error}")))
            continue
        found += [(name, one) for one in gate.look(text, minors=minors - listed, adults=adults, schools=schools, allowed=allowed, phones={notice.phone})]
    return found


def _digest(notice: PublicNotice, name: str) -> str:
    return hashlib.sha256(f"{notice.code} {name}".encode()).hexdigest()


@transaction.atomic
def draft(*, batch: Batch, title: str, words: str, names: str, days: int, working_days: bool, place: str, phone: str, office: str, by: Officer) -> PublicNotice:
    """Draft the notice of a checked batch. Raises NotNow before the list is fixed, Refused for fewer days than the kind asks."""
    if batch.state not in (BatchState.CHECKED, BatchState.DISCLOSED, BatchState.APPROVED, BatchState.CLOSED):
        raise NotNow(_("名单审核以后才能公示。"))
    if last_day(clock.today(), days, working_days) < clock.today() + timedelta(days=FEWEST_DAYS):
        raise Refused(_("发放公示至少 {n} 天。").format(n=FEWEST_DAYS))
    notice = PublicNotice.objects.create(code=new_code(), town=batch.town, batch=batch, title=title, words=words, names=names, days=days, working_days=working_days, place=place, phone=phone,
                                         office=office, by=by, at=clock.now())  # fmt: skip
    trail.write("notice_drafted", notice.code, who=by.username)
    return notice


@transaction.atomic
def clear(*, notice: PublicNotice, name: str, reason: str, by: Officer) -> Clearance:
    """Let an adult's name stand, as a second person and with a reason. Raises NotNow for who wrote the notice, Refused for a minor's."""
    if by.pk == notice.by_id:
        raise NotNow(_("写公示的人不能自己放行，请另一个人看。"))
    if not reason.strip():
        raise Refused(_("请写为什么可以公开。"))
    minors, adults = _names(notice.town)
    if name in minors or name not in adults:
        raise Refused(_("儿童的姓名不能放行。") if name in minors else _("没有这个名字要放行。"))
    made, _new = Clearance.objects.get_or_create(notice=notice, digest=_digest(notice, name), defaults={"hint": name[0] + "*" * (len(name) - 1), "reason": reason.strip()[:100], "by": by, "at": clock.now()})
    trail.write("name_cleared", notice.code, who=by.username)
    return made


def last_day(up_on: date, days: int, working_days: bool) -> date:
    """Return the last day of a notice: the day it goes up does not count."""
    return calendar.days().add_working_days(up_on, days) if working_days else up_on + timedelta(days=days)


@transaction.atomic
def put_up(*, notice: PublicNotice, by: Officer) -> PublicNotice:
    """Publish: the files are made, looked at, kept; the period begins. Raises Refused with everything that stands in the way, file by file."""
    notice = PublicNotice.objects.select_for_update().get(pk=notice.pk)
    if notice.state != NoticeState.DRAFT:
        raise NotNow(_("这份公示已经发出。"))
    if notice.batch.state not in (BatchState.CHECKED, BatchState.DISCLOSED, BatchState.APPROVED, BatchState.CLOSED):
        raise NotNow(_("名单审核以后才能公示。"))
    if found := gate.columns(notice_files.COLUMNS):
        raise Refused("\n".join(one.words for one in found))
    up_on = clock.today()
    notice.state, notice.up_on, notice.last_day = NoticeState.UP, up_on, last_day(up_on, notice.days, notice.working_days)
    files = notice_files.make(notice)
    if wrong := look_at_files(notice, files):
        raise Refused("\n".join(dict.fromkeys(_("{file} 里有{what}").format(file=name, what=one.words) for name, one in wrong)))
    notice.save()
    NoticeFile.objects.bulk_create(NoticeFile(notice=notice, name=name, sha256=hashlib.sha256(content).hexdigest(), content=base64.b64encode(content).decode()) for name, content in files.items())
    Batch.objects.filter(pk=notice.batch_id, state=BatchState.CHECKED).update(state=BatchState.DISCLOSED)
    trail.write("notice_put_up", notice.code, who=by.username)
    return notice


@transaction.atomic
def take_down(*, notice: PublicNotice, conclusion: str, by: Officer) -> PublicNotice:
    """Take a notice down: after its last day it has ended; before, it does not count and another one begins anew."""
    notice = PublicNotice.objects.select_for_update().get(pk=notice.pk)
    if notice.state != NoticeState.UP:
        raise NotNow(_("这份公示不在公示中。"))
    if notice.is_over and notice.objections.filter(answered_at=None).exists():
        raise NotNow(_("还有异议没有答复，不能结束公示。"))
    early = not notice.is_over
    notice.state, notice.down_on, notice.conclusion = NoticeState.TAKEN_DOWN if early else NoticeState.ENDED, clock.today(), conclusion.strip()[:200]
    notice.save()
    if early:
        Batch.objects.filter(pk=notice.batch_id, state=BatchState.DISCLOSED).update(state=BatchState.CHECKED)
    trail.write("notice_taken_down", notice.code, who=by.username)
    return notice


def file_of(notice: PublicNotice, name: str) -> bytes | None:
    """Return a finished file as it was published, None when there is none of this name."""
    kept = notice.files.filter(name=name).first()
    return base64.b64decode(kept.content) if kept else None
