"""What the calendar's pages read of a request: a year's notice in lines, and the rule for visit days."""

import re
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from bangfu.engines.relations.values import clean_text

from .calendar import WEEKDAYS, Ruling
from .calendar_rules import ONE_DAY, EveryWeeks, NthWeekday, SpecialDay
from .models import HolidayShift, RuleKind

LONGEST = 15  # days of one holiday; a longer stretch is a slip of the pen
_DAY = r"(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?"
_LINE = re.compile(rf"{_DAY}(?:[ ,]*(?:至|到|~|-|—|–|,)[ ,]*{_DAY})?(?![\d-])[ ,]*(.*)")
_MAKE_UP, _OFF = re.compile(r"(调休)?(补班|上班|班)"), re.compile(r"放假|调休|休息|休|共?\d+天")


def read_lines(text: str, year: int) -> tuple[list[SpecialDay], list[str]]:
    """Return a year's days off and make-up days as they were typed or pasted, and a sentence for every line that is wrong.

    A line is a day or a first and a last day, then 补班 or the holiday's name; commas, quotes and other ways to write a day are read, too.
    """
    said: dict[date, int] = {}
    found, wrong = [], []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = clean_text(raw.replace("\t", ",").replace('"', ""))
        if not line.strip(" ,"):
            continue
        try:
            for one in _read_line(line, year):
                if one.date in said:
                    raise ValueError(gettext("{day} 在第 {before} 行已经写过。").format(day=one.date, before=said[one.date]))
                said[one.date] = number
                found.append(one)
        except ValueError as error:
            wrong.append(gettext("第 {number} 行：{error}").format(number=number, error=error))
    return found, wrong


def _read_line(line: str, year: int) -> list[SpecialDay]:
    read = _LINE.fullmatch(line)
    if read is None:
        raise ValueError(gettext("先写日期，再写补班或节日名称，如 {year}-02-06 补班。写的是“{line}”。").format(year=year, line=line[:30]))
    first = _day(read[1] or year, read[2], read[3])
    last = _day(read[4] or read[1] or year, read[5], read[6]) if read[5] else first
    for day in (first, last):
        if day.year != year:
            raise ValueError(gettext("{day} 不在 {year} 年，请写到 {other} 年那一页。").format(day=day, year=year, other=day.year))
    stretch = [first + n * ONE_DAY for n in range((last - first).days + 1)]
    if not 0 < len(stretch) <= LONGEST:
        raise ValueError(gettext("从 {first} 到 {last} 不对：后一天要在前一天之后，一段最多 {n} 天。").format(first=first, last=last, n=LONGEST))
    make_up = _MAKE_UP.search(read[7])
    name = re.sub(r"[ ,;。()]+", "", _OFF.sub("", _MAKE_UP.sub("", read[7])))
    if make_up and (worked := next((day for day in stretch if day.isoweekday() <= 5), None)):
        raise ValueError(gettext("{day} 是{weekday}，本来就上班；补班的是周六、周日。").format(day=worked, weekday=gettext(WEEKDAYS[worked.weekday()])))
    if not make_up and not name:
        raise ValueError(gettext("{day} 后面写补班，或者写是哪个节，如春节。").format(day=first))
    if len(name) > 30:
        raise ValueError(gettext("节日名称最多 30 个字。"))
    return [SpecialDay(day, "make_up" if make_up else "off", name) for day in stretch]


