"""What a page of the chain reads of a request."""

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock
from bangfu.base.fields import date_field

from . import queries
from .models import Assignment


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
        people = [("", ""), *((str(pk), name) for pk, name in queries.people(area))]
        self.fields["former"].choices = self.fields["new"].choices = people
