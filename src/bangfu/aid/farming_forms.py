"""What a page of the desks 产业 and 以奖代补 reads of a request."""

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock
from bangfu.base.fields import date_field

from .farming import AS_ASKED, PER_HOUSEHOLD, PER_MU, SEASON
from .forms import Fen
from .models import Asked, LossCause, Lot, Programme, ProgrammeKind

NUMBER = {"invalid": _("数量写整数。"), "min_value": _("数量不能小于 0。"), "max_value": _("数量太大了。"), "required": _("请写数量，没有的写 0。")}
MOST = 10**7


class Tenths(forms.CharField):
    """A scale with at most one digit behind the point, as whole tenths."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=12, widget=forms.TextInput(attrs={"inputmode": "decimal"}), **kwargs)

    def clean(self, value: str) -> int | None:
        """Return tenths; None for an empty field that may be."""
        text = super().clean(value)
        if not text:
            return None
        found = tenths_of(text)
        if found is None:
            raise forms.ValidationError(_("写成 3 或 3.5 这样，不写单位。"))
        return found


def tenths_of(text: str) -> int | None:
    """Return 35 for 3.5, None for what is no such number."""
    found = re.fullmatch(r"(\d{1,7})(?:\.(\d))?", unicodedata.normalize("NFKC", text).strip())
    return int(found[1]) * 10 + int(found[2] or 0) if found else None


def _season_field() -> forms.RegexField:
    return forms.RegexField(SEASON, label=_("季节"), help_text=_("如：2017秋"), strip=True, error_messages={"required": _("请写季节。"), "invalid": _("季节写成 2017秋 这样。")})


def _count(label: Any, *, required: bool = False) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=MOST, required=required, error_messages=NUMBER)


def _not_to_come(on: date) -> date:
    if on > clock.today():
        raise forms.ValidationError(_("这一天还没有到。"))
    return on


class IntentionForm(forms.Form):
    """What a household said it means to grow or raise in a season."""

    season = _season_field()
    none = forms.BooleanField(label=_("问了，没有种养意愿"), required=False)
    item = forms.CharField(label=_("品种"), max_length=40, required=False, help_text=_("一样写一次；有几样就分几次记。"))
    quantity = _count(_("数量"))
    unit = forms.CharField(label=_("数量的单位"), max_length=8, required=False, help_text=_("如：株、羽、头"))
    area_tenths = Tenths(label=_("或面积（亩）"), required=False)
    labour = forms.IntegerField(label=_("家里能干活的几个人"), min_value=0, max_value=50, required=False, error_messages=NUMBER)
    land_tenths = Tenths(label=_("家里耕地（亩）"), required=False)
    technical_need = forms.CharField(label=_("要什么技术"), max_length=100, required=False)
    money_need_fen = Fen(label=_("缺多少资金（元）"), required=False)
    opinion = forms.CharField(label=_("意见"), max_length=200, required=False)
    asked = forms.ChoiceField(label=_("怎样问的"), choices=Asked)
    on = date_field(_("哪天问的"))

    def clean_on(self) -> date:
        """Nobody was asked in the future."""
        return _not_to_come(self.cleaned_data["on"])


class DirectionForm(forms.Form):
    """What a village decided to go for."""

    season = _season_field()
    items = forms.CharField(label=_("定了哪些品种，一行一个"), widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("请写定了哪些品种。")})
    decided_on = date_field(_("哪天定的"))
    present = forms.CharField(label=_("参加的人"), max_length=200, error_messages={"required": _("请写参加的人。")})
    minutes = forms.CharField(label=_("会议记录"), max_length=4000, widget=forms.Textarea(attrs={"rows": 5}), error_messages={"required": _("请写会议记录。")})

    def clean_items(self) -> list[str]:
        """Return the items, one a line."""
        return [one.strip()[:40] for one in re.split(r"[\n、，,]+", self.cleaned_data["items"]) if one.strip()]

    def clean_decided_on(self) -> date:
        """Nothing was decided in the future."""
        return _not_to_come(self.cleaned_data["decided_on"])


class PlanForm(forms.Form):
    """A batch to be drafted from what a village's households mean to grow."""

    per = forms.ChoiceField(label=_("怎样算"), choices=[(PER_HOUSEHOLD, _("每户一样多")), (PER_MU, _("按意愿面积，每亩")), (AS_ASKED, _("按意愿数量"))])
    standard = forms.IntegerField(label=_("每户或每亩多少（按意愿数量的不填）"), min_value=1, max_value=MOST, required=False, error_messages={**NUMBER, "min_value": _("数量要大于 0。")})

    def __init__(self, *args: Any, town: Any, items: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = {"required": _("请从清单里选。"), "invalid_choice": _("请从清单里选。")}
        self.fields["item"] = forms.ChoiceField(label=_("品种"), choices=[(one, one) for one in items], error_messages=chosen)
        self.fields["programme"] = forms.ModelChoiceField(Programme.objects.filter(town=town, kind=ProgrammeKind.LIVELIHOOD_SUPPORT), label=_("项目"), to_field_name="code", error_messages=chosen)
        self.fields["lot"] = forms.ModelChoiceField(Lot.objects.filter(source__town=town).select_related("commodity", "source"), label=_("从哪批货"), to_field_name="code", error_messages=chosen)
        self.fields["lot"].label_from_instance = lambda lot: f"{lot.commodity.name} {lot.on:%Y-%m-%d} {lot.supplier}（{lot.source.name}）"
        self.fields["title"] = forms.CharField(label=_("这一批叫什么"), max_length=60, error_messages={"required": _("请写这一批的名称。")})
        self.fields["on"] = date_field(_("哪天发"))
        self.order_fields(["item", "per", "standard", "programme", "lot", "title", "on"])

    def clean(self) -> dict[str, Any]:
        """A standard, unless each gets what was asked for."""
        said = super().clean() or {}
        if said.get("per") in (PER_HOUSEHOLD, PER_MU) and not said.get("standard") and "standard" not in self.errors:
            self.add_error("standard", _("请写数量。"))
        return said


class FollowUpForm(forms.Form):
    """What became of what was handed out, all counted from that day."""

    on = date_field(_("哪天看的"))
    replaced = _count(_("供应商补了多少（没有的不填）"))
    alive = _count(_("现在活的"), required=True)
    died = _count(_("死了的"), required=True)
    sold = _count(_("卖了的"), required=True)
    own_use = _count(_("自家用的"), required=True)
    cause = forms.ChoiceField(label=_("死的原因"), choices=[("", ""), *LossCause.choices], required=False)
    proceeds_fen = Fen(label=_("一共卖得（元）"), required=False)
    cost_fen = Fen(label=_("一共花了成本（元）"), required=False)

    def clean_on(self) -> date:
        """Nothing is seen in the future."""
        return _not_to_come(self.cleaned_data["on"])

    def clean(self) -> dict[str, Any]:
        """What was left empty is nothing."""
        said = super().clean() or {}
        return said | {key: said.get(key) or 0 for key in ("replaced", "proceeds_fen", "cost_fen")}
