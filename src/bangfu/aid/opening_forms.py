"""What the pages of 历史导入 read of a request."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock
from bangfu.base.fields import date_field

from .models import FundSource, Programme
from .opening import Column
from .opening_file import MONEY_UNITS, PIECES, UNITS, WEIGHTS

AS = [("", _("不读")), ("amount", _("发的钱或物")), ("household_code", _("户编号")), ("village", _("村")), ("group", _("组")), ("head", _("户主")), ("person", _("学生姓名")), ("on", _("日期")), ("words", _("大写金额")), ("page", _("档案页码"))]


class NewOpeningForm(forms.Form):
    """A ledger of past years, and what it is of."""

    def __init__(self, *args: Any, town: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        missing = {"invalid_choice": _("请从清单里选。")}
        self.fields["file"] = forms.FileField(label=_("以前的台账（.xlsx、.xls、.csv）"), help_text=_("表头里要有户主或户编号，和发的数；数的单位写在表头里：金额（元）、鸡苗（羽）。"), error_messages={
            "required": _("请选一份文件。"), "empty": _("这份文件是空的。"), "invalid": _("请选一份文件。"), "missing": _("请选一份文件。")})
        self.fields["source"] = forms.ModelChoiceField(FundSource.objects.filter(town=town), label=_("资金来源"), to_field_name="code", error_messages={"required": _("请选资金来源。"), **missing})
        self.fields["programme"] = forms.ModelChoiceField(Programme.objects.filter(town=town), label=_("项目"), to_field_name="code", error_messages={"required": _("请选项目。"), **missing})
        self.fields["title"] = forms.CharField(label=_("这一批叫什么"), max_length=60, help_text=_("如：2016年春节慰问"), error_messages={"required": _("请写这一批的名称。")})
        self.fields["on"] = date_field(_("没有写日期的行，是哪天发的（可以不填）"), required=False)
        self.fields["box"] = forms.CharField(label=_("签收表在哪个档案盒"), max_length=60, error_messages={"required": _("请写档案盒号。")})

    def clean_on(self) -> Any:
        """Nothing was given in the future."""
        if (on := self.cleaned_data["on"]) and on > clock.today():
            raise forms.ValidationError(_("这一天还没有到。"))
        return on


class LedgerColumnsForm(forms.Form):
    """What each column is; `mapping` says it by header."""

    def __init__(self, *args: Any, columns: Sequence[Column], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.columns = columns
        self.mapping: dict[str, dict[str, str]] = {}
        units = [("", _("请选")), *((unit, unit) for unit in UNITS)]
        for at, one in enumerate(columns):
            self.fields[f"as_{at}"] = forms.ChoiceField(label=_("“{name}”是什么").format(name=one.name), choices=AS, required=False, initial=one.meaning.as_, error_messages={"invalid_choice": _("请从清单里选。")})
            self.fields[f"goods_{at}"] = forms.CharField(label=_("“{name}”是什么东西（钱不填）").format(name=one.name), max_length=40, required=False, initial=one.meaning.goods)
            self.fields[f"unit_{at}"] = forms.ChoiceField(label=_("“{name}”的单位").format(name=one.name), choices=units, required=False, initial=one.meaning.unit, error_messages={"invalid_choice": _("请从清单里选。")})

    def rows(self) -> list[tuple[Column, list[forms.BoundField]]]:
        """Return each column with its fields."""
        return [(one, [self[f"{key}_{at}"] for key in ("as", "goods", "unit")]) for at, one in enumerate(self.columns)]

    def clean(self) -> dict[str, Any]:
        """An amount has a unit, goods a name and no unit of money; of the rest each is there once."""
        said = super().clean() or {}
        seen: dict[str, str] = {}
        for at, one in enumerate(self.columns):
            as_, goods, unit = said.get(f"as_{at}", ""), (said.get(f"goods_{at}") or "").strip(), said.get(f"unit_{at}", "")
            if as_ == "amount":
                if not unit:
                    self.add_error(f"unit_{at}", _("请选单位。"))
                elif goods and unit in MONEY_UNITS:
                    self.add_error(f"unit_{at}", _("东西不能用钱的单位。"))
                elif not goods and unit in (*WEIGHTS, *PIECES):
                    self.add_error(f"goods_{at}", _("请写是什么东西。"))
            elif as_ and as_ in seen:
                self.add_error(f"as_{at}", _("“{other}”已经是这个了，只能选一列。").format(other=seen[as_]))
            seen.setdefault(as_, one.name)
            self.mapping[one.name] = {"as": as_, "goods": goods if as_ == "amount" else "", "unit": unit if as_ == "amount" else "", "label": one.meaning.label if as_ == "amount" and not goods else ""}
        if not self.errors and (not {"head", "household_code"} & seen.keys() or "amount" not in seen):
            raise forms.ValidationError(_("要有一列是户主或户编号，一列是发的钱或物。"))
        return said


class ExplainForm(forms.Form):
    """Why a file's own sums differ from its lines."""

    explanation = forms.CharField(label=_("为什么对不上"), max_length=200, widget=forms.Textarea(attrs={"rows": 2}), error_messages={"required": _("请写为什么对不上。")})
