"""What a page of the desks 产业 and 以奖代补 reads of a request."""

import re
import unicodedata
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock, money
from bangfu.base.fields import date_field
from bangfu.chain.queries import people
from bangfu.registry.queries import STANDINGS

from .farming import AS_ASKED, PER_HOUSEHOLD, PER_MU
from .forms import Fen
from .models import Asked, FundSource, LossCause, Lot, Programme, ProgrammeKind
from .models.farming import SEASON

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


class RoundForm(forms.Form):
    """A round of rewards: its rates line by line, and what a household may have in a year."""

    year = forms.IntegerField(label=_("年份"), min_value=2010, max_value=2100, error_messages={"required": _("请写年份。"), "invalid": _("年份写成 2017。"), "min_value": _("年份写成 2017。"), "max_value": _("年份写成 2017。")})
    label = forms.CharField(label=_("哪一期"), max_length=20, help_text=_("如：三季度、10月"), error_messages={"required": _("请写哪一期。")})
    document_no = forms.CharField(label=_("文号"), max_length=60, error_messages={"required": _("请写文号。")})
    rates = forms.CharField(label=_("标准，一行一个品种"), max_length=8000, widget=forms.Textarea(attrs={"rows": 6}), error_messages={"required": _("请写奖补标准。")},
                            help_text=_("品种 单位 每单位多少元 最低规模，如“百香果 亩 500 1”。一段时间里最低规模不同的，另写一行：“百香果 例外 0.5 2017-07-01 2017-12-31”。"))
    with_goods = forms.BooleanField(label=_("同一季同一品种领过实物的也可以奖补"), required=False)

    def __init__(self, *args: Any, town: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = {"required": _("请选项目。"), "invalid_choice": _("请从清单里选。")}
        self.fields["programme"] = forms.ModelChoiceField(Programme.objects.filter(town=town, kind=ProgrammeKind.LIVELIHOOD_REWARD), label=_("项目"), to_field_name="code", error_messages=chosen)
        for key, label in STANDINGS.items():
            self.fields[f"cap_{key}"] = Fen(label=_("一户一年的上限（元）：{kind}").format(kind=label), required=False)
        self.order_fields(["programme", "year", "label", "document_no", "rates"])

    def clean_rates(self) -> list[dict[str, Any]]:
        """Return the rates; every line that cannot be read is named at once."""
        found, problems = {}, []
        for at, line in enumerate(self.cleaned_data["rates"].splitlines(), start=1):
            if line.strip() and (problem := _read_rate(line.split(), found)):
                problems.append(now_("第 {n} 行：{problem}").format(n=at, problem=problem))
        if problems:
            raise forms.ValidationError(problems)
        return list(found.values())

    def clean(self) -> dict[str, Any]:
        """At least one kind of household has a cap."""
        said = super().clean() or {}
        said["caps"] = {key: fen for key in STANDINGS if (fen := said.pop(f"cap_{key}", None))}
        if not said["caps"] and not self.errors:
            raise forms.ValidationError(_("请写哪一类户一年最多多少；没有写的就不是奖补对象。"))
        return said


def _read_rate(words: list[str], found: dict[str, dict[str, Any]]) -> str:
    """Read one line of rates into `found`; return what is wrong with it."""
    item = words[0]
    if len(words) == 5 and words[1] in ("例外", "except"):
        minimum = tenths_of(words[2])
        try:
            days = [date.fromisoformat(text) for text in words[3:]]
        except ValueError:
            return now_("日期写成 2017-10-01 这样。")
        if item not in found or minimum is None or days[1] < days[0]:
            return now_("例外写在这个品种的标准以后：品种 例外 最低规模 从哪天 到哪天。")
        found[item]["exceptions"].append({"from": f"{days[0]}", "until": f"{days[1]}", "minimum_tenths": minimum})
        return ""
    if len(words) != 4:
        return now_("写四样：品种 单位 每单位多少元 最低规模。")
    try:
        fen = money.fen_of(words[2])
    except money.NoAmount:
        fen = 0
    minimum = tenths_of(words[3])
    if not fen or minimum is None:
        return now_("写四样：品种 单位 每单位多少元 最低规模。")
    if item in found:
        return now_("同一个品种写了两个标准。")
    found[item] = {"item": item[:40], "unit": words[1][:8], "rate_fen": fen, "minimum_tenths": minimum, "exceptions": []}
    return ""


class ClaimForm(forms.Form):
    """What a household claims to grow or raise, and where."""

    household = forms.CharField(label=_("户编号"), max_length=20, error_messages={"required": _("请写户编号。")})
    declared_tenths = Tenths(label=_("申报规模"), error_messages={"required": _("请写规模。")})
    place = forms.CharField(label=_("哪块地、哪个栏舍"), max_length=60, help_text=_("写到能找到：地名或地块号"), error_messages={"required": _("请写地块。")})
    season = _season_field()
    on = date_field(_("哪天申报"))

    def __init__(self, *args: Any, round: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"] = forms.ChoiceField(label=_("品种"), choices=[(one["item"], f"{one['item']}（{one['unit']}）") for one in round.rates],
                                                error_messages={"required": _("请从清单里选。"), "invalid_choice": _("请从清单里选。")})  # fmt: skip
        self.order_fields(["household", "item", "declared_tenths", "place", "season", "on"])

    def clean_on(self) -> date:
        """Nothing was claimed in the future."""
        return _not_to_come(self.cleaned_data["on"])


class InspectionForm(forms.Form):
    """What two inspectors measured."""

    measured_tenths = Tenths(label=_("验收规模"), error_messages={"required": _("请写规模，没有的写 0。")})
    others = forms.CharField(label=_("还有谁在场（可以不填）"), max_length=100, required=False)
    on = date_field(_("哪天验收"))

    def __init__(self, *args: Any, town: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [("", ""), *((str(pk), name) for pk, name in people(town))]
        for key, label in (("inspector_1", _("验收人")), ("inspector_2", _("另一个验收人"))):
            self.fields[key] = forms.ChoiceField(label=label, choices=names, error_messages={"required": _("验收要两个人。"), "invalid_choice": _("请从清单里选。")})
        self.order_fields(["on", "inspector_1", "inspector_2", "others", "measured_tenths"])

    def clean_on(self) -> date:
        """Nothing is measured in the future."""
        return _not_to_come(self.cleaned_data["on"])


class RewardBatchForm(forms.Form):
    """The batch that pays a round's claims."""

    title = forms.CharField(label=_("这一批叫什么"), max_length=60, error_messages={"required": _("请写这一批的名称。")})
    on = date_field(_("哪天发"))
    by_bank = forms.BooleanField(label=_("转账发放，以银行回盘为准"), required=False)

    def __init__(self, *args: Any, town: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"] = forms.ModelChoiceField(FundSource.objects.filter(town=town), label=_("资金来源"), to_field_name="code",
                                                       error_messages={"required": _("请选资金来源。"), "invalid_choice": _("请从清单里选。")})  # fmt: skip
        self.order_fields(["source", "title", "on", "by_bank"])
