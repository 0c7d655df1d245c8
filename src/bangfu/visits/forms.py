"""What a page of visits reads of a request, and the words for what is wrong with it."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock
from bangfu.base.codes import checked, new_code
from bangfu.base.fields import date_field

from .actions import Said
from .ladder import Rung, To
from .models import Answer, Commitment, ExcuseReason, FieldDayKind, Issue, Slot, VerificationItem, VisitDay, VisitMode
from .shown import TOLD
from .verification import question

WRITTEN = {"rows": 2}


def _not_after_today(day: date) -> date:
    if day > clock.today():
        raise forms.ValidationError(_("日期在今天以后，请看清楚再写。"))
    return day


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


class VisitForm(forms.Form):
    """One visit at one household: when, who, how are asked; everything else may stay empty."""

    visited_on = date_field(_("哪天去的"))
    went = forms.MultipleChoiceField(label=_("谁去的"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("请选去的人。"), "invalid_choice": _("请从清单里选。")})
    mode = forms.ChoiceField(label=_("怎么见的"), choices=VisitMode.choices, initial=VisitMode.HOME)
    found = forms.CharField(label=_("看到的（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    told = forms.CharField(label=_("告诉的政策、事情（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    requests = forms.CharField(label=_("新的诉求，一行一件（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    promises = forms.CharField(label=_("新的承诺，一行一件（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    due_on = date_field(_("承诺和诉求哪天以前办好（可以不填）"), required=False)
    follow_up = forms.CharField(label=_("接下来（可以不填）"), required=False, max_length=2000, widget=forms.Textarea(WRITTEN))
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], open_items: Sequence[Commitment | Issue] = (), checks: Sequence[VerificationItem] = (),
                 **kwargs: Any) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.open_items, self.checks = list(open_items), list(checks)
        self.fields["went"].choices = [(str(pk), name) for pk, name in people]
        self.fields["once"].initial = new_code() + new_code()
        for one in self.open_items:
            self.fields[f"end-{one.code}"] = forms.CharField(label=one.text, required=False, max_length=200, help_text=_("办好了就写办得怎样，没办好空着"))
        for check in self.checks:
            self.fields[f"check-{check.code}"] = forms.ChoiceField(label=question(check), choices=[("", _("没有问到")), *Answer.choices], required=False)
            self.fields[f"value-{check.code}"] = forms.CharField(label=_("不一样的写看到的"), required=False, max_length=200)

    def clean(self) -> dict[str, Any]:
        """Ask what was seen where a value differs."""
        said = super().clean() or {}
        for check in self.checks:
            if said.get(f"check-{check.code}") == Answer.DIFFERENT and not said.get(f"value-{check.code}"):
                self.add_error(f"value-{check.code}", _("不一样的，请写看到的是什么。"))
        return said

    def clean_visited_on(self) -> date:
        return _not_after_today(self.cleaned_data["visited_on"])

    def said(self) -> Said:
        """Return what was said, for the actions."""
        told = self.cleaned_data
        due = told["due_on"]
        return Said(told["visited_on"], tuple(int(pk) for pk in told["went"]), told["mode"], told["found"], told["told"], told["follow_up"],
                    tuple((line, due) for line in _lines(told["requests"])), tuple((line, due) for line in _lines(told["promises"])),
                    tuple((one.code, told[f"end-{one.code}"]) for one in self.open_items if told[f"end-{one.code}"]),
                    tuple((one.code, told[f"check-{one.code}"], told[f"value-{one.code}"]) for one in self.checks if told[f"check-{one.code}"]))  # fmt: skip


class VerificationForm(forms.Form):
    """Which value is to be looked at when somebody goes there, and why."""

    what = forms.ChoiceField(label=_("请走访的人看哪一项"), error_messages={"required": _("请从清单里选要核对的一项。"), "invalid_choice": _("请从清单里选要核对的一项。")})
    words = forms.CharField(label=_("为什么要看（可以不填）"), required=False, max_length=200)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = [("", ""), *choices]


class VillageForm(forms.Form):
    """A village's open slots as a list: on which day their caseworkers were there, whom they saw, and a word about each.

    `slots` may be ticked: those that are open and have a caseworker.
    """

    visited_on = date_field(_("哪天去的"))
    seen = forms.MultipleChoiceField(label=_("打了勾的户"), error_messages={"required": _("一户也没有打勾。"), "invalid_choice": _("打了勾的户里有已经记过走访的，请看清楚再记。")})
    once = forms.CharField(widget=forms.HiddenInput, max_length=20)

    def __init__(self, *args: Any, day: VisitDay, slots: Sequence[Slot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.day, self.slots = day, slots
        self.fields["visited_on"].initial = min(day.make_up_until, clock.today())
        self.fields["visited_on"].widget.attrs |= {"min": day.date.isoformat(), "max": day.make_up_until.isoformat()}
        self.fields["once"].initial = new_code() + new_code()
        self.fields["seen"].choices = [(str(slot.pk), slot.pk) for slot in slots]
        for slot in slots:
            self.fields[f"found-{slot.pk}"] = forms.CharField(required=False, max_length=2000)

    def clean_visited_on(self) -> date:
        on: date = self.cleaned_data["visited_on"]
        if not self.day.date <= on <= self.day.make_up_until:
            raise forms.ValidationError(_("{day} 不在这个帮扶日的补访期里，请看清楚再写。").format(day=on.isoformat()))
        return _not_after_today(on)

    def said(self) -> list[tuple[Slot, Said, str]]:
        """Return each ticked slot with what was said of it and what makes it one visit however often it is sent."""
        told = self.cleaned_data
        return [(slot, Said(told["visited_on"], (slot.caseworker_id,), found=told[f"found-{slot.pk}"]), f"{told['once']} {slot.pk}")
                for slot in self.slots if str(slot.pk) in told["seen"]]  # fmt: skip


class ExcuseForm(forms.Form):
    """Why a household need not be seen, for one visit day or until a date."""

    reason = forms.ChoiceField(label=_("为什么不用去"), choices=[("", ""), *ExcuseReason.choices], error_messages={"required": _("请选为什么。")})
    words = forms.CharField(label=_("说明（可以不填）"), required=False, max_length=200)
    since = date_field(_("从哪个帮扶日起"))
    until = date_field(_("到哪天为止（只这一次就空着）"), required=False)


class StandInForm(forms.Form):
    """Who goes for a household's caseworker this once."""

    officer = forms.ChoiceField(label=_("谁代访"), error_messages={"required": _("请选一个人。"), "invalid_choice": _("请从清单里选。")})

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officer"].choices = [("", ""), *((str(pk), name) for pk, name in people)]


