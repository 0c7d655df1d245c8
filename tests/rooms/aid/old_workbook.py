"""An .xls as an old spreadsheet program writes it: BIFF8 records in a compound file, put together by hand. Sheets of text, numbers and merged ranges."""

import struct

SECTOR = 512


def _record(kind, data=b""):
    return struct.pack("<HH", kind, len(data)) + data


def _label(row, column, text):
    return _record(0x0204, struct.pack("<HHHHB", row, column, 15, len(text), 1) + text.encode("utf-16-le"))


def _sheet(rows, merged):
    out = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    out += _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, max(map(len, rows)), 0))
    for at, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str) and cell:
                out += _label(at, column, cell)
            elif isinstance(cell, int | float):
                out += _record(0x0203, struct.pack("<HHHd", at, column, 15, cell))
    if merged:
        out += _record(0x00E5, struct.pack("<H", len(merged)) + b"".join(struct.pack("<HHHH", top, bottom, left, right) for top, bottom, left, right in merged))
    return out + _record(0x000A)


def _workbook(sheets):
    begins = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6)) + _record(0x0042, struct.pack("<H", 1200))
    parts = [_sheet(rows, merged) for _name, rows, merged in sheets]
    length = len(begins) + sum(4 + 8 + 2 * len(name) for name, _rows, _merged in sheets) + 4
    out = begins
    for (name, _rows, _merged), part in zip(sheets, parts, strict=True):
        out += _record(0x0085, struct.pack("<IHBB", length, 0, len(name), 1) + name.encode("utf-16-le"))
        length += len(part)
    return out + _record(0x000A) + b"".join(parts)


def old_workbook(sheets):
    """Return the bytes of an .xls: sheets are (name, rows, merged ranges as (top, bottom, left, right))."""
    stream = _workbook(sheets)
    stream += b"\0" * (-len(stream) % SECTOR)
    stream += b"\0" * max(0, 8 * SECTOR - len(stream))  # shorter ones would lie elsewhere
    count = len(stream) // SECTOR
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + count), 0xFFFFFFFE]  # sector 0 is this table, 1 the directory, then the stream
    fat += [0xFFFFFFFF] * (SECTOR // 4 - len(fat))
    assert len(fat) == SECTOR // 4

    def entry(name, kind, child, start, size):
        text = (name + "\0").encode("utf-16-le")
        return text.ljust(64, b"\0") + struct.pack("<HBBIII16sIQQIQ", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child, b"", 0, 0, 0, start, size)

    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream)) + (b"\0" * 66 + b"\0\0" + b"\xff" * 12 + b"\0" * 48) * 2
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH6sIIIIIIIIII", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0)
    head += b"\xff" * (SECTOR - len(head))
    return head + struct.pack(f"<{SECTOR // 4}I", *fat) + directory + stream
