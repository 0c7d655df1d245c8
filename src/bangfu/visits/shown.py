"""States, and why nothing is known, in words for pages and lists."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bangfu.base.templatetags import days

from .ladder import Step, To
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

STEPS = {
    Step.OWN: gettext_lazy("帮扶日当天，提醒责任人自己的户"), Step.VILLAGE: gettext_lazy("帮扶日以后，提醒村里安排补访"), Step.NO_WORD: gettext_lazy("补访期过了，问还没有消息的"),
    Step.MISSED: gettext_lazy("补访期过了，告诉村里的领导"), Step.ROUND_UP: gettext_lazy("截止以后，各村汇总"), Step.MONTH: gettext_lazy("月底，转告挂村单位"), "corrected": gettext_lazy("更正"),
}  # fmt: skip
TOLD = {
    To.CASEWORKER: gettext_lazy("帮扶责任人"), To.VILLAGE_TEAM_MEMBER: gettext_lazy("包村成员"), To.VILLAGE_TEAM_LEADER: gettext_lazy("包村组长"), To.VILLAGE_SPONSOR: gettext_lazy("挂村领导"),
    To.FIRST_SECRETARY: gettext_lazy("驻村第一书记"), To.VILLAGE_PARTY_SECRETARY: gettext_lazy("村党支部书记（没有第一书记的村）"), To.CLUSTER_LEADER: gettext_lazy("包片领导"),
    To.TOWN_OFFICE: gettext_lazy("镇帮扶办"),
}  # fmt: skip


def label(found: SlotState) -> str:
    """Return a state in words, of a silent slot with what to ask for."""
    words = str(LABELS[found.state])
    return _("{state}：{reason}").format(state=words, reason=REASONS[found.reason.code]) if found.reason else words


def others_label(found: SlotState) -> str:
    """Return the words for visits that do not count, "" when there are none."""
    on = _("、").join(days.said(day, "short_day") for day in found.others)
    return _("另有走访（{days}，未计入）").format(days=on) if on else ""
