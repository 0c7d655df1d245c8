"""The ledger of money and goods. Rows are added by bangfu.aid.ledger only; the database itself refuses to change or delete one (guards.py).

source 来源 -> programme 项目 -> batch 批次 -> line 发放行 -> receipt 签收. Quantities are whole: money in fen, goods in their smallest unit.
"""

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from bangfu.accounts.models import Officer
from bangfu.registry.models import Area, Household, Person

MONEY = "fen"


class Commodity(models.Model):
    """What is counted: money (code "fen") or one kind of goods in its smallest unit."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(_("名称"), max_length=40)
    unit = models.CharField(_("单位"), max_length=8)

    class Meta:
        ordering = ("code",)
        constraints = [models.UniqueConstraint(name="one_commodity_of_a_name_and_unit", fields=["name", "unit"])]

    def __str__(self) -> str:
        return self.name

    @property
    def is_money(self) -> bool:
        return self.code == MONEY


class SourceKind(models.TextChoices):
    """Where money or goods come from."""

    FISCAL = "fiscal", _("财政")
    UNIT = "unit", _("单位")
    DONATION = "donation", _("社会捐赠")


class FundSource(models.Model):
    """Money of one origin, or an earmarked gift. `terms`: {"programmes": [kinds], "villages": [codes], "students": [codes]}, empty = free."""

    code = models.CharField(max_length=10, unique=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(_("来源"), max_length=60)
    kind = models.CharField(_("类别"), max_length=10, choices=SourceKind)
    terms = models.JSONField(default=dict)
    expires_on = models.DateField(_("用到哪天"), null=True)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(name="one_source_of_a_name", fields=["town", "name"])]

    def __str__(self) -> str:
        return self.name


class ProgrammeKind(models.TextChoices):
    """What a programme is for."""

    SYMPATHY_GRANT = "sympathy_grant", _("慰问")
    MICRO_WISH = "micro_wish", _("微心愿")
    STUDY_AID = "study_aid", _("助学")
    LIVELIHOOD_SUPPORT = "livelihood_support", _("产业扶持")
    LIVELIHOOD_REWARD = "livelihood_reward", _("以奖代补")


class Programme(models.Model):
    """项目. `excludes`: codes of programmes a household or person may not have in the same year; `needs_notice`: 公示 before approval."""

    code = models.CharField(max_length=10, unique=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    name = models.CharField(_("项目"), max_length=60)
    kind = models.CharField(_("类别"), max_length=20, choices=ProgrammeKind)
    excludes = models.JSONField(default=list)
    needs_notice = models.BooleanField(_("批准以前要公示"), default=False)

    class Meta:
        ordering = ("pk",)
        constraints = [models.UniqueConstraint(name="one_programme_of_a_name", fields=["town", "name"])]

    def __str__(self) -> str:
        return self.name


class Lot(models.Model):
    """Goods of one purchase or one gift, in the store. How many there are is the ledger's to say."""

    code = models.CharField(max_length=10, unique=True)
    source = models.ForeignKey(FundSource, models.PROTECT, related_name="lots")
    commodity = models.ForeignKey(Commodity, models.PROTECT, related_name="+")
    supplier = models.CharField(_("供应商或捐赠人"), max_length=60, blank=True, default="")
    unit_price_fen = models.PositiveBigIntegerField(_("单价"), null=True)
    delivered = models.PositiveBigIntegerField(_("送来"), default=0)
    dead = models.PositiveBigIntegerField(_("到货时死的"), default=0)
    document_no = models.CharField(_("票据"), max_length=60, blank=True, default="")
    certificate_no = models.CharField(_("检疫证明"), max_length=60, blank=True, default="")
    on = models.DateField(_("哪天"))

    class Meta:
        ordering = ("pk",)
        constraints = [models.CheckConstraint(name="lot_has_not_more_dead_than_delivered", condition=Q(dead__lte=models.F("delivered")))]


class AccountKind(models.TextChoices):
    """Where money and goods stand. The first four never hold less than nothing (I2)."""

    SOURCE = "source", _("来源")
    PROGRAMME = "programme", _("项目")
    BATCH = "batch", _("批次")
    STORE = "store", _("仓库")
    OUTSIDE = "outside", _("外面")
    RECIPIENT = "recipient", _("领取人")
    RETURNED = "returned", _("退回出资方")
    LOST = "lost", _("损耗")


HOLDS = (AccountKind.SOURCE, AccountKind.PROGRAMME, AccountKind.BATCH, AccountKind.STORE)


