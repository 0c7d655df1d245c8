"""What a page of aid reads of a request."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock, money
from bangfu.base.codes import checked
from bangfu.base.fields import date_field
from bangfu.chain.queries import people
from bangfu.registry.queries import STANDINGS, villages

from .models import Commodity, FundSource, Lot, Programme, ProgrammeKind, SourceKind, Standard


class Fen(forms.CharField):
    """An amount in 元 as people type it, as whole fen."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=24, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def clean(self, value: str) -> int | None:
        """Return fen; None for an empty field that may be."""
        text = super().clean(value)
        if not text:
            return None
        try:
            fen = money.fen_of(text)
        except money.NoAmount as error:
            raise forms.ValidationError(_("金额写成 500 或 1,409.50 这样，不写单位。")) from error
        if fen == 0:
            raise forms.ValidationError(_("金额要大于 0。"))
        return fen


def _code_choice(label: Any, rows: Any, missing: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(rows, label=label, to_field_name="code", error_messages={"required": missing, "invalid_choice": _("请从清单里选。")})


class SourceForm(forms.Form):
    """A source of money or goods, and what it may be used for."""

    name = forms.CharField(label=_("来源"), max_length=60, help_text=_("如：2017年市级帮扶资金、某公司捐赠。一笔定向的捐赠写成一个来源。"), error_messages={"required": _("请写来源。")})
    kind = forms.ChoiceField(label=_("类别"), choices=SourceKind)
    programmes = forms.MultipleChoiceField(label=_("只能用于（都不选就是不限）"), choices=ProgrammeKind, required=False, widget=forms.CheckboxSelectMultiple)
    expires_on = date_field(_("只能用到哪天（可以不填）"), required=False)


class ReceiveForm(forms.Form):
    """Money that came in."""

    fen = Fen(label=_("金额（元）"), error_messages={"required": _("请写金额。")})
    on = date_field(_("哪天到的"))
    document_no = forms.CharField(label=_("凭证号（可以不填）"), max_length=60, required=False)
    belongs_to = forms.RegexField(r"^20\d\d-(0[1-9]|1[0-2])$", label=_("补记的属于哪个月（那个月已经关账才写，如 2017-09）"), required=False, error_messages={"invalid": _("月份写成 2017-09 这样。")})


class GoodsForm(forms.Form):
    """Goods that came into the store: given, or bought out of the source's money."""

    goods = forms.CharField(label=_("什么"), max_length=40, help_text=_("如：棉被、三黄鸡苗"), error_messages={"required": _("请写是什么。")})
    unit = forms.CharField(label=_("单位"), max_length=8, help_text=_("最小的单位：床、羽、株、克"), error_messages={"required": _("请写单位。")})
    delivered = forms.IntegerField(label=_("送来多少"), min_value=1, max_value=10**9, error_messages={"required": _("请写数量。"), "min_value": _("数量要大于 0。"), "invalid": _("数量写整数。")})
    dead = forms.IntegerField(label=_("其中到货时死的、坏的（可以不填）"), min_value=0, max_value=10**9, required=False)
    price = Fen(label=_("单价（元），捐赠的不填"), required=False)
    supplier = forms.CharField(label=_("供应商或捐赠人"), max_length=60, required=False)
    document_no = forms.CharField(label=_("票据号"), max_length=60, required=False)
    certificate_no = forms.CharField(label=_("检疫证明号（动物）"), max_length=60, required=False)
    on = date_field(_("哪天"))

    def clean(self) -> dict[str, Any]:
        """Not all of it may be dead; money is no goods."""
        said = super().clean() or {}
        if said.get("delivered") and (said.get("dead") or 0) >= said["delivered"]:
            self.add_error("dead", _("要比送来的少。"))
        if said.get("delivered") and said.get("price") and said["delivered"] * said["price"] > money.LARGEST:
            self.add_error("price", _("单价乘数量太大了，请核对。"))
        if said.get("unit") in ("元", "分", "万元"):
            self.add_error("unit", _("钱不是实物，请记在“收到资金”里。"))
        return said


class ProgrammeForm(forms.Form):
    """A programme, and which others it excludes in a year."""

    name = forms.CharField(label=_("项目"), max_length=60, error_messages={"required": _("请写项目的名称。")})
    kind = forms.ChoiceField(label=_("类别"), choices=ProgrammeKind)
    needs_notice = forms.BooleanField(label=_("批准以前要公示"), required=False)
    excludes = forms.MultipleChoiceField(label=_("同一年不能同时享受的项目"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, town: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["excludes"].choices = [(one.code, one.name) for one in Programme.objects.filter(town=town)]


class BatchForm(forms.Form):
    """A batch to be drafted."""

    def __init__(self, *args: Any, town: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"] = _code_choice(_("项目"), Programme.objects.filter(town=town), _("请选项目。"))
        self.fields["source"] = _code_choice(_("资金来源"), FundSource.objects.filter(town=town), _("请选资金来源。"))
        self.fields["title"] = forms.CharField(label=_("这一批叫什么"), max_length=60, help_text=_("如：10月帮扶日慰问"), error_messages={"required": _("请写这一批的名称。")})
        self.fields["on"] = date_field(_("哪天发"))
        self.fields["planned"] = forms.IntegerField(label=_("计划多少户（可以不填）"), min_value=1, max_value=10**6, required=False)
        self.fields["by_bank"] = forms.BooleanField(label=_("转账发放，以银行回盘为准"), required=False)


class StandardForm(forms.Form):
    """What a household of a tier gets: an amount, or so many of a lot."""

    name = forms.CharField(label=_("档"), max_length=40, help_text=_("如：一般户、特困户"), error_messages={"required": _("请写档的名称。")})
    fen = Fen(label=_("金额（元）"), required=False)
    quantity = forms.IntegerField(label=_("或实物的数量"), min_value=1, max_value=10**9, required=False, error_messages={"min_value": _("数量要大于 0。"), "invalid": _("数量写整数。")})

    def __init__(self, *args: Any, batch: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lot"] = forms.ModelChoiceField(Lot.objects.filter(source=batch.source).select_related("commodity"), label=_("从哪批货"), to_field_name="code", required=False)
        self.fields["lot"].label_from_instance = lambda lot: f"{lot.commodity.name} {lot.on:%Y-%m-%d} {lot.supplier}"

    def clean(self) -> dict[str, Any]:
        """Either an amount or a quantity of a lot."""
        said = super().clean() or {}
        if not self.errors and bool(said.get("fen")) == bool(said.get("quantity")):
            raise forms.ValidationError(_("金额和实物的数量请写一样；一户又有钱又有物，同一个档写两次。"))
        if said.get("quantity") and not said.get("lot"):
            self.add_error("lot", _("请选从哪一批货里发。"))
        return said


class AddAllForm(forms.Form):
    """Households of a kind, of some villages, for a tier."""

    as_ = forms.ChoiceField(label=_("哪一类户"), choices=[(key, label) for key, label in STANDINGS.items()])

    def __init__(self, *args: Any, batch: Any, officer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["villages"] = forms.MultipleChoiceField(label=_("哪些村"), choices=[(one.code, one.name) for one in villages(officer)], widget=forms.CheckboxSelectMultiple,
                                                            error_messages={"required": _("请选村。")})  # fmt: skip
        self.fields["standard"] = _tier(batch)


class AddOneForm(forms.Form):
    """Households by their codes, for a tier."""

    codes = forms.CharField(label=_("户编号，一行一户"), widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("请写户编号。")})

    def __init__(self, *args: Any, batch: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["standard"] = _tier(batch)


def _tier(batch: Any) -> forms.ChoiceField:
    names = list(dict.fromkeys(Standard.objects.filter(batch=batch).values_list("name", flat=True)))
    return forms.ChoiceField(label=_("档"), choices=[(name, name) for name in names], error_messages={"required": _("请先写一个档。"), "invalid_choice": _("请从清单里选。")})


class SheetCodeForm(forms.Form):
    """The code at the foot of a 发放表; the page behind it does not matter."""

    code = forms.CharField(label=_("表下面的编号"), max_length=20, widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}), error_messages={"required": _("请写编号。")})

    def clean_code(self) -> str:
        """Return the code without its check letter."""
        found = checked(self.cleaned_data["code"].split("/")[0])
        if found is None:
            raise forms.ValidationError(_("这个编号不对，请再看一遍。"))
        return found


class TypeBackForm(forms.Form):
    """What stands on a sheet that came back: who handed over, and the rows that are not simply signed."""

    on = date_field(_("哪天发的"))
    exceptions = forms.CharField(label=_("没有照常签字的行"), required=False, widget=forms.Textarea(attrs={"rows": 4, "autofocus": True, "autocomplete": "off"}), help_text=_(
        "写序号和一个字，用逗号隔开：12 缺（没来），15 代 儿子 黄明，18 手（按手印），20-25 缺，31 数 50（只领 50），33 拒（不要）。没有写的行都是本人签字。"))

    def __init__(self, *args: Any, town: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [("", ""), *((str(pk), name) for pk, name in people(town))]
        for key, label, required in (("distributor_1", _("发放人"), True), ("distributor_2", _("另一个发放人"), True), ("witness", _("监督人（有按手印的要写）"), False)):
            self.fields[key] = forms.ChoiceField(label=label, choices=names, required=required, error_messages={"required": _("发放人要两个人。"), "invalid_choice": _("请从清单里选。")})
        self.order_fields(["on", "distributor_1", "distributor_2", "witness", "exceptions"])

    def clean_on(self) -> Any:
        """Nothing is handed over in the future."""
        if self.cleaned_data["on"] > clock.today():
            raise forms.ValidationError(_("这一天还没有到。"))
        return self.cleaned_data["on"]

    def clean(self) -> dict[str, Any]:
        """Two people hand over; the witness is a third."""
        said = super().clean() or {}
        one, other = said.get("distributor_1"), said.get("distributor_2")
        if one and one == other:
            self.add_error("distributor_2", _("发放人要两个人。"))
        if said.get("witness") and said["witness"] in (one, other):
            self.add_error("witness", _("监督人不能是发放人。"))
        return said


class ReplyForm(forms.Form):
    """The bank's reply to a payment list."""

    file = forms.FileField(label=_("银行回盘（Excel）"), help_text=_("要有“编号”和“结果”两列，编号就是付款清单上的；可以有“原因”“金额”。"),
                           error_messages={"required": _("请选一份文件。"), "empty": _("这份文件是空的。"), "invalid": _("请选一份文件。")})  # fmt: skip
    on = date_field(_("哪天到账"))

    def clean_on(self) -> Any:
        """Nothing is paid in the future."""
        if self.cleaned_data["on"] > clock.today():
            raise forms.ValidationError(_("这一天还没有到。"))
        return self.cleaned_data["on"]


class ReasonForm(forms.Form):
    """Why something is put right."""

    reason = forms.CharField(label=_("原因"), max_length=100, error_messages={"required": _("请写原因。")})


class ReverseForm(ReasonForm):
    """Why a line is negated, and whether what was handed over came back."""

    came_back = forms.BooleanField(label=_("已经签收的：钱物收回来了"), required=False)


class QuantityForm(ReasonForm):
    """A quantity of a line's commodity and why: what came back, or what is right."""

    quantity = forms.CharField(label=_("多少"), max_length=24, error_messages={"required": _("请写数量。")})

    def __init__(self, *args: Any, commodity: Commodity, label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commodity = commodity
        self.fields["quantity"].label = label
        self.order_fields(["quantity", "reason"])

    def clean_quantity(self) -> int:
        """Return fen or pieces."""
        text = self.cleaned_data["quantity"]
        try:
            found = money.fen_of(text) if self.commodity.is_money else int(text)
        except ValueError as error:
            raise forms.ValidationError(_("数量写成 500 这样。")) from error
        if found <= 0:
            raise forms.ValidationError(_("数量要大于 0。"))
        return found
