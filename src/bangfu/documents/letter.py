"""The page of an official letter (GB/T 9704): A4, 22 lines of 28 characters, and the pieces such a letter is made of.

What the grid takes in Word, WPS and LibreOffice alike: a grid of type `lines` with pitch 578 (with `linesAndChars`
LibreOffice gives a character two cells), body lines of exactly 28.9 pt, character spacing −5 twentieths of a point, and a
title that does not snap to the grid. Official font names stay in the file. Who writes one says what stands in it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

_BODY, _TITLE, _HEI, _KAI, _SONG = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
_TEXT_WIDTH = 8844  # twentieths of a point: 156 mm


class Letter:
    """The page: paragraphs and tables in the official layout. Says nothing of its own."""

    def __init__(self, made_at: datetime, title: str) -> None:
        self.document = Document()
        self._body = self.document.element.body
        self._section = self._body.sectPr
        properties = self.document.core_properties
        properties.author, properties.title, properties.comments = "", title, ""
        properties.created = properties.modified = made_at
        section = self.document.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.bottom_margin = Mm(37), Mm(35)
        section.left_margin, section.right_margin = Mm(28), Mm(26)
        section.header_distance, section.footer_distance = Mm(15), Mm(25)
        for grid in section._sectPr.findall(qn("w:docGrid")):
            section._sectPr.remove(grid)
        section._sectPr.append(parse_xml(f'<w:docGrid {nsdecls("w")} w:type="lines" w:linePitch="578"/>'))
        self._set_normal_style()
        self.document.settings.odd_and_even_pages_header_footer = True
        self._number(section.footer, "right")
        self._number(section.even_page_footer, "left")

    def _set_normal_style(self) -> None:
        style = self.document.styles["Normal"]
        style.font.size = Pt(16)
        style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
        style.paragraph_format.line_spacing = Pt(28.9)
        style.paragraph_format.widow_control = False
        # Figures stand in the text without extra room around them: else a line holds fewer characters.
        ruled = style.element.get_or_add_pPr()
        for name in ("autoSpaceDN", "autoSpaceDE"):
            ruled.find(qn("w:spacing")).addprevious(parse_xml(f'<w:{name} {nsdecls("w")} w:val="0"/>'))
        properties = style.element.get_or_add_rPr()
        fonts = properties.find(qn("w:rFonts"))
        if fonts is not None:
            properties.remove(fonts)
        properties.insert(0, parse_xml(f"<w:rFonts {nsdecls('w')} {_fonts(_BODY)}/>"))
        # The order of the schema: spacing stands before sz, and Word ignores what stands elsewhere.
        properties.find(qn("w:sz")).addprevious(parse_xml(f'<w:spacing {nsdecls("w")} w:val="-5"/>'))

    def _number(self, footer: Any, side: str) -> None:
        """Put — 1 — at the outer edge: right on odd pages, left on even ones, one character in."""
        paragraph = footer.paragraphs[0]._p
        ind = 'w:rightChars="100" w:right="280"' if side == "right" else 'w:leftChars="100" w:left="280"'
        run = f'<w:rPr><w:rFonts {_fonts(_SONG)}/><w:sz w:val="28"/><w:szCs w:val="28"/></w:rPr>'

        def field(kind: str) -> str:
            return f'<w:r>{run}<w:fldChar w:fldCharType="{kind}"/></w:r>'

        fresh = parse_xml(
            f'<w:p {nsdecls("w")}><w:pPr><w:snapToGrid w:val="0"/><w:ind {ind}/><w:jc w:val="{side}"/>'
            "</w:pPr>"
            f'<w:r>{run}<w:t xml:space="preserve">— </w:t></w:r>{field("begin")}'
            f'<w:r>{run}<w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>{field("separate")}'
            f'<w:r>{run}<w:t>1</w:t></w:r>{field("end")}<w:r>{run}<w:t xml:space="preserve"> —</w:t>'
            "</w:r></w:p>"
        )
        paragraph.getparent().replace(paragraph, fresh)

    def _add(self, xml: str) -> None:
        self._section.addprevious(parse_xml(xml))

    def _paragraph(self, runs: str, settings: str = "") -> None:
        self._add(f"<w:p {nsdecls('w')}><w:pPr>{settings}</w:pPr>{runs}</w:p>")

    def title(self, text: str) -> None:
        for line in text.split("\n"):
            self._paragraph(
                _run(line, _TITLE, 44),
                '<w:keepNext/><w:snapToGrid w:val="0"/><w:spacing w:line="700" w:lineRule="exact"/><w:jc '
                'w:val="center"/>',
            )

    def blank(self) -> None:
        self._paragraph("")

    def heading(self, text: str) -> None:
        self._paragraph(_run(text, _HEI), f'<w:keepNext/>{_INDENT}<w:outlineLvl w:val="0"/>')

    def heading2(self, text: str) -> None:
        self._paragraph(_run(text, _KAI), f'<w:keepNext/>{_INDENT}<w:outlineLvl w:val="1"/>')

    def body(
        self,
        text: str,
        *,
        lead: str = "",
        align: str = "both",
        indent: bool = True,
        blanks: Sequence[str | int] = (),
    ) -> None:
        """Write a paragraph: a lead in 楷体, the text, then words and blanks (a number: characters wide)."""
        runs = (_run(lead, _KAI) if lead else "") + (_run(text) if text else "")
        for part in blanks:
            runs += _run(part) if isinstance(part, str) else _run("\u00a0" * (2 * part), underlined=True)
        self._paragraph(runs, f'{_INDENT if indent else ""}<w:jc w:val="{align}"/>')

    def caption(self, text: str) -> None:
        self._paragraph(_run(text, _KAI, 24), '<w:jc w:val="center"/>')

    def note(self, text: str) -> None:
        self._paragraph(_run(text, _KAI, 24), '<w:keepNext/><w:spacing w:line="400" w:lineRule="exact"/>')

    def annex_line(self, number: int, name: str) -> None:
        """Write one line of the list of annexes; the first carries 附件：, the others align under it."""
        head = "附件：" if number == 1 else "　　　"
        self._paragraph(_run(f"{head}{number}．{name}"), _INDENT)

    def signature(self, sender: str, dated: str) -> None:
        """Write sender and date at the right: the date four characters in, the sender centred over it."""
        date_width = _width(dated)
        right = 4 + (date_width - _width(sender)) / 2
        for text, chars in ((sender, max(right, 0)), (dated, 4.0)):
            self._paragraph(
                _run(text),
                f'<w:keepNext/><w:ind w:rightChars="{int(chars * 100)}" w:right="{int(chars * 315)}"/>'
                '<w:jc w:val="right"/>',
            )

    def annex(self, number: int, name: str) -> None:
        """Begin an annex on a new page: 附件N in the corner, its name centred on the third line."""
        self._paragraph(_run(f"附件{number}", _HEI), "<w:keepNext/><w:pageBreakBefore/>")
        self.blank()
        self._paragraph(
            _run(name, _TITLE, 44),
            '<w:keepNext/><w:snapToGrid w:val="0"/><w:spacing w:after="200" w:line="700" '
            'w:lineRule="exact"/><w:jc w:val="center"/>',
        )

    def table(
        self,
        head: Sequence[str],
        body: Sequence[Sequence[str]],
        widths: Sequence[int],
        *,
        left: Iterable[int] = (),
        bold_last: bool = False,
        row_height: int = 0,
        repeat: bool = True,
    ) -> None:
        """Write a ruled table; `widths` in twentieths of a point add up to the text's width."""
        lefts = frozenset(left)
        edges = "".join(
            f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
            for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        repeated = "<w:tblHeader/>" if repeat else ""
        rows = [
            f"<w:tr><w:trPr><w:cantSplit/>{repeated}</w:trPr>"
            f"{_cells(head, widths, frozenset(), _HEI, keep=True)}</w:tr>"
        ]
        height = f'<w:trHeight w:val="{row_height}" w:hRule="atLeast"/>' if row_height else ""
        for at, cells in enumerate(body):
            font = _HEI if bold_last and at == len(body) - 1 else _BODY
            rows.append(
                f"<w:tr><w:trPr><w:cantSplit/>{height}</w:trPr>{_cells(cells, widths, lefts, font)}</w:tr>"
            )
        self._add(
            f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
            f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/>'
            '<w:tblCellMar><w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar>'
            "</w:tblPr>"
            f"<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"
        )


_INDENT = '<w:ind w:firstLineChars="200" w:firstLine="630"/>'


def _fonts(name: str) -> str:
    latin = "Times New Roman" if name in (_BODY, _KAI, _SONG) else name
    return f'w:ascii="{latin}" w:hAnsi="{latin}" w:cs="{latin}" w:eastAsia="{name}" w:hint="eastAsia"'


def _run(text: str, font: str = "", half_points: int = 0, *, underlined: bool = False) -> str:
    how = f"<w:rFonts {_fonts(font)}/>" if font else ""
    how += f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>' if half_points else ""
    how += '<w:u w:val="single"/>' if underlined else ""
    how = f"<w:rPr>{how}</w:rPr>" if how else ""
    return f'<w:r>{how}<w:t xml:space="preserve">{escape(clean(text))}</w:t></w:r>'


def _cells(cells: Sequence[str], widths: Sequence[int], left: frozenset[int], font: str, keep: bool = False) -> str:
    """One row's cells; `keep` holds the row on the page of the next one."""
    made = []
    for at, (text, width) in enumerate(zip(cells, widths, strict=True)):
        made.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr><w:p>'
            f"<w:pPr>{'<w:keepNext/>' if keep else ''}"
            '<w:snapToGrid w:val="0"/><w:spacing w:before="40" w:after="40" w:line="340" w:lineRule="exact"/>'
            f'<w:jc w:val="{"left" if at in left else "center"}"/></w:pPr>{_run(text, font, 24)}</w:p></w:tc>'
        )
    return "".join(made)


_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def clean(text: str) -> str:
    """Drop the control characters that neither Word nor Excel can keep."""
    return _CONTROL.sub("", text)


def _width(text: str) -> float:
    """Return a text's width in full characters."""
    return sum(1.0 if ord(letter) > 0x2E7F or letter in "×〔〕—" else 0.5 for letter in text)

