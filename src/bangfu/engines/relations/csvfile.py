"""Delimited text as a grid: encoding, delimiter and broken lines are found out here.

Promises: a line that cannot be read as a row is named by its number and left out, the rest is read; lines in another
encoding than the rest are named. A row's number is the one a spreadsheet would show: a line break inside quotes
does not count. A million rows take seconds, so nothing is done cell by cell in Python.
"""

import csv
import io
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from .firstlook import Limits, too_big, utf16_of
from .grid import TOP, Grid, trimmed
from .refusals import refuse

_QUOTED = re.compile(rb'"[^"]*"')
csv.field_size_limit(100_000_000)  # a cell may be long; the size of the file is bounded already
_LONGEST = 30  # lines one quoted cell may run over


def grid(path: Path, limits: Limits) -> Grid:
    """Return the file as one grid named "" (a text file has no sheets). Raises Refusal when nothing can be read."""
    data = path.read_bytes()
    wide = utf16_of(data)
    nuls = 0 if wide else data.count(b"\0")
    if nuls:
        data = data.replace(b"\0", b"")
    notes = [f"里有 {nuls} 个空字节（NUL），已去掉后读取。"] if nuls else []
    lines, foreign_lines, unreadable, encoding = _lines(data, path.name, wide)
    del data
    if len(lines) > limits.rows:
        raise too_big(path.name, "", len(lines), 1, limits)
    delimiter = _delimiter(lines[:TOP])
    records, first_line, torn = _records(lines, delimiter)
    numbers = np.searchsorted(first_line, foreign_lines, side="right") if foreign_lines else np.array([], np.int64)
    foreign = sorted({int(number) for number in numbers})
    top = [_cells(record, delimiter) for record in records[:TOP]]
    width = max((len(cells) for cells in top), default=0)
    if width > limits.columns:
        raise too_big(path.name, "", len(records), width, limits)
    broken: list[tuple[int, str]] = [(row, "引号不成对") for row in torn]
    bad = {int(np.searchsorted(first_line, line, side="right")) for line in unreadable}
    broken += [(row, "有无法识别的文字编码") for row in sorted(bad)]

    cleaned: list[int] = []

    def body(above: int, wide: int) -> tuple[list[pa.Array], npt.NDArray[np.int64]]:
        good: list[bytes] = []
        kept: list[int] = []
        short: list[tuple[int, bytes]] = []
        skip = set(torn)
        spread = False
        for number, record in enumerate(records[above:], start=above + 1):
            if number in skip:
                continue
            plain = _QUOTED.sub(b"", record) if b'"' in record else record
            found = plain.count(delimiter) + 1
            if found == wide:
                good.append(record)
                kept.append(number)
                spread = spread or b"\n" in record
            elif not record.strip(b" \t,;"):
                good.append(delimiter * (wide - 1))
                kept.append(number)
            elif found < wide:
                short.append((number, record + delimiter * (wide - found)))
            elif not b"".join(cells := [cell.encode() for cell in _cells(record, delimiter)][wide:]).strip() and cells:
                good.append(_line(_cells(record, delimiter)[:wide], delimiter))
                kept.append(number)
            else:
                broken.append((number, f"有 {found} 格，表头只有 {wide} 格"))
        if short:
            if len(short) > 0.1 * len(records) or all(_sparse(record, delimiter) for _, record in short):
                good += [record for _, record in short]  # the writer leaves empty cells at the end away
                kept += [number for number, _ in short]
            else:
                for number, record in short:
                    if _sparse(record, delimiter):
                        good.append(record)
                        kept.append(number)
                    else:
                        broken.append((number, f"格数比表头的 {wide} 格少，这一行可能被截断"))
        broken.sort()
        return _columns(good, delimiter, wide, spread, cleaned), np.array(kept, dtype=np.int64)

    def cells() -> list[list[str]]:
        odd = set(torn)
        return [record.decode("utf-8", "replace").split(delimiter.decode()) if number in odd else _cells(record, delimiter)
                for number, record in enumerate(records, start=1)]

    return Grid(name="", rows=len(records), width=width, top=top, body=body, cells=cells, broken=broken, foreign=foreign,
                notes=notes, encoding=encoding, cleaned=cleaned)


def _delimiter(lines: list[bytes]) -> bytes:
    """Return what parts the cells: most often the same number of times in a line. Text in cells has commas, too, but not so evenly."""
    plain = [_QUOTED.sub(b"", line) for line in lines]

    def even(mark: bytes) -> tuple[int, int]:
        counts = [line.count(mark) for line in plain]
        return max((count * counts.count(count) for count in counts), default=0), sum(counts)

    return max((b",", b"\t", b";"), key=even)


