"""The first look at a file: what it is by its first bytes, and whether it may be opened at all.

Promises: nothing is unpacked before its size is known to be bearable; a file that cannot be read is refused with what it
looks to be and what to do. The extension is not believed. xlsxfile.py, csvfile.py and workbook.py read what passes.
"""

import hashlib
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .refusals import refuse


@dataclass(frozen=True, slots=True)
class Limits:
    """What is bearable.

    file_bytes      of the file as it lies on the disk
    unpacked_bytes  of everything in a zipped workbook together
    ratio           unpacked to packed, of any part greater than ratio_from bytes
    rows, columns   of one sheet; cells = rows × columns that a sheet spans, empty ones too
    """

    file_bytes: int = 2_000_000_000
    unpacked_bytes: int = 2_000_000_000
    ratio: int = 200
    ratio_from: int = 10_000_000
    rows: int = 3_000_000
    columns: int = 2_000
    cells: int = 150_000_000


_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES = (
    (b"\x89PNG", "PNG 图片"), (b"\xff\xd8\xff", "JPEG 照片"), (b"GIF8", "GIF 图片"), (b"BM", "BMP 图片"),
    (b"II*\x00", "TIFF 图片"), (b"MM\x00*", "TIFF 图片"), (b"%PDF", "PDF 文件"), (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"), (b"\x1f\x8b", "GZ 压缩包"), (b"MZ", "程序文件"),
)  # fmt: skip
_UTF16_NAMES = {word: word.encode("utf-16-le") for word in ("EncryptedPackage", "_VBA_PROJECT_CUR", "WordDocument")}


def kind_of(path: Path, limits: Limits) -> str:
    """Return "xlsx", "xls", "ods", "csv" or "parquet"; raises Refusal for everything else and for what is unbearable."""
    name = path.name
    if not path.exists():
        raise refuse("file_missing", name, "找不到这个文件。请检查文件名和所在文件夹。")
    size = path.stat().st_size
    if size == 0:
        raise refuse("file_empty", name, "是空文件（0 字节）。请重新导出或重新拷贝。")
    if size > limits.file_bytes:
        raise refuse("file_too_big", name, f"文件有 {size // 1_000_000} MB，"
                     f"超过上限 {limits.file_bytes // 1_000_000} MB。请按村拆分后再核查。")
    with path.open("rb") as file:
        first = file.read(4096)
        file.seek(max(0, size - 8))
        last = file.read()
    if first.startswith(b"PAR1"):
        if not last.endswith(b"PAR1"):
            raise refuse("truncated", name, "文件不完整（结尾缺失）。请重新拷贝或重新导出。")
        return "parquet"
    if first.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(path, limits)
    if first.startswith(_OLE):
        return _ole(path, limits)
    if first[:4] == b"RIFF" and first[8:12] == b"WEBP":
        raise _looks(name, "WEBP 图片")
    for magic, what in _IMAGES:
        if first.startswith(magic):
            raise _looks(name, what)
    wide = utf16_of(first)
    text = first.decode(wide, "ignore").encode() if wide else first
    start = text.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if b"schemas-microsoft-com:office:spreadsheet" in start and start.startswith(b"<?xml"):
        raise refuse("not_a_table", name, "是 XML 格式的表格（XML 表格 2003），不是真正的工作簿。请用表格软件打开它，另存为 .xlsx 后再核查。")
    if re.match(rb"<[a-z!?]|mime-version:", start):
        raise refuse("not_a_table", name, "看起来是网页格式的表格，不是真正的工作簿。请用表格软件打开它，另存为 .xlsx 后再核查。")
    if wide:
        return "csv"
    odd = sum(byte < 32 and byte not in b"\t\r\n" for byte in first)
    if b"\x00" in first and odd > 0.01 * len(first):  # a few stray NUL bytes in a text are read past and said
        raise refuse("not_a_table", name, "认不出这是什么文件。请用表格软件打开检查，能打开就另存为 .xlsx；打不开请重新导出。")
    return "csv"


def too_big(file: str, sheet: str, rows: int, width: int, limits: Limits) -> Exception:
    """Return the refusal of a sheet that spans more than is bearable."""
    return refuse("too_many_rows", file, f"有 {rows} 行 {width} 列，超过上限（{limits.rows} 行、{limits.columns} 列）。"
                  "请按村拆分，或删去表格下方、右侧的多余内容后再核查。", sheet=sheet)


def zip_bomb(file: str, unpacked: int) -> Exception:
    """Return the refusal of a file that is far greater than it looks."""
    return refuse("zip_bomb", file, f"解压后有 {max(1, unpacked // 1_000_000)} MB，与文件大小不相称，可能是恶意文件，没有打开。"
                  "请从系统重新导出；确实是正常表格的，请用表格软件打开另存一份。")


def utf16_of(data: bytes) -> str:
    """Return "utf-16-le" or "utf-16-be" if the text begins so, with its mark or without; else ""."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16-le" if data[0] == 0xFF else "utf-16-be"
    for name, low, high in (("utf-16-le", 0, 1), ("utf-16-be", 1, 0)):  # without a mark: line ends, commas and digits have a NUL beside them, all on one side
        beside = [pair for pair in zip(data[low:4096:2], data[high:4096:2], strict=False) if pair[1] == 0]
        seen = {pair[0] for pair in beside}
        if 0x0A in seen and seen & set(b",;\t") and seen <= set(b"\t\r\n") | set(range(32, 127)):
            return name
    return ""


def _looks(name: str, what: str) -> Exception:
    return refuse("not_a_table", name, f"看起来是{what}，不是表格。请找到原来的表格文件（.xlsx、.xls、.csv）再核查。")


def _zipped(path: Path, limits: Limits) -> str:
    name = path.name
    try:
        with zipfile.ZipFile(path) as bundle:
            infos = bundle.infolist()
            if any(info.flag_bits & 1 for info in infos):
                raise refuse("password", name, "文件有密码。请用表格软件打开，去掉密码另存一份后再核查。")
            unpacked = sum(info.file_size for info in infos)
            tight = any(info.file_size > limits.ratio_from and info.file_size > limits.ratio * max(1, info.compress_size)
                        for info in infos)
            if unpacked > limits.unpacked_bytes or tight or len(infos) > 20_000:
                raise zip_bomb(name, unpacked)
            parts = {info.filename for info in infos}
            if any(part == "xl/vbaProject.bin" or part.startswith(("xl/macrosheets/", "Basic/", "Scripts/")) for part in parts):
                raise refuse("macros", name, "含有宏，为安全起见不读取。请用表格软件打开，另存为不带宏的 .xlsx 后再核查。")
            if any(part.startswith("word/") for part in parts):
                raise _looks(name, "Word 文档")
            if any(part.startswith("ppt/") for part in parts):
                raise _looks(name, "演示文稿")
            if "xl/workbook.bin" in parts:
                raise refuse("not_a_table", name, "是二进制工作簿（.xlsb）。请用表格软件打开，另存为 .xlsx 后再核查。")
            if "META-INF/manifest.xml" in parts and b"encryption-data" in bundle.read("META-INF/manifest.xml"):
                raise refuse("password", name, "文件有密码。请用表格软件打开，去掉密码另存一份后再核查。")
            if "mimetype" in parts and b"opendocument.spreadsheet" in bundle.read("mimetype")[:100]:
                _check_parts(bundle, ["content.xml", *(part for part in ("meta.xml", "styles.xml") if part in parts)], name)
                return "ods"
            if not any(part.startswith("xl/") for part in parts):
                raise _looks(name, "压缩包")
            _check_parts(bundle, sorted(part for part in parts if part.startswith(("xl/", "_rels/", "[Content_Types]")) and part.endswith((".xml", ".rels"))), name)
            return "xlsx"
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, KeyError, ValueError, NotImplementedError) as error:  # ValueError: a part's name is no text
        raise refuse("truncated", name, "文件不完整或已损坏，打不开。请重新拷贝或重新导出。") from error


def _check_parts(bundle: zipfile.ZipFile, parts: Iterable[str], name: str) -> None:
    """Unpack every part once, in pieces: a part longer than it says, or with a wrong checksum, is no workbook."""
    for part in parts:
        try:
            with bundle.open(part) as stream:
                if b"<!DOCTYPE" in stream.read(1024):
                    raise refuse("not_a_table", name, "工作簿里有不该有的定义，可能是恶意文件，没有打开。请从系统重新导出。")
                while stream.read(1 << 20):
                    pass
        except zlib.error as error:
            raise zipfile.BadZipFile(part) from error


def _ole(path: Path, limits: Limits) -> str:
    name = path.name
    data = path.read_bytes()
    if _UTF16_NAMES["EncryptedPackage"] in data:
        raise refuse("password", name, "文件有密码。请用表格软件打开，去掉密码另存一份后再核查。")
    if _UTF16_NAMES["WordDocument"] in data:
        raise _looks(name, "Word 文档")
    if _UTF16_NAMES["_VBA_PROJECT_CUR"] in data:
        raise refuse("macros", name, "含有宏，为安全起见不读取。请用表格软件打开，另存为不带宏的 .xlsx 后再核查。")
    return "xls"


def fingerprint(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of the files' bytes, one after another, as hex."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
    return digest.hexdigest()
