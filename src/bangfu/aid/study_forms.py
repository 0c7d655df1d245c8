"""What a page of study aid and of donors reads of a request."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock
from bangfu.base.fields import date_field
from bangfu.chain.queries import people
from bangfu.registry.models import Household
from bangfu.registry.queries import present_members, villages
from bangfu.registry.shown import shown

from .forms import Fen
from .models import ApplicationState, DonorKind, GrantKind, Pledge, Programme, ProgrammeKind, Stage, Stop, StudyApplication
from .pledges import fits
from .study_rules import order, term_at, term_on

YES_NO = [("", "—"), ("yes", _("是")), ("no", _("否"))]
AHEAD = 8  # terms to choose from


def terms(back: int = 1) -> list[tuple[str, str]]:
    """Return the terms to choose from: from the one before this one on."""
    here = order(term_on(clock.today()))
    return [(term_at(at), term_at(at)) for at in range(here - back, here + AHEAD)]


def _term(label: Any, back: int = 1) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=terms(back), error_messages={"required": _("请选学期。"), "invalid_choice": _("请从清单里选。")})


def yes_no(text: str) -> bool | None:
    """Return what was chosen, None for nothing."""
    return {"yes": True, "no": False}.get(text)


def _not_yet(day: Any) -> Any:
    if day > clock.today():
        raise forms.ValidationError(_("这一天还没有到。"))
    return day


class DonorForm(forms.Form):
    """Who gives."""

    name = forms.CharField(label=_("捐赠人"), max_length=60, error_messages={"required": _("请写捐赠人。")})
    kind = forms.ChoiceField(label=_("类别"), choices=DonorKind, error_messages={"required": _("请选类别。"), "invalid_choice": _("请从清单里选。")})
    contact = forms.CharField(label=_("怎么联系（可以不填，封存）"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    to_be_named = forms.BooleanField(label=_("愿意公开名字"), required=False)


class ApplicationForm(forms.Form):
    """A student of a household asks for help."""

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.number): one.person for one in present_members(household)}
        self.fields["member"] = forms.ChoiceField(label=_("学生"), choices=[("", ""), *((key, shown("name", person.name, person, clock.today())) for key, person in self.people.items())],
                                                  error_messages={"required": _("请选学生。"), "invalid_choice": _("请从清单里选。")})  # fmt: skip
        self.fields["guardian"] = forms.CharField(label=_("监护人"), max_length=40, error_messages={"required": _("请写监护人。")})
        self.fields["school"] = forms.CharField(label=_("学校"), max_length=60, error_messages={"required": _("请写学校。")})
        self.fields["stage"] = forms.ChoiceField(label=_("学段"), choices=Stage, error_messages={"required": _("请选学段。"), "invalid_choice": _("请从清单里选。")})
        self.fields["term"] = _term(_("学期"))
        self.fields["term"].initial = term_on(clock.today())
        self.fields["cost"] = Fen(label=_("一学期的费用（元）"), error_messages={"required": _("请写金额。")})
        self.fields["reason"] = forms.CharField(label=_("申请理由"), max_length=200, error_messages={"required": _("请写申请理由。")}, help_text=_("写费用和收入，不写病名。"))


class HomeCheckForm(forms.Form):
    """What was found at home."""

    def __init__(self, *args: Any, town: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"] = date_field(_("哪天核实"))
        names = [("", ""), *((str(pk), name) for pk, name in people(town))]
        for key, label, required in (("checker_1", _("核实人"), True), ("checker_2", _("另一个核实人"), True), ("checker_3", _("第三个核实人（可以不填）"), False)):
            self.fields[key] = forms.ChoiceField(label=label, choices=names, required=required, error_messages={"required": _("入户核实要两个人。"), "invalid_choice": _("请从清单里选。")})
        self.fields["finding"] = forms.CharField(label=_("核实的情况"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("请写核实的情况。")})
        self.fields["cannot_afford"] = forms.ChoiceField(label=_("家庭无力承担"), choices=YES_NO, error_messages={"required": _("请选是或否。"), "invalid_choice": _("请从清单里选。")})
        self.fields["at_school"] = forms.ChoiceField(label=_("看过学籍证明或问过学校：在读（没有问就不选）"), choices=YES_NO, required=False)

    def clean_on(self) -> Any:
        """Nobody goes there in the future."""
        return _not_yet(self.cleaned_data["on"])

    def clean(self) -> dict[str, Any]:
        """The people are different."""
        said = super().clean() or {}
        chosen = [said[key] for key in ("checker_1", "checker_2", "checker_3") if said.get(key)]
        if len(set(chosen)) < len(chosen):
            self.add_error("checker_2", _("要不同的人。"))
        return said


class EndForm(forms.Form):
    """Why a student's aid ends."""

    stop = forms.ChoiceField(label=_("为什么结束"), choices=[("", ""), *Stop.choices], error_messages={"required": _("请选为什么结束。"), "invalid_choice": _("请从清单里选。")})
    on = date_field(_("哪天起"))
    reason = forms.CharField(label=_("说明"), max_length=80, error_messages={"required": _("请写原因。")})

    def clean_on(self) -> Any:
        """It has ended by now."""
        return _not_yet(self.cleaned_data["on"])