class CancelForm(forms.Form):
    """Why a visit day is called off."""

    reason = forms.CharField(label=_("为什么取消"), max_length=200, error_messages={"required": _("请写为什么。")})


class ManyExcusedForm(forms.Form):
    """Villages whose households need not be seen this once, and why."""

    villages = forms.MultipleChoiceField(label=_("哪些村"), widget=forms.CheckboxSelectMultiple, error_messages={"required": _("请选村。")})
    reason = forms.ChoiceField(label=_("为什么不用去"), choices=[("", ""), *ExcuseReason.choices], error_messages={"required": _("请选为什么。")})
    words = forms.CharField(label=_("说明（可以不填）"), required=False, max_length=200)

    def __init__(self, *args: Any, villages: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["villages"].choices = villages


class FieldDayForm(forms.Form):
    """Who was in the village on a day, for what."""

    kind = forms.ChoiceField(label=_("驻村还是进组"), choices=FieldDayKind.choices)
    date = date_field(_("哪一天"), _("请写哪一天。"))
    villager_group = forms.CharField(label=_("组（进组时写）"), max_length=40, required=False)
    officers = forms.MultipleChoiceField(label=_("谁去的"), widget=forms.SelectMultiple(attrs={"size": 6}), error_messages={"required": _("请选谁去的。"), "invalid_choice": _("请从清单里选。")})
    done = forms.CharField(label=_("做了什么"), max_length=2000, widget=forms.Textarea(attrs=WRITTEN), error_messages={"required": _("请写做了什么。")})
    once = forms.CharField(widget=forms.HiddenInput, max_length=20)

    def __init__(self, *args: Any, people: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["officers"].choices = [(str(pk), name) for pk, name in people]
        self.fields["once"].initial = new_code() + new_code()

    def clean_date(self) -> date:
        return _not_after_today(self.cleaned_data["date"])

    def clean(self) -> dict[str, Any]:
        """Ask which group was gone to."""
        said = super().clean() or {}
        if said.get("kind") == FieldDayKind.GROUP and not said.get("villager_group"):
            self.add_error("villager_group", _("请写进的哪个组。"))
        return said


class SheetCodeForm(forms.Form):
    """The code printed on a sheet, with its check letter."""

    code = forms.CharField(label=_("表上的编号（扫码或照着打）"), max_length=20, widget=forms.TextInput(attrs={"autofocus": "autofocus", "autocomplete": "off"}),
                           error_messages={"required": _("请写编号。")})

    def clean_code(self) -> str:
        code = checked(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError(_("编号不对，可能打错了一位。请对照表再看一遍。"))
        return code


class LadderForm(forms.Form):
    """A town's ladder: for each step whether it is told, how many working days on, at what time, to whom."""

    def __init__(self, *args: Any, rungs: Sequence[Rung], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.steps = [one.step for one in rungs]
        people = [(to, TOLD[to]) for to in To]
        for one in rungs:
            self.fields[f"on_{one.step}"] = forms.BooleanField(label=_("提醒"), required=False, initial=one.on)
            self.fields[f"days_{one.step}"] = forms.IntegerField(label=_("过几个工作日"), min_value=0, max_value=10, initial=one.days, error_messages={
                "required": _("写 0 到 10。"), "invalid": _("写 0 到 10。"), "min_value": _("写 0 到 10。"), "max_value": _("写 0 到 10。")})  # fmt: skip
            self.fields[f"at_{one.step}"] = forms.TimeField(label=_("几点"), initial=one.at, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
                                                            error_messages={"required": _("时间写成 09:00 这样。"), "invalid": _("时间写成 09:00 这样。")})  # fmt: skip
            self.fields[f"to_{one.step}"] = forms.MultipleChoiceField(label=_("提醒谁"), choices=people, initial=list(one.to), widget=forms.CheckboxSelectMultiple, required=False)

    def clean(self) -> dict[str, Any]:
        """Ask for somebody to tell where a step is on."""
        said = super().clean() or {}
        for step in self.steps:
            if said.get(f"on_{step}") and not said.get(f"to_{step}"):
                self.add_error(f"to_{step}", _("请选提醒谁，或不提醒。"))
        return said

    def rungs(self) -> list[Rung]:
        """Return what the form says."""
        said = self.cleaned_data
        return [Rung(step, said[f"on_{step}"], said[f"days_{step}"], said[f"at_{step}"], tuple(To(to) for to in To if to in said[f"to_{step}"])) for step in self.steps]
