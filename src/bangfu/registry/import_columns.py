"""What an office says the columns of a kind of file mean: kept by the file's headers, asked for once, read with every file like it.

Promises: a file that lacks a column waits for an answer instead of being refused; an answer reads the file anew, and nothing of the
register changes by it. Headers are kept sealed with the upload: a header of somebody's own making may hold anything.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from bangfu.accounts.models import Officer
from bangfu.base import jobs, sealing, trail
from bangfu.engines.relations import workbook
from bangfu.engines.relations.workbook import Recognition

from .errors import StandsAlready
from .models import Template, Upload, UploadState


@dataclass(frozen=True, slots=True)
class Table:
    """The sheets of a file that have the same headers. columns: (letter, header, field or ""); suggestions: header -> label."""

    key: str
    sheets: tuple[str, ...]
    columns: tuple[tuple[str, str, str], ...]
    suggestions: Mapping[str, str]
    was_read: tuple[str, ...]


def tables_of(recognised: Sequence[Recognition]) -> list[Table]:
    """Return the tables of a file, each set of headers once; sheets without a likely header are left out."""
    found: dict[str, list[Recognition]] = {}
    for one in recognised:
        if one.header_row is not None:
            found.setdefault(one.key, []).append(one)
    return [Table(key, tuple(one.sheet for one in alike), tuple((column.letter, column.header, column.field or "") for column in alike[0].columns if column.letter),
                  dict(alike[0].suggestions), tuple(one.sheet for one in alike if one.was_read)) for key, alike in found.items()]  # fmt: skip


def sealed(tables: Sequence[Table]) -> str:
    """Return tables as an upload keeps them."""
    told = [[one.key, one.sheets, one.columns, one.suggestions, one.was_read] for one in tables]
    return sealing.seal(json.dumps(told, ensure_ascii=False)).hex()


def tables(upload: Upload) -> list[Table]:
    """Return the tables of a file that was read, or waits for an answer."""
    told = json.loads(sealing.unseal(bytes.fromhex(upload.said["tables"]))) if "tables" in upload.said else []
    return [Table(key, tuple(sheets), tuple((letter, header, field) for letter, header, field in columns), suggestions, tuple(was_read))
            for key, sheets, columns, suggestions, was_read in told]  # fmt: skip


def templates(area: str) -> dict[str, workbook.Template]:
    """Return what an area's office and those above it have said, by the key of the headers; the nearest office wins."""
    above = {area[:width].ljust(12, "0") for width in (2, 4, 6, 9, 12)}
    return {one.key: workbook.Template(one.mapping, tuple(one.sheets)) for one in Template.objects.filter(area__in=above).order_by("area")}


@transaction.atomic
def say(*, upload: Upload, said: Mapping[str, Mapping[str, str]], sheets: Sequence[str], by: Officer) -> None:
    """Keep what columns mean (by table and header, only those that were changed) and which sheets count, and have the file read anew.

    Raises StandsAlready when the file was decided on meanwhile.
    """
    if Upload.objects.filter(pk=upload.pk, state__in=(UploadState.PREVIEW, UploadState.COLUMNS)).update(state=UploadState.READING) == 0:
        raise StandsAlready(_("这份文件已经办过了。"))
    for table in tables(upload):
        known = templates(upload.area).get(table.key, workbook.Template({}))
        Template.objects.update_or_create(area=upload.area, key=table.key, defaults={
            "mapping": dict(known.mapping) | dict(said.get(table.key, {})), "sheets": list(sheets), "by": by})
    upload.staged.all().delete()
    Upload.objects.filter(pk=upload.pk).update(job=jobs.ask("import_read", about=upload.code, by=by.username, once=f"read {upload.code}").code)
    trail.write("columns_said", upload.code, who=by.username, result=f"{sum(map(len, said.values()))} 列")
