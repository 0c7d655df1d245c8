"""A sheet before anything is understood: cells as text, rows numbered as in the margin.

xlsxfile.py and csvfile.py make grids, workbook.py understands them. Cell text is kept as written, but for white
space around it and the apostrophe that makes a number text; digits are never lost on the way from the file to here.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

AROUND = " \t\r\n\u00a0\u3000\ufeff\u200b\u2060"
SCIENTIFIC = r"^[+-]?\d(\.\d+)?[eE]\+?\d{2,}$"
_SCIENTIFIC = re.compile(SCIENTIFIC)
UNWORKED = "#未算出"  # stands in for a formula whose result was never stored
_QUOTED_TEXT = r'^="([^"]*)"$'  # ="0012": how exporters keep a spreadsheet from reading a number
TOP = 40  # rows looked at for the header and the title above it


@dataclass(frozen=True)
class Grid:
    """One sheet. Row numbers are those of the margin, from 1; columns are counted from 0.

    top      the first rows as text, for finding the header
    body     (rows above, width) -> (columns as text arrays, row numbers): everything below the header
    merged   (row, column, last row, last column)
    errors   (row, column, what stands there) of error cells; no_value: (row, column) of formulas never worked out
    cells    () -> every row's cells as written, broken lines too; nothing trimmed
    encoding of a text file, as shown to people; cleaned: how many cells body() took white space or an apostrophe from, by column
    broken   (row, why) of lines that could not be read as a row; foreign: rows in another encoding than the rest
    """

    name: str
    rows: int
    width: int
    top: Sequence[Sequence[str]]
    body: Callable[[int, int], tuple[list[pa.Array], npt.NDArray[np.int64]]]
    cells: Callable[[], list[list[str]]]
    hidden: bool = False
    merged: Sequence[tuple[int, int, int, int]] = ()
    hidden_columns: Sequence[int] = ()
    errors: Sequence[tuple[int, int, str]] = ()
    no_value: Sequence[tuple[int, int]] = ()
    hidden_rows: Sequence[int] = ()
    broken: Sequence[tuple[int, str]] = ()
    foreign: Sequence[int] = ()
    notes: Sequence[str] = field(default=())
    encoding: str = ""
    cleaned: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Look:
    """What the bytes of one sheet tell beside its cells; places as in Grid. says_rows, says_columns: its stored size."""

    hidden_rows: tuple[int, ...] = ()
    hidden_columns: tuple[int, ...] = ()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    errors: tuple[tuple[int, int, str], ...] = ()
    no_value: tuple[tuple[int, int], ...] = ()
    says_rows: int | None = None
    says_columns: int | None = None


NO_LOOK = Look()


def letter(column: int) -> str:
    """Return the letters of a column counted from 0: A, B, … Z, AA."""
    said = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        said = chr(65 + rest) + said
    return said


def cell_text(value: object) -> str | None:
    """Return a spreadsheet's cell value as text; None for an empty cell.

    A number of more than 15 digits comes out in scientific notation, as the spreadsheet shows it: its last digits
    are lost already. Dates are ISO, a time of midnight is left out.
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        value = float(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            return str(value)
        if abs(value) >= 1e15:
            mantissa, exponent = f"{value:.14E}".split("E")
            return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
        if value.is_integer():
            return str(int(value))
        text = f"{value:.15g}"
        return text if "e" not in text else f"{value:.20f}".rstrip("0")
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ", timespec="seconds")
    if value is None:
        return None
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value)


def text_array(cells: Sequence[object], cleaned: list[int]) -> pa.Array:
    """Return one column as trimmed text; empty cells are null."""
    if set(map(type, cells)) <= {str}:
        return trimmed(pa.array(cells, pa.string()), cleaned)
    return trimmed(pa.array([value if type(value) is str else cell_text(value) for value in cells], pa.string()), cleaned)


def trimmed(written: pa.Array | pa.ChunkedArray, cleaned: list[int]) -> pa.Array:
    """Return the column without white space around the text and without what makes a number text: '1 and ="1".

    How many cells that changed is added to `cleaned`; cells of white space only are empty and not counted.
    """
    if isinstance(written, pa.ChunkedArray):
        written = written.combine_chunks()
    column = pc.utf8_trim(written, AROUND)
    if pc.any(pc.starts_with(column, '="')).as_py():
        column = pc.utf8_trim(pc.replace_substring_regex(column, _QUOTED_TEXT, r"\1"), AROUND)
    marked = pc.fill_null(pc.match_substring_regex(column, r"^'[\dA-Za-z+-]"), False)
    if pc.any(marked).as_py():
        column = pc.if_else(marked, pc.utf8_slice_codeunits(column, 1), column)
    column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
    cleaned.append(pc.sum(pc.not_equal(column, written)).as_py() or 0)
    return column


def is_scientific(text: str) -> bool:
    """Whether a number stands in scientific notation, so that digits are lost."""
    return bool(_SCIENTIFIC.match(text))
