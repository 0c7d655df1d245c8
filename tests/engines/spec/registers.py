"""Two small registers written as text, on a desk of the engine."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter

from bangfu.engines.reconcile.run import Result, reconcile
from bangfu.engines.reconcile.sides import Side, make_side
from bangfu.engines.reconcile.steps import Desk
from bangfu.engines.relations.codes import load_codes
from bangfu.engines.relations.workbook import Column, Extract
from bangfu.rulebooks import SAMPLE, load_rulebook
from tests.tables import rows

CODES = load_codes(SAMPLE)
AS_OF = date(2017, 10, 20)


def extract(side: str, text: str | list[dict[str, str | None]], profile: str | None = None) -> Extract:
    """Return a file whose columns are named by field; `row` is the line's number in the text, from 2. Lines may be given as they are."""
    lines = rows(text) if isinstance(text, str) else text
    names = list(lines[0])
    table = pa.table({name: pa.array([line[name] for line in lines], pa.string()) for name in names})
    table = table.append_column("row", pa.array(range(2, len(lines) + 2), pa.int64())).append_column("sheet", pa.array(["甲"] * len(lines)))
    columns = tuple(Column(name, None if name.startswith("x_") else name, "", name) for name in names)
    return Extract(Path(f"{side}.xlsx"), side, "0", profile, columns, table, (), {}, len(lines), ("甲",), (), (), ())


def desk_of(handbook: str, system: str) -> tuple[Desk, dict[str, Side]]:
    """Return a desk on which both sides lie, and the sides, with the codes of the sample rulebook, on 2017-10-20."""
    desk, sides = Desk(threads=1), {}
    for name, text in (("handbook", handbook), ("system", system)):
        sides[name] = make_side(desk, extract(name, text), CODES, AS_OF, {})
    return desk, sides


def run(handbook: str | list[dict[str, str | None]], system: str | list[dict[str, str | None]]) -> Result:
    """Run the whole plan on two registers written as text."""
    other = extract("system", system)
    return reconcile(extract("handbook", handbook), replace(other, sha256="1"), rulebook=load_rulebook(SAMPLE), as_of=AS_OF, month="2017-10", version="t")


def found(handbook: str | list[dict[str, str | None]], system: str | list[dict[str, str | None]]) -> list[tuple[str, str, str, str]]:
    """Return (kind, field, verdict, rule) of every finding, in order."""
    return [(row["kind"], row["field"], row["verdict"], row["rule"]) for row in run(handbook, system).findings.to_pylist()]


def written(path: Path, rows: Iterable[Iterable[Any]], more: Callable[[Any, Any], None] | None = None) -> Path:
    """Write rows into the sheet 甲 of a workbook; `more` may add what else it holds. xlsxwriter writes, another program reads."""
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("甲")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
        if more:
            more(book, sheet)
    return path
