"""The trail: who did what to what, when. Append-only and hash-chained; for investigating, never for counting people's work.

Promises: an entry is written in the same transaction as the act it tells of; it holds codes and column names, never a
value; entries form one chain however many processes write. verify() names the first place where the chain is broken.
"""

import hashlib
import json
from datetime import UTC

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from . import clock
from .models import TrailEntry

ACTS = {
    "signed_in": _("登录"), "sign_in_failed": _("登录没有成功"), "account_opened": _("建账号"), "account_changed": _("改账号"),
    "account_closed": _("停用账号"), "account_reopened": _("恢复账号"), "password_given": _("发新的首次密码"), "password_changed": _("改自己的密码"),
    "second_factor_added": _("加第二重验证"), "second_factor_removed": _("去掉第二重验证"), "value_opened": _("看遮住的值"),
    "searched_number": _("按证件号码找人"), "member_joined": _("登记人口增加"), "member_left": _("登记人口减少"), "relation_recorded": _("登记与户主关系"),
    "value_recorded": _("改一项"), "register_taken_in": _("导入"), "file_received": _("交来文件"), "columns_said": _("对列"), "import_accepted": _("同意导入"),
    "file_thrown_away": _("不导入，文件删掉"), "import_given_back": _("撤回导入"), "exported": _("导出"), "clusters_arranged": _("排片"), "assigned": _("定责任人"), "reassigned": _("调整责任人"), "cadre_written": _("记帮扶干部的单位和电话"),
    "calendar_written": _("写日历"), "visit_rule_written": _("定走访的日子"), "visit_day_published": _("发布帮扶日"), "ladder_written": _("定逐级提醒"), "told_by_phone": _("打电话告诉"), "visit_recorded": _("记走访"),
    "visit_amended": _("改走访"), "visit_withdrawn": _("撤回走访"), "item_closed": _("办结"), "items_handed_over": _("承诺诉求随户移交"), "excused": _("免访"), "not_visited_said": _("说明未访"), "stand_in_named": _("定代访的人"), "verification_asked": _("请走访时核对"), "verification_answered": _("核对的结果"), "verification_settled": _("核对办结"), "field_day_recorded": _("记驻村和进组"), "visit_day_cancelled": _("取消帮扶日"), "sheets_printed": _("打印走访表"),
    "posted": _("记台账"), "month_closed": _("关账"), "source_written": _("写资金来源"), "programme_written": _("写项目"), "batch_drafted": _("起草一批"), "batch_checked": _("审核名单"), "batch_reopened": _("退回起草"),
    "batch_thrown_away": _("作废一批"), "batch_approved": _("批准发放"), "batch_closed": _("办结一批"), "candidate_left_out": _("名单上不发"), "distribution_printed": _("打印发放表"), "bulletin_issued": _("印发简报"), "bank_replied": _("录银行回盘"), "wish_collected": _("记微心愿"), "wish_moved": _("微心愿进一步"), "notice_drafted": _("写公示"), "name_cleared": _("公示里放行姓名"), "notice_put_up": _("发公示"), "notice_taken_down": _("撤公示"),
    "objection_entered": _("记异议"), "objection_answered": _("答复异议"),
    "donor_written": _("写捐赠人"), "pledge_written": _("写认捐"), "study_applied": _("记助学申请"), "study_home_checked": _("记助学入户核实"), "study_accepted": _("同意助学申请"), "study_refused": _("不同意助学申请"),
    "study_ended": _("结束助学"), "study_matched": _("助学结对"), "study_match_ended": _("结束助学结对"), "study_term_answered": _("学期前问学生"), "other_grants_written": _("记别处的资助"), "other_grant_withdrawn": _("撤回别处的资助"),
    "dropout_closed": _("控辍保学办结"), "study_form_printed": _("打印资助登记表"),
    "opening_received": _("交来以前的台账"), "opening_columns_said": _("给以前的台账对列"), "opening_answered": _("认以前台账上的户"), "opening_explained": _("说明以前的台账为什么对不上"), "opening_submitted": _("把以前的台账交批准"), "opening_sent_back": _("以前的台账退回"),
    "opening_posted": _("历史导入"), "opening_thrown_away": _("以前的台账不导入"),
    "intention_recorded": _("记种养意愿"), "direction_decided": _("记村产业方向"), "followed_up": _("回访产业"), "loss_settled": _("处理损失"), "reward_round_written": _("写奖补的一期"), "reward_claimed": _("记奖补申报"), "reward_withdrawn": _("撤回奖补申报"), "reward_inspected": _("记奖补验收"),
    "areas_written": _("写地区"), "feedback_answered": _("答复意见"), "keys_rotated": _("换密钥"), "backed_up": _("备份"), "restored": _("恢复或恢复演练"),
}  # fmt: skip
START = "0" * 64
LOCK = 4_504_810  # of PostgreSQL's advisory locks, so that two writers do not follow the same entry


def _digest(before: str, entry: TrailEntry) -> str:
    told = [before, entry.at.astimezone(UTC).isoformat(), entry.who, entry.act, entry.about, entry.result]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()


@transaction.atomic
def write(act: str, about: str = "", *, who: str, result: str = "") -> TrailEntry:
    """Add an entry. Raises KeyError for an act that is not in ACTS."""
    ACTS[act]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    last = TrailEntry.objects.order_by("-pk").values_list("digest", flat=True).first() or START
    entry = TrailEntry(at=clock.now().replace(microsecond=0), who=who[:40], act=act, about=about[:80], result=result[:120], before=last)
    entry.digest = _digest(last, entry)
    entry.save(force_insert=True)
    return entry


def last(act: str, using: str = "default") -> TrailEntry | None:
    """Return the newest entry of an act."""
    return TrailEntry.objects.using(using).filter(act=act).order_by("-pk").first()


def verify(using: str = "default") -> tuple[int, int | None]:
    """Return how many entries there are and the number of the first that does not follow the one before (None: all do)."""
    before, count = START, 0
    for entry in TrailEntry.objects.using(using).order_by("pk").iterator(chunk_size=2000):
        count += 1
        if entry.before != before or _digest(before, entry) != entry.digest:
            return count, entry.pk
        before = entry.digest
    return count, None