class GrantForm(forms.Form):
    """A grant from elsewhere, of a student whose page is open."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["term"] = _term(_("学期"), back=3)
        self.fields["kind"] = forms.ChoiceField(label=_("类别"), choices=GrantKind)
        self.fields["source"] = forms.CharField(label=_("来源"), max_length=40, help_text=_("如：雨露计划"), error_messages={"required": _("请写来源。")})


class GrantListForm(forms.Form):
    """Grants from elsewhere as a list."""

    text = forms.CharField(label=_("名单，一行一个学生"), widget=forms.Textarea(attrs={"rows": 8, "autocomplete": "off"}), error_messages={"required": _("请贴上名单。")},
                           help_text=_("证件号码或人编号，学期，类别，来源。如：20170001，2017秋，助学金，雨露计划"))  # fmt: skip


class PledgeForm(forms.Form):
    """What a donor promises."""

    def __init__(self, *args: Any, officer: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source_name"] = forms.CharField(label=_("来源的名称"), max_length=60, help_text=_("这笔认捐单独记账，如：某公司助学捐赠2017秋"), error_messages={"required": _("请写来源。")})
        self.fields["fen"] = Fen(label=_("每学期（元）"), error_messages={"required": _("请写金额。")})
        self.fields["first_term"] = _term(_("从哪个学期起"))
        self.fields["terms"] = forms.IntegerField(label=_("几个学期"), min_value=1, max_value=20, error_messages={"required": _("请写几个学期。"), "invalid": _("写整数。"), "min_value": _("写 1 到 20。"), "max_value": _("写 1 到 20。")})
        self.fields["in_by"] = date_field(_("钱哪天以前到"))
        self.fields["stages"] = forms.MultipleChoiceField(label=_("只给这些学段（都不选就是不限）"), choices=Stage, required=False, widget=forms.CheckboxSelectMultiple)
        self.fields["villages"] = forms.MultipleChoiceField(label=_("只给这些村（都不选就是不限）"), choices=[(one.code, one.name) for one in villages(officer)], required=False, widget=forms.CheckboxSelectMultiple)


class MatchForm(forms.Form):
    """Who gets so much of a pledge, for which terms."""

    def __init__(self, *args: Any, pledge: Pledge, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = StudyApplication.objects.filter(state=ApplicationState.ACCEPTED, household__village__code__startswith=pledge.donor.town_id[:9]).select_related("person", "household__village")
        rows = rows.exclude(matches__in=pledge.matches.filter(ended_on=None)).order_by("at", "pk")
        named = [(one.code, f"{shown('name', one.person.name, one.person, clock.today())} {one.household.village.name} {Stage(one.stage).label} {one.code}") for one in rows if fits(pledge, one)]
        chosen = [(term_at(order(pledge.first_term) + at), term_at(order(pledge.first_term) + at)) for at in range(pledge.terms)]
        missing = {"required": _("请从清单里选。"), "invalid_choice": _("请从清单里选。")}
        self.fields["application"] = forms.ChoiceField(label=_("学生（按申请先后）"), choices=[("", ""), *named], error_messages=missing)
        self.fields["fen"] = Fen(label=_("每学期（元）"), error_messages={"required": _("请写金额。")})
        self.fields["from_term"] = forms.ChoiceField(label=_("从哪个学期起"), choices=chosen, error_messages=missing)
        self.fields["to_term"] = forms.ChoiceField(label=_("到哪个学期止"), choices=chosen, initial=chosen[-1][0], error_messages=missing)
        self.fields["departed"] = forms.CharField(label=_("不按顺序的，为什么"), max_length=100, required=False)


class DraftTermForm(forms.Form):
    """Which programme a term is paid in, and on which day."""

    def __init__(self, *args: Any, town: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["programme"] = forms.ModelChoiceField(Programme.objects.filter(town=town, kind=ProgrammeKind.STUDY_AID), label=_("项目"), to_field_name="code",
                                                          error_messages={"required": _("请选项目。"), "invalid_choice": _("请从清单里选。")})  # fmt: skip
        self.fields["on"] = date_field(_("哪天发"))
