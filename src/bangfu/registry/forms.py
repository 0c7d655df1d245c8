"""What a registry page reads of a request, and the words for what is wrong with it."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock

from .models import Joining, Leaving

RELATIONS = ["户主", "配偶", "之子", "之女", "之儿媳", "之女婿", "之孙子", "之孙女", "之外孙子", "之外孙女", "之父", "之母", "之岳父", "之岳母", "之公公", "之婆婆",
             "之祖父", "之祖母", "之兄弟姐妹", "其他"]
WOMEN = frozenset({"之女", "之儿媳", "之孙女", "之外孙女", "之母", "之岳母", "之婆婆", "之祖母"})
MEN = frozenset({"之子", "之女婿", "之孙子", "之外孙子", "之父", "之岳父", "之公公", "之祖父"})


def _date_field(label: Any, missing: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}),
                           error_messages={"required": missing, "invalid": _("日期写成 2017-10-01 这样。")})


def _not_after_today(day: date) -> date:
    if day > clock.today():
        raise forms.ValidationError(_("日期在今天以后，请对照证明再写。"))
    if day.year < 1900:
        raise forms.ValidationError(_("日期太早，请对照证明再写。"))
    return day


class JoiningForm(forms.Form):
    """Somebody who becomes a member: born, married in, moved in."""

    kind = forms.ChoiceField(label=_("怎么来的"), choices=[("", ""), *Joining.choices], error_messages={"required": _("请选怎么来的。")})
    name = forms.CharField(label=_("姓名"), max_length=30, error_messages={"required": _("请写姓名。")})
    sex = forms.ChoiceField(label=_("性别"), choices=[("", ""), ("男", _("男")), ("女", _("女"))], error_messages={"required": _("请选性别。")})
    born_on = _date_field(_("出生日期"), _("请写出生日期。"))
    relation_to_head = forms.ChoiceField(label=_("与户主关系"), choices=[("", ""), *((one, one) for one in RELATIONS)],
                                         error_messages={"required": _("请选与户主关系。")})
    on = _date_field(_("哪一天来的（出生的不用写）"), "", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_kind(self) -> Joining:
        return Joining(self.cleaned_data["kind"])

    def clean_born_on(self) -> date:
        return _not_after_today(self.cleaned_data["born_on"])

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        return None if day is None else _not_after_today(day)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not name:
            raise forms.ValidationError(_("请写姓名。"))
        return name

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if (said.get("sex") == "男" and said.get("relation_to_head") in WOMEN) or (said.get("sex") == "女" and said.get("relation_to_head") in MEN):
            self.add_error("relation_to_head", _("与户主关系和性别不符，请改其中一个。"))
        born, on = said.get("born_on"), said.get("on")
        if said.get("kind") == Joining.BIRTH:
            said["on"] = born
        elif said.get("kind") and on is None and "on" not in self.errors:
            self.add_error("on", _("请写哪一天来的。"))
        elif born and on and on < born:
            self.add_error("on", _("来的日期比出生日期早，请改其中一个。"))
        return said


class LeavingForm(forms.Form):
    """Somebody who ceases to be a member: died, married out, moved out. `members` are (number on the card, name shown)."""

    number = forms.ChoiceField(label=_("谁"), error_messages={"required": _("请选是谁。")})
    kind = forms.ChoiceField(label=_("怎么走的"), choices=[("", ""), *Leaving.choices], error_messages={"required": _("请选怎么走的。")})
    on = _date_field(_("哪一天"), _("请写是哪一天。"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, members: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].choices = [("", ""), *members]

    def clean_kind(self) -> Leaving:
        return Leaving(self.cleaned_data["kind"])

    def clean_on(self) -> date:
        return _not_after_today(self.cleaned_data["on"])


PURPOSES = {"check": _("核对证件或户口本"), "visit": _("入户走访要用"), "call": _("打电话联系"), "apply": _("办理待遇"), "correct": _("更正系统或手册")}


class OpenForm(forms.Form):
    """Why one masked value is opened."""

    purpose = forms.ChoiceField(label=_("看来做什么用"), choices=[("", ""), *PURPOSES.items()], error_messages={"required": _("请选看来做什么用。")})
