"""What a page of visits reads of a request, and the words for what is wrong with it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock
from bangfu.base.codes import checked, new_code
from bangfu.chain.models import Cadre

from .actions import Said
from .models import Commitment, ExcuseReason, Issue, VisitMode

WRITTEN = {"rows": 2}


def _day(label: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
                           error_messages={"required": _("请写日期。"), "invalid": _("日期写成 2017-10-01 这样。")})


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class VisitForm(forms.Form):
    """One visit at one household: when, who, how are asked; everything else may stay empty."""

    visited_on = _day(_("哪天去的"))
    went = forms.MultipleChoiceField(label=_("谁去的"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("请选去的人。"), "invalid_choice": _("请从清单里选。")})
    mode = forms.ChoiceField(label=_("怎么见的"), choices=VisitMode.choices, initial=VisitMode.HOME)
    found = forms.CharField(label=_("看到的（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    told = forms.CharField(label=_("告诉的政策、事情（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    requests = forms.CharField(label=_("新的诉求，一行一件（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    promises = forms.CharField(label=_("新的承诺，一行一件（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    due_on = _day(_("承诺和诉求哪天以前办好（可以不填）"), required=False)
    follow_up = forms.CharField(label=_("接下来（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], open_items: Sequence[Commitment | Issue] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.open_items = list(open_items)
        self.fields["went"].choices = [(str(pk), name) for pk, name in people]
        self.fields["once"].initial = new_code() + new_code()
        for one in self.open_items:
            self.fields[f"end-{one.code}"] = forms.CharField(label=one.text, required=False, max_length=200, help_text=_("办好了就写办得怎样，没办好空着"))

    def clean_visited_on(self) -> date:
        day: date = self.cleaned_data["visited_on"]
        if day > clock.today():
            raise forms.ValidationError(_("日期在今天以后，请看清楚再写。"))
        return day

    def said(self) -> Said:
        """Return what was said, for the actions."""
        told = self.cleaned_data
        due = told["due_on"]
        return Said(told["visited_on"], tuple(int(pk) for pk in told["went"]), told["mode"], told["found"], told["told"], told["follow_up"],
                    tuple((line, due) for line in _lines(told["requests"])), tuple((line, due) for line in _lines(told["promises"])),
                    tuple((one.code, told[f"end-{one.code}"]) for one in self.open_items if told[f"end-{one.code}"]))  # fmt: skip


class ExcuseForm(forms.Form):
    """Why a household need not be seen, for one visit day or until a date."""

    reason = forms.ChoiceField(label=_("为什么不用去"), choices=[("", ""), *ExcuseReason.choices], error_messages={"required": _("请选为什么。")})
    words = forms.CharField(label=_("说明（可以不填）"), required=False, max_length=200)
    since = _day(_("从哪个帮扶日起"))
    until = _day(_("到哪天为止（只这一次就空着）"), required=False)


class SheetCodeForm(forms.Form):
    """The code printed on a sheet, with its check letter."""

    code = forms.CharField(label=_("表上的编号（扫码或照着打）"), max_length=20, widget=forms.TextInput(attrs={"autofocus": "autofocus", "autocomplete": "off"}),
                           error_messages={"required": _("请写编号。")})

    def clean_code(self) -> str:
        code = checked(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("编号不对，可能打错了一位。请对照表再看一遍。"))
        return code


def people_of(officers: Sequence[Cadre]) -> list[tuple[int, str]]:
    """Return officers as choices of who went, with their unit so that two of one name are told apart."""
    return [(one.officer_id, f"{one.officer.name}（{one.unit or one.get_level_display()}）") for one in officers]