def _day(year: Any, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise ValueError(gettext("没有 {year}-{month}-{day} 这一天。").format(year=year, month=month, day=day)) from None


class DaysForm(forms.Form):
    """A year's notice; what was there before stands in the field, to be put right."""

    lines = forms.CharField(label=_("放假和补班，一行一段"), required=False, max_length=20_000, strip=False,
                            widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false"}))
    source = forms.CharField(label=_("依据"), help_text=_("文件的文号或名称，如 国办发明电〔2026〕7号；还没有公布的，写是谁说的。"), max_length=120,
                             error_messages={"required": _("请写依据。")})
    official = forms.BooleanField(label=_("国务院已经公布，照公布的写"), required=False)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, year: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.year = year

    def clean_lines(self) -> list[SpecialDay]:
        found, wrong = read_lines(self.cleaned_data["lines"], self.year)
        if wrong:
            raise forms.ValidationError(wrong)
        return found

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("official") and self.cleaned_data.get("lines") == []:
            self.add_error("lines", gettext("照公布的写，这里就不能空着；还没有公布的，不要打勾。"))
        return self.cleaned_data


def _number(label: Any, help_text: Any, least: int, most: int, *, required: bool = True) -> forms.IntegerField:
    said = {"required": _("请写数字。"), "invalid": _("请写整数。"), "min_value": _("最少写 %(limit_value)s。"), "max_value": _("最多写 %(limit_value)s。")}
    return forms.IntegerField(label=label, help_text=help_text, min_value=least, max_value=most, required=required, error_messages=said)


class RuleForm(forms.Form):
    """The rule for visit days. Of the two kinds only the fields of the one chosen are read."""

    kind = forms.ChoiceField(label=_("哪一种"), choices=RuleKind, error_messages={"required": _("请选一种。")})
    nth = forms.CharField(label=_("每月第几个"), help_text=_("1 到 5 的数，几个之间用顿号，如 1、3。"), max_length=20, required=False)
    weekday = forms.TypedChoiceField(label=_("周几"), choices=[(n, _(word)) for n, word in enumerate(WEEKDAYS, start=1)], coerce=int, required=False)
    weeks = _number(_("每几周"), _("如 2，就是隔一周一次。"), 1, 520, required=False)
    starts_on = forms.DateField(label=_("从哪一天起"), help_text=_("第一次是哪一天，以后都是同一个周几。"), required=False,
                                widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), error_messages={"invalid": _("日期写成 2017-10-01 这样。")})
    on_holiday = forms.ChoiceField(label=_("遇节假日"), choices=HolidayShift, error_messages={"required": _("请选一种。")})
    window = _number(_("之后几个工作日以内可以补访"), "", 0, 10)
    grace = _number(_("再过几个工作日以内交来的记录算按时"), "", 0, 20)
    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean_nth(self) -> tuple[int, ...]:
        parts = re.split(r"[、,\s]+", clean_text(self.cleaned_data["nth"]).strip("、, "))
        if parts == [""]:
            return ()
        if not all(re.fullmatch(r"[1-5]", one) for one in parts):
            raise forms.ValidationError(gettext("写 1 到 5 的数，几个之间用顿号，如 1、3。"))
        return tuple(sorted(set(map(int, parts))))

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        wanted = {RuleKind.NTH: ("nth", "weekday"), RuleKind.EVERY: ("weeks", "starts_on")}.get(said.get("kind"), ())
        for name in self.fields.keys() & {"nth", "weekday", "weeks", "starts_on"} - set(wanted):
            self._errors.pop(name, None)  # it is not asked for
        for name in wanted:
            if name not in self.errors and not said.get(name):
                self.add_error(name, gettext("这一种规则要写这一格。"))
        return said

    def ruling(self) -> Ruling:
        """Return what was said, once it is valid."""
        said = self.cleaned_data
        one = NthWeekday(said["nth"], said["weekday"]) if said["kind"] == RuleKind.NTH else EveryWeeks(said["weeks"], said["starts_on"])
        return Ruling(one, said["on_holiday"], said["window"], said["grace"])


def initial_of(ruling: Ruling) -> dict[str, Any]:
    """Return a rule as the form shows it; the fields of the other kind hold what is usual."""
    one = ruling.rule
    said = {"kind": RuleKind.NTH, "nth": "1、3", "weekday": 4, "weeks": 2, "starts_on": None, **ruling._asdict()}
    if isinstance(one, NthWeekday):
        return said | {"nth": "、".join(map(str, sorted(set(one.nth)))), "weekday": one.weekday}
    return said | {"kind": RuleKind.EVERY, "weeks": one.weeks, "starts_on": one.start}
