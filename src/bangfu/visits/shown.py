"""States, and why nothing is known, in words for pages and lists."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bangfu.base.templatetags import days

from .rules import Silence, SlotState, State

LABELS = {
    State.VOID: gettext_lazy("不作数"), State.UPCOMING: gettext_lazy("未到日子"), State.DONE_ON_DAY: gettext_lazy("当天已访"), State.MADE_UP: gettext_lazy("补访"),
    State.LATE_EVIDENCE: gettext_lazy("迟到的记录"), State.EXCUSED: gettext_lazy("免访（有理由）"), State.DUE: gettext_lazy("待访"), State.MISSED: gettext_lazy("已确认未访"),
    State.SILENT: gettext_lazy("尚无消息"),
}  # fmt: skip
REASONS = {
    Silence.NO_CONTACT_SINCE: gettext_lazy("手机没有联系上"), Silence.RECORDS_WAITING: gettext_lazy("手机上有没传上来的"), Silence.DRAFT_ON_PHONE: gettext_lazy("手机上有没写完的"),
    Silence.SHEET_NOT_BACK: gettext_lazy("表还没有交回来"), Silence.NOTHING_ISSUED: gettext_lazy("没有发过表"), Silence.SEEN_OTHERWISE: gettext_lazy("只有不计入的走访"),
}  # fmt: skip


def label(found: SlotState) -> str:
    """Return a state in words, of a silent slot with what to ask for."""
    words = str(LABELS[found.state])
    return _("{state}：{reason}").format(state=words, reason=REASONS[found.reason.code]) if found.reason else words


def others_label(found: SlotState) -> str:
    """Return the words for visits that do not count, "" when there are none."""
    on = _("、").join(days.said(day, "short_day") for day in found.others)
    return _("另有走访（{days}，未计入）").format(days=on) if on else ""