class Account(models.Model):
    """A place of the ledger. `key` says which by ids, e.g. "batch 3 7 12" (source, programme, batch); it is what the hashes cover."""

    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=AccountKind)
    source = models.ForeignKey(FundSource, models.PROTECT, null=True, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="+")
    batch = models.ForeignKey("aid.Batch", models.PROTECT, null=True, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey(Household, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.CheckConstraint(name="account_has_what_its_kind_needs", condition=(
            Q(kind=AccountKind.SOURCE, source__isnull=False, programme=None, batch=None, lot=None, household=None)
            | Q(kind=AccountKind.PROGRAMME, source__isnull=False, programme__isnull=False, batch=None, lot=None, household=None)
            | Q(kind=AccountKind.BATCH, source__isnull=False, programme__isnull=False, batch__isnull=False, lot=None, household=None)
            | Q(kind=AccountKind.STORE, source__isnull=False, programme=None, batch=None, lot__isnull=False, household=None)
            | Q(kind=AccountKind.RECIPIENT, source=None, programme=None, batch=None, lot=None, household__isnull=False)
            | Q(kind__in=(AccountKind.OUTSIDE, AccountKind.RETURNED, AccountKind.LOST), source__isnull=False, programme=None, batch=None, lot=None, household=None)))]  # fmt: skip


class EntryKind(models.TextChoices):
    """What an entry of the ledger says."""

    OPENING = "opening", _("期初")
    RECEIVED = "received", _("收入")
    ALLOTTED = "allotted", _("拨到批次")
    PURCHASED = "purchased", _("采购")
    ISSUED = "issued", _("发放")
    REVERSED = "reversed", _("冲正")
    SIGNED = "signed", _("签收")
    SIGNATURE_CANCELLED = "signature_cancelled", _("签收作废")
    REFUNDED = "refunded", _("收回")
    RETURNED = "returned", _("退回出资方")
    LOST = "lost", _("损耗")
    HISTORY = "history", _("历史导入")


class Entry(models.Model):
    """One entry; its number is its position in the ledger, without a gap. `digest` covers it, its legs, lines and receipts, and the one before.

    on          the business day                 key       what is posted with the same key is posted once (I8)
    drafted_by  who prepared it (issues: never who approved it, I10)
    reverses    the line it negates, once        undoes    the entry without lines it negates, once
    cancels     the receipt it makes void, once  refunds   the line of which something really came back
    belongs_to  the month a late entry belongs to ("2017-09"), "" = the month of `on`
    """

    id = models.PositiveBigIntegerField(primary_key=True)
    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=EntryKind)
    on = models.DateField()
    at = models.DateTimeField()
    document_no = models.CharField(max_length=60, blank=True, default="")
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    drafted_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    approved_by = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    key = models.CharField(max_length=80, unique=True)
    belongs_to = models.CharField(max_length=7, blank=True, default="")
    reverses = models.OneToOneField("Line", models.PROTECT, null=True, related_name="reversal")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    cancels = models.OneToOneField("Receipt", models.PROTECT, null=True, related_name="cancellation")
    refunds = models.ForeignKey("Line", models.PROTECT, null=True, related_name="refunds")
    aside_digest = models.CharField(max_length=64, blank=True, default="")
    before = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["town", "on"], name="entry_by_day")]
        constraints = [
            models.CheckConstraint(name="issue_is_approved_by_another", condition=~Q(kind=EntryKind.ISSUED) | Q(drafted_by__isnull=False, approved_by__isnull=False) & ~Q(drafted_by=models.F("approved_by"))),
            models.CheckConstraint(name="reversal_names_what_it_negates", condition=(
                Q(kind=EntryKind.REVERSED, reverses__isnull=False, undoes=None) | Q(kind=EntryKind.REVERSED, reverses=None, undoes__isnull=False)
                | ~Q(kind=EntryKind.REVERSED) & Q(reverses=None, undoes=None))),
            models.CheckConstraint(name="cancelled_signature_names_it", condition=(
                Q(kind=EntryKind.SIGNATURE_CANCELLED, cancels__isnull=False) | ~Q(kind=EntryKind.SIGNATURE_CANCELLED) & Q(cancels=None))),
            models.CheckConstraint(name="refund_names_its_line", condition=Q(kind=EntryKind.REFUNDED, refunds__isnull=False) | ~Q(kind=EntryKind.REFUNDED) & Q(refunds=None)),
        ]  # fmt: skip


