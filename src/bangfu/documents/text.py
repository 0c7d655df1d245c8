"""All the text of a finished file, as somebody who opens it could find it: what is on the page, in the cells, in notes and in the file's own properties."""

import html
import io
import re
import zipfile
from pathlib import PurePath
from xml.etree import ElementTree

from pypdf import PdfReader
from pypdf.errors import PyPdfError

KINDS = (".html", ".txt", ".csv", ".xlsx", ".docx", ".pdf")
READ_BY_PEOPLE = frozenset({"descr", "title", "name", "tooltip", "alt", "author", "initials", "Target", "display", "prompt", "promptTitle", "error", "errorTitle", "alias", "tag", "oddHeader", "oddFooter"})
_TAG = re.compile(r"<[^>]*>")
_HIDDEN = re.compile(r"<(script|style)\b.*?</\1>", re.S | re.I)
_ATTRIBUTE = re.compile(r"""\b(?:content|alt|title|value|placeholder|aria-label|data-[\w-]+)\s*=\s*("[^"]*"|'[^']*')""", re.I)


class CannotRead(ValueError):
    """The file is of a kind whose text cannot be taken out whole; it is not published."""


def text_of(name: str, content: bytes) -> str:
    """Return everything a file says, a paragraph or a cell a line. Raises CannotRead for another kind, or a file that is not whole."""
    kind = PurePath(name).suffix.lower()
    try:
        if kind in (".txt", ".csv"):
            return content.decode("utf-8-sig")
        if kind == ".html":
            return _html(content.decode("utf-8-sig"))
        if kind in (".xlsx", ".docx"):
            return _office(content)
        if kind == ".pdf":
            return _pdf(content)
    except (UnicodeDecodeError, zipfile.BadZipFile, ElementTree.ParseError, PyPdfError, KeyError, ValueError) as error:
        raise CannotRead(f"{name}：{error}") from error
    raise CannotRead(f"{name}：不认识这种文件")


def _html(page: str) -> str:
    attributes = [html.unescape(found[1][1:-1]) for found in _ATTRIBUTE.finditer(page)]
    comments = re.findall(r"<!--(.*?)-->", page, re.S)
    plain = re.sub(r"</(td|th|p|li|h\d|div|tr|title|dt|dd)>|<br\s*/?>", "\n", _HIDDEN.sub(" ", re.sub(r"<!--.*?-->", " ", page, flags=re.S)), flags=re.I)
    return "\n".join([html.unescape(_TAG.sub("", plain)), *attributes, *comments])


def _office(content: bytes) -> str:
    """Every part of the package that is XML, its texts and attributes; anything embedded that is no XML and no picture is refused."""
    found = []
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for part in package.namelist():
            if part.endswith((".xml", ".rels", ".vml")):
                root = ElementTree.fromstring(package.read(part))
                found += _blocks(root)
                found += [value for element in root.iter() for name, value in element.attrib.items() if name.rsplit("}", 1)[-1] in READ_BY_PEOPLE]
            elif not part.endswith(("/", ".png", ".jpeg", ".jpg", ".bin")):
                raise CannotRead(part)
    return "\n".join(found)


def _blocks(root: ElementTree.Element) -> list[str]:
    """Text of each paragraph, cell or note, its runs put together, since a number cut into two runs is one number; then every other text."""
    blocks: list[str] = []
    inside: set[int] = set()
    for element in root.iter():
        if id(element) not in inside and element.tag.rsplit("}", 1)[-1] in ("p", "si", "is", "text"):
            blocks.append("".join(element.itertext()))
            inside.update(id(one) for one in element.iter())
    return blocks + [element.text for element in root.iter() if id(element) not in inside and element.text and element.text.strip()]


def _pdf(content: bytes) -> str:
    reader = PdfReader(io.BytesIO(content))
    if reader.is_encrypted:
        raise CannotRead("PDF 加了密")
    if reader.attachments:
        raise CannotRead("PDF 里夹着别的文件")
    told = [f"{value}" for key, value in (reader.metadata or {}).items() if key not in ("/CreationDate", "/ModDate")]
    return "\n".join([*(page.extract_text() for page in reader.pages), *told])
