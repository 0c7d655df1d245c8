"""The letter about a run: the official page (bangfu.documents.letter) with its chart. What it says is in report.py."""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import escape

import xlsxwriter
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import nsdecls

from bangfu.documents import letter
from bangfu.documents.letter import clean
from bangfu.engines.reconcile.shown import VERDICT_COLOURS, VERDICTS


class Letter(letter.Letter):
    """The official page and a chart of the villages."""

    def chart(self, names: Sequence[str], counts: Mapping[str, Sequence[int]]) -> None:
        """Add a native stacked bar chart; its figures lie in a small workbook inside, so Word can edit it."""
        package = self.document.part.package
        book = Part(
            PackURI("/word/embeddings/chart1.xlsx"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            _chart_workbook(names, counts),
            package,
        )
        part = Part(
            PackURI("/word/charts/chart1.xml"),
            "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
            b"",
            package,
        )
        office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        part._blob = _chart_xml(names, counts, part.relate_to(book, f"{office}/package")).encode("utf-8")
        link = self.document.part.relate_to(part, f"{office}/chart")
        wide, high = 156 * 36_000, min(200, 34 + 8 * len(names)) * 36_000
        self._add(
            f'<w:p {nsdecls("w", "wp", "a", "r")}><w:pPr><w:keepNext/><w:snapToGrid w:val="0"/>'
            '<w:spacing w:before="120" w:line="240" w:lineRule="auto"/><w:jc w:val="center"/></w:pPr>'
            "<w:r><w:drawing>"
            f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" cy="{high}"/>'
            '<wp:docPr id="1" name="图1" descr="各村问题条数，按判定分色"/><a:graphic>'
            '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">'
            '<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
            f'r:id="{link}"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>'
        )


def _chart_workbook(names: Sequence[str], counts: Mapping[str, Sequence[int]]) -> bytes:
    store = io.BytesIO()
    book = xlsxwriter.Workbook(
        store, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"created": datetime(2000, 1, 1)})
    sheet = book.add_worksheet("Sheet1")
    for at, verdict in enumerate(counts, start=1):
        sheet.write_string(0, at, VERDICTS[verdict])
        for line, count in enumerate(counts[verdict], start=1):
            sheet.write_number(line, at, count)
    for line, name in enumerate(names, start=1):
        sheet.write_string(line, 0, clean(name))
    book.close()
    return store.getvalue()


def _chart_xml(names: Sequence[str], counts: Mapping[str, Sequence[int]], book: str) -> str:
    def points(values: Iterable[object], each: Callable[[object], str]) -> str:
        told = list(values)
        inner = "".join(f'<c:pt idx="{at}"><c:v>{each(value)}</c:v></c:pt>' for at, value in enumerate(told))
        return f'<c:ptCount val="{len(told)}"/>{inner}'

    def font(size: int) -> str:
        return (
            f'<a:bodyPr/><a:p><a:pPr><a:defRPr sz="{size}"><a:latin typeface="宋体"/><a:ea typeface="宋体"/>'
            '</a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p>'
        )

    last = len(names) + 1
    labels = points(names, lambda name: escape(clean(str(name))))
    series = []
    for at, (verdict, values) in enumerate(counts.items()):
        letter = "BCDEFGH"[at]
        series.append(
            f'<c:ser><c:idx val="{at}"/><c:order val="{at}"/><c:tx><c:strRef><c:f>'
            f"Sheet1!${letter}$1</c:f><c:strCache>"
            f"{points([VERDICTS[verdict]], str)}</c:strCache></c:strRef></c:tx><c:spPr><a:solidFill>"
            f'<a:srgbClr val="{VERDICT_COLOURS[verdict][1:]}"/></a:solidFill></c:spPr>'
            '<c:invertIfNegative val="0"/>'
            f"<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${last}</c:f><c:strCache>{labels}</c:strCache>"
            "</c:strRef></c:cat>"
            f"<c:val><c:numRef><c:f>Sheet1!${letter}$2:${letter}${last}</c:f><c:numCache><c:formatCode>"
            "0</c:formatCode>"
            f"{points(values, str)}</c:numCache></c:numRef></c:val></c:ser>"
        )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
        'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>'
        '<c:barChart><c:barDir val="bar"/><c:grouping val="stacked"/><c:varyColors val="0"/>'
        f'{"".join(series)}<c:gapWidth val="55"/><c:overlap val="100"/><c:axId val="11"/><c:axId '
        'val="12"/></c:barChart>'
        '<c:catAx><c:axId val="11"/><c:scaling><c:orientation val="maxMin"/></c:scaling><c:delete val="0"/>'
        '<c:axPos val="l"/><c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/>'
        f'<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:txPr>{font(1000)}</c:txPr>'
        '<c:crossAx val="12"/><c:crosses val="autoZero"/></c:catAx>'
        '<c:valAx><c:axId val="12"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/></c:scaling>'
        '<c:delete val="0"/><c:axPos val="b"/><c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill>'
        '<a:srgbClr val="D9D9D9"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>'
        '<c:numFmt formatCode="0" sourceLinked="0"/><c:majorTickMark val="out"/><c:minorTickMark val="none"/>'
        f'<c:tickLblPos val="nextTo"/><c:txPr>{font(900)}</c:txPr><c:crossAx val="11"/><c:crosses '
        'val="max"/></c:valAx>'
        f'</c:plotArea><c:legend><c:legendPos val="b"/><c:overlay val="0"/><c:txPr>{font(1000)}</c:txPr>'
        "</c:legend>"
        f'<c:plotVisOnly val="1"/></c:chart><c:externalData r:id="{book}"><c:autoUpdate val="0"/>'
        "</c:externalData></c:chartSpace>"
    )