class Leg(models.Model):
    """So much of one commodity into an account (minus: out of it). Legs are inserted before their entry; `on` is the entry's."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="legs")
    account = models.ForeignKey(Account, models.PROTECT, related_name="legs")
    commodity = models.ForeignKey(Commodity, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    on = models.DateField()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["account", "commodity", "on"], name="leg_by_account")]
        constraints = [models.CheckConstraint(name="leg_moves_something", condition=~Q(quantity=0))]


class LineQuerySet(models.QuerySet["Line"]):
    """The words in which lines are asked for."""

    def standing(self) -> "LineQuerySet":
        """Lines no entry has reversed."""
        return self.filter(reversal=None)

    def with_signed(self) -> "LineQuerySet":
        """Lines with how much of each was signed for, as `signed`."""
        signed = Receipt.objects.filter(line=OuterRef("pk"), cancellation=None).order_by().values("line").annotate(n=Sum("quantity")).values("n")
        return self.annotate(signed=Coalesce(Subquery(signed), 0))

    def open(self) -> "LineQuerySet":
        """Standing lines of which something is still to be handed over (已发放待签收)."""
        return self.standing().with_signed().filter(signed__lt=F("quantity"))

    def in_scope(self, officer: Officer) -> "LineQuerySet":
        """Lines an officer may see: the whole town for who approves, else those of the households in scope."""
        if officer.approves_aid:
            return self.filter(entry__town=officer.area)
        return self.filter(household__in=Household.objects.in_scope(officer))


class Line(models.Model):
    """One recipient's share of an issue: the leg into the recipient's account, and what it is for. `number` is its place on the sheet."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="lines")
    leg = models.OneToOneField(Leg, models.PROTECT, related_name="line")
    drawn_from = models.ForeignKey(Account, models.PROTECT, related_name="+")
    batch = models.ForeignKey("aid.Batch", models.PROTECT, related_name="lines")
    household = models.ForeignKey(Household, models.PROTECT, related_name="aid_lines")
    person = models.ForeignKey(Person, models.PROTECT, null=True, related_name="aid_lines")
    commodity = models.ForeignKey(Commodity, models.PROTECT, related_name="+")
    quantity = models.BigIntegerField()
    number = models.PositiveIntegerField()
    standard = models.CharField(max_length=40, blank=True, default="")
    basis = models.CharField(max_length=60, blank=True, default="")
    is_replacement = models.BooleanField(default=False)
    objects = LineQuerySet.as_manager()

    class Meta:
        ordering = ("batch", "number", "pk")
        constraints = [models.CheckConstraint(name="line_gives_something", condition=Q(quantity__gt=0))]


class ReceiptMode(models.TextChoices):
    """How it is known that something was handed over."""

    SIGNED = "signed", _("签字")
    FINGERPRINT = "fingerprint", _("按手印")
    BY_ANOTHER = "by_another", _("代领")
    BANK = "bank", _("到账")
    ARCHIVE = "archive", _("纸质档案")


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    """The words in which receipts are asked for."""

    def standing(self) -> "ReceiptQuerySet":
        """Receipts that were not cancelled, of lines that were not reversed."""
        return self.filter(cancellation=None, line__reversal=None)


class Receipt(models.Model):
    """A line, or a part of it, handed over on a day. Who collected it for the recipient, and who stood by, lies in the entry's Aside."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="receipts")
    line = models.ForeignKey(Line, models.PROTECT, related_name="receipts")
    quantity = models.BigIntegerField()
    on = models.DateField()
    mode = models.CharField(max_length=12, choices=ReceiptMode)
    distributor_1 = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    distributor_2 = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    witness = models.ForeignKey(Officer, models.PROTECT, null=True, related_name="+")
    carries = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        indexes = [models.Index(fields=["on"], name="receipt_by_day")]
        constraints = [
            models.CheckConstraint(name="receipt_is_for_something", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="distributors_are_two_and_no_witness", condition=(
                Q(mode__in=(ReceiptMode.BANK, ReceiptMode.ARCHIVE)) | Q(distributor_1__isnull=False, distributor_2__isnull=False) & ~Q(distributor_1=models.F("distributor_2"))
                & (Q(witness=None) | ~Q(witness=models.F("distributor_1")) & ~Q(witness=models.F("distributor_2"))))),
        ]  # fmt: skip


class Aside(models.Model):
    """Reasons and names that belong to an entry and may be purged: the chain holds only the digest over `salt` and `said`."""

    entry = models.OneToOneField(Entry, models.PROTECT, related_name="aside", primary_key=True)
    salt = models.CharField(max_length=32)
    said = models.JSONField()


class ClosedMonth(models.Model):
    """A month of a town's ledger (its first day) that takes no new entry; none is reopened (I9)."""

    town = models.ForeignKey(Area, models.PROTECT, related_name="+")
    month = models.DateField()
    by = models.ForeignKey(Officer, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ("month",)
        constraints = [models.UniqueConstraint(name="month_closed_once", fields=["town", "month"])]
