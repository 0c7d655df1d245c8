"""Fields that forms of several rooms ask for."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MinValueValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

EARLIEST = date(1949, 10, 1)


def typed(said: QueryDict, name: str, most: int) -> str:
    """Return what stands in a field that has no form, without what no text holds, at most so many characters of it."""
    return said.get(name, "").replace("\x00", "").strip()[:most]


def date_field(label: Any, missing: Any = _("请写日期。"), *, required: bool = True) -> forms.DateField:
    """Return a field for a day; `missing`: what is said when it is empty."""
    return forms.DateField(label=label, required=required, validators=[MinValueValidator(EARLIEST, _("年份不对，请写 1949 年以后的日期。"))], widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
                           error_messages={"required": missing, "invalid": _("日期写成 2017-10-01 这样。")})
