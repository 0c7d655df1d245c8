"""What an .xls tells beside its cells: hidden rows and columns, error cells, a password.

Promises: nothing is followed or run; a file without its end, or one that names places no .xls has, is refused before somebody
makes room for them; what else cannot be made out stays unknown, the cells are read all the same (xlsxfile.py). Of workbooks
before Excel 97 only the places are looked at. Rows are counted from 1, columns from 0.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from .firstlook import Limits
from .grid import Look
from .refusals import refuse

_FREE = 0xFFFFFFFA  # from here on numbers are no sectors
_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}
_BOF, _EOF, _BOUNDSHEET, _FILEPASS, _ROW, _COLINFO, _BOOLERR, _FORMULA = 0x0809, 0x000A, 0x0085, 0x002F, 0x0208, 0x007D, 0x0205, 0x0006
_DIMENSIONS, _SST = 0x0200, 0x00FC
_CELLS = frozenset({0x0006, 0x00BD, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E})
_MOST_ROWS, _MOST_COLUMNS = 65_536, 256


def look_inside(path: Path, limits: Limits) -> dict[str, Look]:
    """Return what each sheet tells; raises Refusal for a file with a password or without its end."""
    try:
        data = _workbook(path.read_bytes())
    except (EOFError, struct.error, IndexError, ValueError) as error:
        raise _damaged(path) from error
    looks: dict[str, Look] = {}
    sheets: list[bytes] = []
    try:
        first, _size, version = struct.unpack_from("<HHH", data)
        if first != _BOF:
            raise _damaged(path)
        old = version != 0x0600
        for kind, body in _records(data, 0):
            if kind == _FILEPASS:
                raise refuse("password", path.name, "文件有密码。请用表格软件打开，去掉密码另存一份后再核查。")
            if kind == _SST and struct.unpack_from("<I", body, 4)[0] > len(data):
                raise _damaged(path)
            if kind == _BOUNDSHEET:
                sheets.append(body)
        for body in sheets:
            if _beyond(data, struct.unpack_from("<I", body)[0], old):
                raise _damaged(path)
    except (struct.error, IndexError) as error:
        raise _damaged(path) from error
    for body in [] if old else sheets:
        try:
            at, _state, _type, length, wide = struct.unpack_from("<IBBBB", body)
            name = body[8:8 + 2 * length].decode("utf-16-le") if wide & 1 else body[8:8 + length].decode("latin-1")
            looks[name] = _look(data, at, limits)
        except (struct.error, IndexError, UnicodeDecodeError):
            continue
    return looks


def _damaged(path: Path) -> Exception:
    return refuse("truncated", path.name, "文件不完整或已损坏，打不开。请重新拷贝或重新导出；能用表格软件打开的，另存为 .xlsx 再试。")


def _beyond(data: bytes, at: int, old: bool) -> bool:
    """Whether a sheet names a place that no .xls has."""
    for kind, body in _records(data, at):
        if kind == _DIMENSIONS:
            first, rows, left, columns = struct.unpack_from("<HHHH" if old else "<IIHH", body)
            if not first <= rows <= _MOST_ROWS or not left <= columns <= _MOST_COLUMNS:
                return True
        elif kind in _CELLS and struct.unpack_from("<H", body, 2)[0] >= _MOST_COLUMNS:
            return True
    return False


def _look(data: bytes, at: int, limits: Limits) -> Look:
    rows: list[int] = []
    columns: list[int] = []
    errors: list[tuple[int, int, str]] = []
    for kind, body in _records(data, at):
        if kind == _ROW and struct.unpack_from("<H", body, 12)[0] & 0x20:
            rows.append(struct.unpack_from("<H", body)[0] + 1)
        elif kind == _COLINFO and struct.unpack_from("<H", body, 8)[0] & 1:
            first, last = struct.unpack_from("<HH", body)
            columns += range(first, min(last + 1, limits.columns))
        elif kind == _BOOLERR and body[7]:
            errors.append(_error(body, body[6]))
        elif kind == _FORMULA and body[6] == 2 and body[12:14] == b"\xff\xff":
            errors.append(_error(body, body[8]))
    return Look(tuple(rows), tuple(columns), (), tuple(errors))


def _error(body: bytes, code: int) -> tuple[int, int, str]:
    row, column = struct.unpack_from("<HH", body)
    return row + 1, column, _ERRORS.get(code, "#VALUE!")


def _records(data: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one substream; a chart inside it is passed over."""
    depth = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        depth += (kind == _BOF) - (kind == _EOF)
        if depth == 1 or kind == _BOF:
            yield kind, data[at + 4:at + 4 + size]
        if depth <= 0:
            return
        at += 4 + size


def _workbook(data: bytes) -> bytes:
    """Return the workbook's stream out of the compound file that an .xls is. Raises ValueError where there is none, EOFError where its end is missing."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in (512, 4096):
        raise ValueError(size)
    count, = struct.unpack_from("<I", data, 44)
    directory, = struct.unpack_from("<I", data, 48)
    cutoff, first_small, smalls_count, more, more_count = struct.unpack_from("<IIIII", data, 56)
    if cutoff != 4096 or max(count, smalls_count, more_count) * size > len(data):
        raise EOFError(count)
    fat_at = list(struct.unpack_from("<109I", data, 76))
    seen: set[int] = set()
    while more < _FREE and more not in seen:
        seen.add(more)
        *further, more = struct.unpack_from(f"<{size // 4}I", data, (more + 1) * size)
        fat_at += further
    fat: list[int] = []
    for sector in [one for one in fat_at if one < _FREE][:count]:
        fat += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)

    def chain(sector: int) -> bytes:
        pieces: list[bytes] = []
        while sector < _FREE and len(pieces) <= len(fat):
            if (sector + 1) * size >= len(data):
                raise EOFError(sector)
            pieces.append(data[(sector + 1) * size:(sector + 2) * size])
            sector = fat[sector]
        return b"".join(pieces)

    entries = chain(directory)
    root = b""
    for at in range(0, len(entries) - 127, 128):
        length, = struct.unpack_from("<H", entries, at + 64)
        name = entries[at:at + max(0, min(length, 64) - 2)].decode("utf-16-le")
        start, = struct.unpack_from("<I", entries, at + 116)
        long, = struct.unpack_from("<I", entries, at + 120)
        if entries[at + 66] in (2, 5) and long > len(data):
            raise EOFError(name)
        if at == 0:
            root = chain(start)
        elif name in ("Workbook", "Book"):
            if long >= cutoff:
                return chain(start)[:long]
            table = chain(first_small)
            smalls = struct.unpack(f"<{len(table) // 4}I", table)
            pieces: list[bytes] = []
            while start < _FREE and len(pieces) <= len(smalls):
                pieces.append(root[start * 64:(start + 1) * 64])
                start = smalls[start]
            return b"".join(pieces)[:long]
    raise ValueError("no workbook")
