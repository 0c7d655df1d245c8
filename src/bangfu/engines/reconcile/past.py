"""past: what both registers said last month of what differs now.

The two files of the last month are read again, where they still lie unchanged; a person is found there by code, else by number, a
household by its code, and only where nobody else carries them. judge.py says what follows from it.
"""

from collections.abc import Iterable, Mapping
from datetime import date

import pyarrow as pa

from bangfu.engines.relations.codes import CodeList
from bangfu.engines.relations.workbook import Extract

from .columns import Compared, read_as
from .compare import Comparison
from .judge import Row
from .sides import Side, make_side
from .steps import Desk, name_in_sql

Past = Mapping[tuple[int, str], tuple[str | None, str | None]]  # the booklet's row and the field -> what either side said, in normal form
BY = {"code": "k_code", "number": "substr(upper(replace(certificate_no, ' ', '')), 1, 18)", "home": "k_household_code"}


def past_of(before: Mapping[str, Extract], codes: Mapping[str, CodeList], options: Mapping[str, Mapping[str, object]], as_of: date, result: Comparison,
            rows: Mapping[str, Mapping[int, Row]], memory: str | None = None) -> Past:
    """Return what both sides said then of each cell of `result`. rows: this month's, by side and id, with their keys."""
    desk = Desk(memory=memory)
    try:
        sides = {name: make_side(desk, extract, codes, as_of, options.get(extract.profile or "", {})) for name, extract in before.items()}
        columns = {one.field: one for one in result.columns}
        cells = [cell for cell in result.cells if cell["kind"] == "field"]
        asked = [(cell, columns[cell["field"]], _objects(columns[cell["field"]], rows["system"][cell["sid"]], rows["handbook"][cell["hid"]])) for cell in cells]
        said = {name: _said(desk, side, {(one.on(name), objects) for _, one, objects in asked if one.on(name) in side.labels}, columns.values()) for name, side in sides.items()}
    finally:
        desk.close()
    return {(cell["hid"], column.field): (ours[0], theirs[0]) for cell, column, objects in asked
            if (ours := said["handbook"].get((column.field, objects))) and (theirs := said["system"].get((column.field, objects)))}


Objects = tuple[tuple[str, str], ...]  # what may name a person or household, the surest first: (code, number or home, text)


def _objects(column: Compared, *now: Row) -> Objects:
    by = (("home", "k_household_code"),) if column.of_household else (("code", "k_code"), ("number", "k_number"))
    return tuple((kind, str(row[key])) for kind, key in by for row in now if row.get(key))


def _said(desk: Desk, side: Side, asked: Iterable[tuple[str, Objects]], columns: Iterable[Compared]) -> dict[tuple[str, Objects], tuple[str | None]]:
    """Return what a side said, by field and object; a column or object that was not there, or is there twice, is left out."""
    of_column: dict[str, set[Objects]] = {}
    for column, objects in asked:
        of_column.setdefault(column, set()).add(objects)
    found: dict[tuple[str, Objects], tuple[str | None]] = {}
    for one in columns:
        column = one.on(side.name)
        wanted = of_column.get(column, set())
        texts: dict[tuple[str, str], str | None] = {}
        for kind, key in BY.items():
            names = sorted({text for objects in wanted for by, text in objects if by == kind})
            if not names or (kind == "number" and "certificate_no" not in side.labels):
                continue
            desk.put("asked", pa.table({"text": pa.array(names, pa.string())}))
            once = "" if kind == "home" else "HAVING count(*) = 1"
            for text, value in desk.con.execute(f"""SELECT text, arg_min(value, id) FROM (SELECT id, {key} AS text, {name_in_sql(column)} AS value FROM {side.name})
                    SEMI JOIN asked USING (text) GROUP BY text {once}""").fetchall():
                texts[kind, text] = value
        for objects in wanted:
            named = next((name for name in objects if name in texts), None)
            if named is not None:
                value = read_as(one, side, texts[named])
                if value.problem is None:
                    found[one.field, objects] = (value.normal,)
    return found
