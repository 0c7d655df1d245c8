"""Fields that forms of several rooms ask for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def date_field(label: Any, missing: Any = _("请写日期。"), *, required: bool = True) -> forms.DateField:
    """Return a field for a day; `missing`: what is said when it is empty."""
    return forms.DateField(label=label, required=required, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
                           error_messages={"required": missing, "invalid": _("日期写成 2017-10-01 这样。")})
