"""What a registry page reads of a request, and the words for what is wrong with it."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock

RELATIONS = ["之子", "之女", "之孙子", "之孙女", "之外孙子", "之外孙女", "其他"]


class BirthForm(forms.Form):
    """A child born into the household."""

    name = forms.CharField(label=_("姓名"), max_length=30, error_messages={"required": _("请写姓名。")})
    sex = forms.ChoiceField(label=_("性别"), choices=[("", ""), ("男", _("男")), ("女", _("女"))], error_messages={"required": _("请选性别。")})
    born_on = forms.DateField(label=_("出生日期"), widget=forms.DateInput(attrs={"type": "date"}),
                              error_messages={"required": _("请写出生日期。"), "invalid": _("出生日期写成 2017-10-01 这样。")})
    relation_to_head = forms.ChoiceField(label=_("与户主关系"), choices=[("", ""), *((one, one) for one in RELATIONS)],
                                         error_messages={"required": _("请选与户主关系。")})
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_born_on(self) -> date:
        born: date = self.cleaned_data["born_on"]
        if born > clock.today():
            raise forms.ValidationError(_("出生日期在今天以后，请对照出生医学证明。"))
        if born.year < 1900:
            raise forms.ValidationError(_("出生日期太早，请对照出生医学证明。"))
        return born

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if "\x00" in name or not name:
            raise forms.ValidationError(_("请写姓名。"))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        girl, boy = {"之女", "之孙女", "之外孙女"}, {"之子", "之孙子", "之外孙子"}
        if (cleaned.get("sex") == "男" and cleaned.get("relation_to_head") in girl) or (cleaned.get("sex") == "女" and cleaned.get("relation_to_head") in boy):
            self.add_error("relation_to_head", _("与户主关系和性别不符，请改其中一个。"))
        return cleaned


PURPOSES = {"check": _("核对证件或户口本"), "visit": _("入户走访要用"), "call": _("打电话联系"), "apply": _("办理待遇"), "correct": _("更正系统或手册")}


class OpenForm(forms.Form):
    """Why one masked value is opened."""

    purpose = forms.ChoiceField(label=_("看来做什么用"), choices=[("", ""), *PURPOSES.items()], error_messages={"required": _("请选看来做什么用。")})
