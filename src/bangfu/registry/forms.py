"""What a registry page reads of a request, and the words for what is wrong with it."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from bangfu.base import clock
from bangfu.base.fields import date_field
from bangfu.engines.relations.dictionary import FIELDS, Field
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.values import clean_text

from .import_columns import Table
from .models import Joining, Leaving
from .shown import label
from .values import BASES, RULEBOOK, code_lists, reader

RELATIONS = ["户主", "配偶", "之子", "之女", "之儿媳", "之女婿", "之孙子", "之孙女", "之外孙子", "之外孙女", "之父", "之母", "之岳父", "之岳母", "之公公", "之婆婆",
             "之祖父", "之祖母", "之兄弟姐妹", "其他"]
WOMEN = frozenset({"之女", "之儿媳", "之孙女", "之外孙女", "之母", "之岳母", "之婆婆", "之祖母"})
MEN = frozenset({"之子", "之女婿", "之孙子", "之外孙子", "之父", "之岳父", "之公公", "之祖父"})


def _fits(sex: str | None, relation: str | None) -> bool:
    return not (sex == "男" and relation in WOMEN) and not (sex == "女" and relation in MEN)


def _not_after_today(day: date) -> date:
    if day > clock.today():
        raise forms.ValidationError(_("日期在今天以后，请对照证明再写。"))
    if day.year < 1900:
        raise forms.ValidationError(_("日期太早，请对照证明再写。"))
    return day


class JoiningForm(forms.Form):
    """Somebody who becomes a member: born, married in, moved in."""

    kind = forms.ChoiceField(label=_("怎么来的"), choices=[("", ""), *Joining.choices], error_messages={"required": _("请选怎么来的。")})
    name = forms.CharField(label=_("姓名"), max_length=30, error_messages={"required": _("请写姓名。")})
    sex = forms.ChoiceField(label=_("性别"), choices=[("", ""), ("男", _("男")), ("女", _("女"))], error_messages={"required": _("请选性别。")})
    born_on = date_field(_("出生日期"), _("请写出生日期。"))
    relation_to_head = forms.ChoiceField(label=_("与户主关系"), choices=[("", ""), *((one, one) for one in RELATIONS)],
                                         error_messages={"required": _("请选与户主关系。")})
    on = date_field(_("哪一天来的（出生的不用写）"), "", required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def clean_kind(self) -> Joining:
        return Joining(self.cleaned_data["kind"])

    def clean_born_on(self) -> date:
        return _not_after_today(self.cleaned_data["born_on"])

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        return None if day is None else _not_after_today(day)

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if not name:
            raise forms.ValidationError(_("请写姓名。"))
        return name

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if not _fits(said.get("sex"), said.get("relation_to_head")):
            self.add_error("relation_to_head", _("与户主关系和性别不符，请改其中一个。"))
        born, on = said.get("born_on"), said.get("on")
        if said.get("kind") == Joining.BIRTH:
            said["on"] = born
        elif said.get("kind") and on is None and "on" not in self.errors:
            self.add_error("on", _("请写哪一天来的。"))
        elif born and on and on < born:
            self.add_error("on", _("来的日期比出生日期早，请改其中一个。"))
        return said


class LeavingForm(forms.Form):
    """Somebody who ceases to be a member: died, married out, moved out. `members` are (number on the card, name shown)."""

    number = forms.ChoiceField(label=_("谁"), error_messages={"required": _("请选是谁。")})
    kind = forms.ChoiceField(label=_("怎么走的"), choices=[("", ""), *Leaving.choices], error_messages={"required": _("请选怎么走的。")})
    on = date_field(_("哪一天"), _("请写是哪一天。"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, members: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].choices = [("", ""), *members]

    def clean_kind(self) -> Leaving:
        return Leaving(self.cleaned_data["kind"])

    def clean_on(self) -> date:
        return _not_after_today(self.cleaned_data["on"])


PURPOSES = {"check": _("核对证件或户口本"), "visit": _("入户走访要用"), "call": _("打电话联系"), "apply": _("办理待遇"), "correct": _("更正系统或手册")}


class OpenForm(forms.Form):
    """Why one masked value is opened."""

    purpose = forms.ChoiceField(label=_("看来做什么用"), choices=[("", ""), *PURPOSES.items()], error_messages={"required": _("请选看来做什么用。")})


EXPORT_PURPOSES = {"roll": _("核对花名册"), "compare": _("和手册、系统核对"), "visit": _("入户走访"), "report": _("上报"), "payout": _("制作发放表")}


class ExportForm(forms.Form):
    """Which list is exported, and what for. `kinds` are (key, words); where there is one, nobody is asked."""

    kind = forms.ChoiceField(label=_("导出哪一份"), error_messages={"required": _("请选导出哪一份。")})
    purpose = forms.ChoiceField(label=_("导出做什么用"), choices=[("", ""), *EXPORT_PURPOSES.items()], error_messages={"required": _("请选导出做什么用。")})

    def __init__(self, *args: Any, kinds: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(kinds) > 1:
            self.fields["kind"].choices = kinds
        else:
            del self.fields["kind"]

    def clean_purpose(self) -> Any:
        return EXPORT_PURPOSES[self.cleaned_data["purpose"]]


EMPTY = gettext_noop("空着")


class ValueForm(forms.Form):
    """One value put right: what it is, what it rests on, the day it is of. `now` is shown to start from unless it is masked."""

    value = forms.CharField(max_length=200, error_messages={"required": _("请写新的值；要清空，请写“空着”。")})
    basis = forms.ChoiceField(label=_("凭什么"), choices=[("", ""), *((key, _(words)) for key, words in BASES.items())], error_messages={"required": _("请选凭什么。")})
    on = date_field(_("哪一天的情况"), _("请写是哪一天的情况。"))
    seen = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, field: Field, now: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.column = field
        options = ["是", "否"] if field.type == "yn" else list(code_lists()[field.codes or ""].values) if field.type == "code" else []
        if options:
            listed = [now] if now and now not in options else []
            self.fields["value"] = forms.ChoiceField(choices=[("", ""), *((one, one) for one in (*options, *listed)), (EMPTY, _(EMPTY))],
                                                     error_messages={"required": _("请选一个；不清楚就选“空着”。")})
        self.fields["value"].label = label(field.name) + (f"（{field.unit}）" if field.unit else "")
        self.fields["value"].initial = typed(field, now)

    def clean_on(self) -> date:
        return _not_after_today(self.cleaned_data["on"])

    def clean_basis(self) -> str:
        return BASES[self.cleaned_data["basis"]]

    def clean_value(self) -> str:
        text: str = self.cleaned_data["value"].strip()
        if text in (EMPTY, gettext(EMPTY)):
            if self.column.name in ("name", "sex"):
                raise forms.ValidationError(_("这一项不能空着。"))
            return ""
        read = reader(clock.today()).read(text, self.column)
        if read.problem or read.normal is None:
            raise forms.ValidationError(_("读不懂：{why}。").format(why=read.why or _("没有内容")))
        if self.column.name == "name" and len(read.normal) > 30:
            raise forms.ValidationError(_("姓名最多 30 个字。"))
        return read.normal


def typed(field: Field, value: str) -> str:
    """Return a normal form as people type it: fen as 元."""
    return f"{int(value) / 100:.2f}" if field.type == "fen" and value.lstrip("-").isdigit() else value


class RelationForm(forms.Form):
    """Another relation of a member to the head from a day on. `members` are (number on the card, name shown)."""

    number = forms.ChoiceField(label=_("谁"), error_messages={"required": _("请选是谁。")})
    relation_to_head = forms.ChoiceField(label=_("与户主关系"), choices=[("", ""), *((one, one) for one in RELATIONS)],
                                         error_messages={"required": _("请选与户主关系。")})
    on = date_field(_("从哪一天起"), _("请写从哪一天起。"))
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, members: list[tuple[int, str]], sexes: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].choices = [("", ""), *members]
        self.sexes = sexes

    def clean_on(self) -> date:
        return _not_after_today(self.cleaned_data["on"])

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("number") and not _fits(self.sexes[int(said["number"])], said.get("relation_to_head")):
            self.add_error("relation_to_head", _("与户主关系和性别不符，请改其中一个。"))
        return said


class ClustersForm(forms.Form):
    """To which cluster each village belongs, by its name; `villages` are (code, name, cluster's name now)."""

    on = date_field(_("从哪一天起"), _("请写从哪一天起。"))

    def __init__(self, *args: Any, villages: list[tuple[str, str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, name, cluster in villages:
            self.fields[f"v{code}"] = forms.CharField(label=name, max_length=30, required=False, initial=cluster, widget=forms.TextInput(attrs={"list": "clusters"}))

    def clean_on(self) -> date:
        return _not_after_today(self.cleaned_data["on"])

    def names(self) -> dict[str, str]:
        """Return the cluster's name by the village's code."""
        return {name[1:]: text.strip() for name, text in self.cleaned_data.items() if name.startswith("v")}


class AreasForm(forms.Form):
    """Areas, one a line: code and name, as they are copied from the statistics office's list."""

    lines = forms.CharField(label=_("地区，一行一个：代码和名称"), max_length=60_000, strip=False, widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false"}),
                            error_messages={"required": _("请写地区。")})

    def __init__(self, *args: Any, known: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def clean_lines(self) -> dict[str, str]:
        said: dict[str, str] = {}
        wrong = []
        for number, line in enumerate(self.cleaned_data["lines"].splitlines(), start=1):
            parts = clean_text(line).replace(",", " ").replace("，", " ").split()
            if not parts:
                continue
            code, name = parts[0], "".join(parts[1:])
            if not re.fullmatch(r"[1-9]\d{11}", code):
                wrong.append(_("第 {number} 行：代码应是 12 位数字，写的是“{code}”。").format(number=number, code=code[:20]))
            elif not 0 < len(name) <= 60:
                wrong.append(_("第 {number} 行：代码后面要写名称，最多 60 个字。").format(number=number))
            elif said.get(code, name) != name:
                wrong.append(_("第 {number} 行：{code} 前面写的是“{name}”，请留一个。").format(number=number, code=code, name=said[code]))
            else:
                said[code] = name
        for code in said:
            town = code[:9] + "000"
            if code != town and town not in said and town not in self.known:
                wrong.append(_("{name}（{code}）：还没有它的乡镇 {town}，请也写上一行。").format(name=said[code], code=code, town=town))
        if wrong:
            raise forms.ValidationError(wrong)
        return said


class LeavingCountForm(forms.Form):
    """How many households leave, typed by whoever means it."""

    count = forms.IntegerField(label=_("户数"), error_messages={"required": _("请写要记为不在册的户数。"), "invalid": _("请写数字。")})

    def __init__(self, *args: Any, n: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.n = n

    def clean_count(self) -> int:
        if self.cleaned_data["count"] != self.n:
            raise forms.ValidationError(_("选中的是 {n} 户，请对照上面的数再写。").format(n=self.n))
        return self.n


def column_choices() -> list[str]:
    """Return the names of every column an import looks at."""
    return [label(field.name) for field in FIELDS.values() if field.kept and field.grain in "HCM"]


class ColumnsForm(forms.Form):
    """What each column of a file means: the name of a column of ours, as the list offers it or as another header writes it; empty = none.

    `tables` are those of the file (import_columns.py); after is_valid, `said` holds what was changed, by table and header.
    """

    def __init__(self, *args: Any, tables: Sequence[Table], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tables, self.said = tables, {one.key: {} for one in tables}
        sheets = [sheet for one in tables for sheet in one.sheets]
        if len(sheets) > 1:
            self.fields["sheets"] = forms.MultipleChoiceField(
                label=_("读哪几张工作表"), choices=[(sheet, sheet) for sheet in sheets], initial=[sheet for one in tables for sheet in one.was_read],
                widget=forms.CheckboxSelectMultiple, error_messages={"required": _("至少选一张工作表。")})  # fmt: skip
        for name, _table, letter, header, field in self._columns():
            self.fields[name] = forms.CharField(label=f"{letter} {header}", required=False, max_length=60, initial=label(field) if field else "",
                                                widget=forms.TextInput(attrs={"list": "columns", "autocomplete": "off"}))

    def _columns(self) -> Iterator[tuple[str, Table, str, str, str]]:
        for number, table in enumerate(self.tables):
            for at, (letter, header, field) in enumerate(table.columns):
                yield f"c{number}-{at}", table, letter, header, field

    def rows(self) -> Iterator[tuple[Table, list[tuple[str, str, forms.BoundField, str]]]]:
        """Yield each table with its columns as (letter, header, field of the form, what it might be)."""
        for table in self.tables:
            yield table, [(letter, header, self[name], table.suggestions.get(header, "")) for name, of, letter, header, _field in self._columns() if of is table]

    def clean(self) -> dict[str, Any]:
        known = {label(name): name for name in FIELDS} | {field.label: name for name, field in FIELDS.items()}
        headers = load_headers(RULEBOOK)
        first: dict[tuple[str, str], str] = {}
        for name, table, letter, header, before in self._columns():
            text = clean_text(self.cleaned_data.get(name, ""))
            field = known.get(text) or headers.field_of(text) or ""
            if text and not field:
                self.add_error(name, _("没有这一栏。请从清单里选，不导入的空着。"))
            elif field and (table.key, field) in first:
                self.add_error(name, _("和 {letter} 列是同一栏，只能留一列。").format(letter=first[table.key, field]))
            elif field:
                first[table.key, field] = letter
            if field != before:
                self.said[table.key][header] = field
        return self.cleaned_data


class UploadForm(forms.Form):
    """An export of the national system, and the day it is of where its name does not say."""

    file = forms.FileField(label=_("全国系统导出的表"), allow_empty_file=False, max_length=200,
                           error_messages={"required": _("请选一份表。"), "empty": _("这份文件是空的，请重新导出。"), "max_length": _("文件名太长，请改短。")})
    on = date_field(_("数据日期（文件名里有就不用写）"), "", required=False)

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        return None if day is None else _not_after_today(day)
