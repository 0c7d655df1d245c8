"""What a page of the chain reads of a request."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock
from bangfu.base.fields import date_field

from . import queries
from .models import Assignment, Level, Link, PostRole


def day_asked(asked: QueryDict) -> date:
    """Return the day a page is asked for, today when it says none or none that is a day."""
    try:
        return date.fromisoformat(asked.get("on", ""))
    except ValueError:
        return clock.today()


class CaseworkerForm(forms.Form):
    """Who answers for a household from a day on."""

    officer = forms.ChoiceField(label=_("新的帮扶责任人"), error_messages={"required": _("请选一个人，或选“空缺”。"), "invalid_choice": _("请从清单里选。")})
    starts_on = date_field(_("从哪天起"), _("请写从哪天起。"))
    document_no = forms.CharField(label=_("文号（可以不填）"), max_length=60, required=False)

    def __init__(self, *args: Any, area: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(pk), name) for pk, name in queries.people(area)]
        self.fields["officer"].choices = [("", ""), *people, (Assignment.CARETAKER, _("空缺，由上一级代管")), (Assignment.CLOSED, _("无需帮扶"))]


class PairingForm(forms.Form):
    """A 结对帮扶一览表 to be read, and from which day its rows begin that name no day."""

    file = forms.FileField(label=_("结对帮扶一览表"), help_text=_("Excel 或 CSV；要有户编号，或村名和户主姓名，和帮扶责任人。"),
                           error_messages={"required": _("请选一份文件。"), "empty": _("这份文件是空的。"), "invalid": _("请选一份文件。")})
    starts_on = date_field(_("没有写日期的，从哪天起"), _("请写从哪天起。"))
    document_no = forms.CharField(label=_("文号（可以不填）"), max_length=60, required=False)


class HandOverForm(forms.Form):
    """All households of one caseworker that go to another from a day on."""

    former = forms.ChoiceField(label=_("原来的帮扶责任人"), error_messages={"required": _("请选一个人。"), "invalid_choice": _("请从清单里选。")})
    new = forms.ChoiceField(label=_("新的帮扶责任人"), error_messages={"required": _("请选一个人。"), "invalid_choice": _("请从清单里选。")})
    starts_on = date_field(_("从哪天起"), _("请写从哪天起。"))
    document_no = forms.CharField(label=_("文号（可以不填）"), max_length=60, required=False)

    def __init__(self, *args: Any, area: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["former"].choices, self.fields["new"].choices = (
            [("", ""), *((str(pk), name) for pk, name in some)] for some in (queries.holders(area), queries.people(area)))


UNIT = "unit"  # stands beside links and posts where a unit is attached to a village
APPOINTED = [(Link.CLUSTER_LEADER, _("包片领导（整个片）")), *((one, one.label) for one in (Link.VILLAGE_SPONSOR, Link.VILLAGE_TEAM_LEADER)),
             *((one, one.label) for one in PostRole), (UNIT, _("挂村单位"))]  # fmt: skip


class AppointForm(forms.Form):
    """Who holds a link or a post of a village, or which unit is attached to it, from a day on."""

    what = forms.ChoiceField(label=_("哪一环"), choices=APPOINTED)
    officer = forms.ChoiceField(label=_("谁"), required=False, error_messages={"invalid_choice": _("请从清单里选。")}, help_text=_("定单位时不用选人。清单里没有的人，先在“帮扶干部”里记下。"))
    unit = forms.CharField(label=_("单位（只在定挂村单位时写）"), max_length=60, required=False)
    level = forms.ChoiceField(label=_("单位的级别"), choices=Level, required=False)
    villager_group = forms.CharField(label=_("组（包村成员只管一个组时写）"), max_length=40, required=False)
    starts_on = date_field(_("从哪天起"), _("请写从哪天起。"))
    document_no = forms.CharField(label=_("文号（可以不填）"), max_length=60, required=False)

    def __init__(self, *args: Any, area: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(pk), name) for pk, name in queries.people(area)]
        self.fields["officer"].choices = [("", ""), *people, (Assignment.CARETAKER, _("空缺，由上一级代管"))]

    def clean(self) -> dict[str, Any]:
        """Ask for a unit where one is attached, else for somebody; a post is never vacant."""
        said = super().clean() or {}
        if said.get("what") == UNIT:
            if not said.get("unit"):
                self.add_error("unit", _("请写哪个单位。"))
        elif "officer" in said and not said["officer"]:
            self.add_error("officer", _("请选一个人，或选“空缺”。"))
        elif said.get("officer") == Assignment.CARETAKER and said.get("what") in PostRole.values:
            self.add_error("officer", _("这一环可以没有人，不用写空缺。请选一个人。"))
        return said


class CadreForm(forms.Form):
    """Somebody who may answer for households: name, where from, and the number printed on the 帮扶联系卡."""

    name = forms.CharField(label=_("姓名"), max_length=40, error_messages={"required": _("请写姓名。")})
    level = forms.ChoiceField(label=_("级别"), choices=Level)
    unit = forms.CharField(label=_("单位"), max_length=60, required=False)
    phone = forms.RegexField(r"^[0-9 +()-]{5,20}$", label=_("工作电话"), required=False, error_messages={"invalid": _("电话写 5 到 20 位数字。")})
    email = forms.EmailField(label=_("工作邮箱（提醒发到这里，可以不填）"), required=False, error_messages={"invalid": _("邮箱写成 name@example.cn 这样。")})
