"""What the pages of wishes, notices and objections read of a request."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock
from bangfu.base.fields import date_field
from bangfu.chain.queries import people
from bangfu.registry.queries import present_members
from bangfu.registry.shown import shown

from .forms import Fen
from .models import Batch, ClaimWay, NameStyle, ObjectionWay


class WishForm(forms.Form):
    """A wish as it is collected."""

    goods = forms.CharField(label=_("想要什么"), max_length=40, help_text=_("如：棉被、书包、电饭锅、运动鞋"), error_messages={"required": _("请写想要什么。")})
    text = forms.CharField(label=_("公开的话"), max_length=100, help_text=_("不写姓名、学校、班级、病情和家里的事，如：想要一双 38 码的运动鞋。"), error_messages={"required": _("请写公开的话。")})
    value = Fen(label=_("大约值多少（元，可以不填）"), required=False)
    note = forms.CharField(label=_("内部说明（不公开，可以不填）"), max_length=200, required=False)

    def __init__(self, *args: Any, household: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if household is not None:
            names = [(f"{one.number}", f"{shown('name', one.person.name, one.person, clock.today())}（{one.relation_to_head}）") for one in present_members(household)]
            self.fields["person"] = forms.ChoiceField(label=_("谁的心愿"), choices=[("", _("全家")), *names], required=False)


class PublishForm(forms.Form):
    """The joint review of a wish."""

    until = date_field(_("认领到哪天"))
    together_with = forms.CharField(label=_("和谁一起审的（学校或村）"), max_length=100, error_messages={"required": _("请写和谁一起审的（学校或村）。")})


class ClaimForm(forms.Form):
    """A claim that came by phone, on paper, or at the office."""

    donor = forms.CharField(label=_("认领人或单位"), max_length=60, error_messages={"required": _("请写认领人或单位。")})
    contact = forms.CharField(label=_("怎么联系"), max_length=60, required=False)
    way = forms.ChoiceField(label=_("怎么来认领的"), choices=ClaimWay)
    is_named = forms.BooleanField(label=_("愿意公开名字"), required=False)


class ArriveForm(forms.Form):
    """The gift that came."""

    goods = forms.CharField(label=_("送来什么"), max_length=40, error_messages={"required": _("请写是什么。")})
    unit = forms.CharField(label=_("单位"), max_length=8, initial="件", error_messages={"required": _("请写单位。")})
    quantity = forms.IntegerField(label=_("数量"), min_value=1, max_value=10**6, initial=1, error_messages={"required": _("请写数量。"), "min_value": _("数量要大于 0。"), "invalid": _("数量写整数。")})
    on = date_field(_("哪天送来的"))

    def clean_on(self) -> Any:
        """Nothing comes in the future."""
        if self.cleaned_data["on"] > clock.today():
            raise forms.ValidationError(_("这一天还没有到。"))
        return self.cleaned_data["on"]


class NoticeForm(forms.Form):
    """A notice of a batch."""

    title = forms.CharField(label=_("标题"), max_length=80, error_messages={"required": _("请写标题。")})
    words = forms.CharField(label=_("说明（可以不填）"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3}))
    names = forms.ChoiceField(label=_("户主姓名"), choices=NameStyle)
    days = forms.IntegerField(label=_("公示几天"), min_value=1, max_value=60, initial=10, error_messages={"required": _("请写几天。"), "invalid": _("天数写整数。")})
    working_days = forms.BooleanField(label=_("按工作日算"), required=False)
    place = forms.CharField(label=_("贴在哪里"), max_length=60, error_messages={"required": _("请写贴在哪里。")})
    phone = forms.RegexField(r"^[0-9 +()-]{5,20}$", label=_("监督电话"), error_messages={"required": _("请写监督电话。"), "invalid": _("电话写 5 到 20 位数字。")})
    office = forms.CharField(label=_("受理的单位"), max_length=60, error_messages={"required": _("请写受理的单位。")})


class ClearForm(forms.Form):
    """An adult's name a second person lets stand."""

    name = forms.CharField(label=_("放行的姓名"), max_length=20, error_messages={"required": _("请写姓名。")})
    reason = forms.CharField(label=_("为什么可以公开"), max_length=100, error_messages={"required": _("请写为什么可以公开。")})


class ObjectionForm(forms.Form):
    """An objection that came in."""

    place = forms.IntegerField(label=_("对第几行（对整份名单的不填）"), required=False, min_value=1, error_messages={"invalid": _("行号写整数。")})
    way = forms.ChoiceField(label=_("怎么反映的"), choices=ObjectionWay)
    text = forms.CharField(label=_("反映了什么"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("请写反映了什么。")})

    def __init__(self, *args: Any, batch: Batch, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.batch = batch
        self.fields["owner"] = forms.ChoiceField(label=_("谁去查"), choices=[("", ""), *((str(pk), name) for pk, name in people(batch.town_id))], error_messages={"required": _("请选一个人。"), "invalid_choice": _("请从清单里选。")})

    def clean_place(self) -> Any:
        """The row is on the list."""
        place = self.cleaned_data["place"]
        if place is None:
            return None
        found = self.batch.candidates.filter(place=place).first()
        if found is None:
            raise forms.ValidationError(_("名单上没有这一行。"))
        return found


class ObjectionAnswerForm(forms.Form):
    """What is answered to an objection."""

    words = forms.CharField(label=_("答复"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": _("请写答复，没有答复不能办结。")})
    upheld = forms.ChoiceField(label=_("结果"), choices=[("no", _("不成立")), ("yes", _("成立，名单要改"))])


def soon() -> Any:
    """Return the day a wish is claimable until unless somebody says otherwise."""
    return clock.today() + timedelta(days=30)