def _sparse(record: bytes, delimiter: bytes) -> bool:
    """Whether a short line looks like a title, sum or signature line: few cells are filled."""
    return sum(1 for cell in record.split(delimiter) if cell.strip()) <= 3


def _columns(good: list[bytes], delimiter: bytes, wide: int, spread: bool, cleaned: list[int]) -> list[pa.Array]:
    if not good:
        return [pa.nulls(0, pa.string())] * wide
    names = [str(number) for number in range(wide)]
    if wide == 1:
        return [trimmed(pa.array([record.decode() for record in good], pa.string()), cleaned)]
    table = pacsv.read_csv(
        pa.BufferReader(b"\n".join(good) + b"\n"),
        read_options=pacsv.ReadOptions(column_names=names, block_size=16 << 20),
        parse_options=pacsv.ParseOptions(delimiter=delimiter.decode(), newlines_in_values=spread, ignore_empty_lines=False),
        convert_options=pacsv.ConvertOptions(column_types={name: pa.string() for name in names},
                                             strings_can_be_null=False),
    )  # fmt: skip
    return [trimmed(table.column(name), cleaned) for name in names]


def _line(cells: list[str], delimiter: bytes) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter.decode(), lineterminator="").writerow(cells)
    return out.getvalue().encode()


def _cells(record: bytes, delimiter: bytes) -> list[str]:
    return next(csv.reader([record.decode("utf-8", "replace")], delimiter=delimiter.decode()), [])


def _lines(data: bytes, file: str, wide: str) -> tuple[list[bytes], list[int], list[int], str]:
    """Return the lines in UTF-8, the lines that were in another encoding than the rest, those in none (from 0), and the encoding."""
    encoding = "UTF-16" if wide else "UTF-8"
    if wide:
        try:
            data = data.decode(wide).removeprefix("\ufeff").encode()
        except UnicodeDecodeError as error:
            raise refuse("truncated", file, "文字编码不完整，文件可能被截断。请重新导出。") from error
    data = data.removeprefix(b"\xef\xbb\xbf")
    if b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    lines = data.replace(b"\r\n", b"\n").split(b"\n")
    while lines and not lines[-1].strip():
        lines.pop()
    foreign: list[int] = []
    unreadable: list[int] = []
    if not _decodes(data, "utf-8"):
        beyond = [number for number, line in enumerate(lines) if not line.isascii()]
        ok = {number for number in beyond if _decodes(lines[number], "utf-8")}
        # Chinese in GBK is hardly ever valid UTF-8 by chance, and never over a long line.
        mostly_utf8 = 2 * len(ok) >= len(beyond)
        encoding = "UTF-8" if mostly_utf8 else "GB18030"
        main, other = ("utf-8", "gb18030") if mostly_utf8 else ("gb18030", "utf-8")
        for number in beyond:
            line = lines[number]
            surely_utf8 = number in ok and len(line.decode("utf-8")) + 8 <= len(line)
            fits = number in ok if mostly_utf8 else not surely_utf8 and _decodes(line, "gb18030")
            if fits and mostly_utf8:
                continue
            if fits:
                lines[number] = line.decode(main).encode()
            elif number in ok or _decodes(line, other):
                lines[number] = line.decode(other).encode()
                foreign.append(number)
            else:
                lines[number] = line.decode(main, "replace").encode()
                unreadable.append(number)
    return lines, foreign, unreadable, encoding


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _records(lines: list[bytes], delimiter: bytes) -> tuple[list[bytes], npt.NDArray[np.int64], list[int]]:
    """Join lines that one quoted cell runs over.

    Returns the records, the line each begins on, and the numbers (from 1) of records whose quotes do not pair up.
    """
    odd = [number for number, line in enumerate(lines) if b'"' in line and line.count(b'"') & 1]
    if not odd:
        return lines, np.arange(len(lines), dtype=np.int64), []
    usual = max((line.count(delimiter) for line in lines[:TOP]), default=0)
    records: list[bytes] = []
    begins: list[int] = []
    torn: list[int] = []
    at = 0
    while odd:
        opener = odd.pop(0)
        records += lines[at:opener]
        begins += range(at, opener)
        begins.append(opener)
        closer = odd[0] if odd and odd[0] - opener <= _LONGEST else None
        joined = b"\n".join(lines[opener:closer + 1]) if closer is not None else b""
        if closer is not None and _QUOTED.sub(b"", joined).count(delimiter) == usual:
            odd.pop(0)
            records.append(joined)
            at = closer + 1
        else:
            records.append(lines[opener])
            torn.append(len(records))
            at = opener + 1
    records += lines[at:]
    begins += range(at, len(lines))
    return records, np.array(begins, dtype=np.int64), torn
