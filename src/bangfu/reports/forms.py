"""What a page of reports reads of a request."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from bangfu.base.fields import date_field

EXAMPLES = ("{慰问.户数}", "{慰问.金额}", "{助学.人数}", "{产业.百香果苗}")


class BulletinForm(forms.Form):
    """A bulletin's title, period and text."""

    title = forms.CharField(label=_("标题"), max_length=80, error_messages={"required": _("请写标题。")})
    starts_on = date_field(_("从哪天"))
    ends_on = date_field(_("到哪天"))
    text = forms.CharField(label=_("正文"), max_length=8000, widget=forms.Textarea(attrs={"rows": 10}), error_messages={"required": _("请写正文。")})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = _("数字写成 {fields}，会按台账填上；只数一个村写 {of_village}。台账里没有的数写 {by_hand}，要写来源。").format(
            fields=" ".join(EXAMPLES), of_village="{慰问.户数@村名}", by_hand="{手填.12.来访登记簿}")  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The period ends after it begins."""
        said = super().clean() or {}
        if said.get("starts_on") and said.get("ends_on") and said["ends_on"] < said["starts_on"]:
            self.add_error("ends_on", _("要在开始那天以后。"))
        return said


class FigureCodeForm(forms.Form):
    """The code of a figure's list, from a printed appendix."""

    code = forms.SlugField(label=_("名单编号"), max_length=10, error_messages={"required": _("请写编号。"), "invalid": _("请写编号。")})
