"""An .xlsx changed in place: fills and comments on single cells, and those of an earlier time taken away; one sheet put in front.

Promises: only the parts that must change are touched, and in them only what is asked for. So values, formulas with their
results, formats, pictures and charts stay what they were. (A library that reads a workbook and writes it anew loses
results of formulas, charts, and dates that are none.) annotated.py says what is marked.
"""

import posixpath
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from .grid import letter
from .refusals import refuse

__all__ = ["Mark", "Package", "cell_of", "column_of", "plain"]

AUTHOR = "bangfu"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_OFFICE = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_KIND = "application/vnd.openxmlformats-officedocument"
_SELECTED = re.compile(rb"\s+tabSelected=[\"'](?:1|true)[\"']")
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AFTER_COMMENTS = ("legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts",
                   "extLst", "AlternateContent")
_STYLE_PARTS = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs")
_PLAIN_STYLES = (
    '<styleSheet xmlns="{space}"><fonts count="1"><font><sz val="11"/><name val="宋体"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
_VML = (
    '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel"><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="{blocks}"/>'
    "</o:shapelayout></xml>"
)
_SHAPE_TYPE = (
    '<v:shapetype xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe"><v:stroke joinstyle="miter"/>'
    '<v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
_SHAPE = (
    '<v:shape xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel" id="_x0000_s{id}" type="#_x0000_t202" '
    'style="position:absolute;margin-left:60pt;margin-top:2pt;width:180pt;height:60pt;z-index:{z};visibility:hidden" '
    'fillcolor="#ffffe1" o:insetmode="auto"><v:fill color2="#ffffe1"/><v:shadow on="t" color="black" obscured="t"/>'
    '<v:path o:connecttype="none"/><v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
    "<x:ClientData ObjectType=\"Note\"><x:MoveWithCells/><x:SizeWithCells/><x:Anchor>{anchor}</x:Anchor>"
    "<x:AutoFill>False</x:AutoFill><x:Row>{row}</x:Row><x:Column>{column}</x:Column></x:ClientData></v:shape>"
)
_BOXES = re.compile(rb"<(\w+:)?shape\b(?:(?!</(?:\w+:)?shape>).)*</(?:\w+:)?shape>\s*", re.DOTALL)
_BOX_PLACE = re.compile(rb"<(?:\w+:)?(Row|Column)>\s*(\d+)\s*<")
_STYLES = "xl/styles{}.xml"
_BOX = 260  # pixels a comment is wide
_LAST_COLUMN = 16_383
_CELL = re.compile(r"([A-Z]{1,3})(\d+)")


@dataclass(frozen=True, slots=True)
class Mark:
    """What a cell gets: a fill (RRGGBB) and, unless `text` is empty, a comment."""

    colour: str
    text: str = ""


def plain(text: str) -> str:
    """Return text without the characters that XML cannot hold, no longer than a cell can be."""
    return _UNWRITABLE.sub("", text)[:32_000]


def column_of(letters: str) -> int | None:
    """Return a column counted from 0; None when `letters` are none."""
    if not re.fullmatch(r"[A-Z]{1,3}", letters):
        return None
    number = 0
    for each in letters:
        number = number * 26 + ord(each) - 64
    return number - 1


def cell_of(row: int, column: int) -> str:
    return f"{letter(column)}{row}"


def _place(cell: Any, row: int, before: int) -> int:
    """Return the column of a <c>; some writers leave out where it stands."""
    found = _CELL.fullmatch(cell.get("r", ""))
    column = column_of(found[1]) if found else None
    return before + 1 if column is None else column


class Package:
    """The parts of one workbook; nothing is written before save()."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._trees: dict[str, Any] = {}
        self._changed: set[str] = set()
        self._new: dict[str, bytes] = {}
        with zipfile.ZipFile(path) as bundle:
            self._old = {info.filename for info in bundle.infolist()}
        start = self._related("", "/officeDocument")
        self._book = start[0] if start else "xl/workbook.xml"
        if self._book not in self._old:
            raise refuse("truncated", path.name, "文件不完整或已损坏，打不开。请重新拷贝或重新导出。")
        book = self._tree(self._book)
        self._space = str(etree.QName(book).namespace or _MAIN)
        self._office = _STRICT_OFFICE if "purl.oclc.org" in self._space else _OFFICE
        targets = self._targets(self._book)
        self.sheets: dict[str, str] = {}
        for sheet in book.iter(self._tag("sheet")):
            kind, part = targets.get(sheet.get(f"{{{self._office}}}id", ""), ("", ""))
            if part in self._old and not kind.endswith(("/chartsheet", "/dialogsheet")):
                self.sheets[sheet.get("name", "")] = part
        self.names = {sheet.get("name", "") for sheet in book.iter(self._tag("sheet"))}
        self._cloned: dict[tuple[int, str], int] = {}
        self._blocks = 0

    # --- parts and what relates them ---

    def _tag(self, name: str) -> str:
        return f"{{{self._space}}}{name}"

    def _bytes(self, part: str) -> bytes:
        if part in self._new:
            return self._new[part]
        with zipfile.ZipFile(self._path) as bundle:
            return bundle.read(part)

    def _parse(self, data: bytes) -> Any:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)  # not huge_tree: the limits on entities stay
        try:
            return etree.fromstring(data, parser)
        except etree.XMLSyntaxError as error:
            raise refuse("truncated", self._path.name, "文件不完整或已损坏，打不开。请重新拷贝或重新导出。") from error

    def _tree(self, part: str) -> Any:
        if part not in self._trees:
            self._trees[part] = self._parse(self._bytes(part))
        return self._trees[part]

    def _edit(self, part: str) -> Any:
        self._changed.add(part)
        return self._tree(part)

    @staticmethod
    def _relations_of(part: str) -> str:
        folder, name = posixpath.split(part)
        return posixpath.join(folder, "_rels", f"{name}.rels")

    def _relations(self, part: str) -> Any:
        about = self._relations_of(part)
        if about not in self._trees and about not in self._old:
            self._trees[about] = etree.fromstring(f'<Relationships xmlns="{_RELATIONS}"/>')
        return self._tree(about)

    def _targets(self, part: str) -> dict[str, tuple[str, str]]:
        """Return {id: (type, part)} of what a part points to inside the package."""
        if self._relations_of(part) not in self._old and self._relations_of(part) not in self._trees:
            return {}
        return {one.get("Id", ""): (one.get("Type", ""), self._absolute(part, one.get("Target", "")))
                for one in self._relations(part) if one.get("TargetMode") != "External"}

    @staticmethod
    def _absolute(part: str, target: str) -> str:
        joined = target if target.startswith("/") else posixpath.join("/", posixpath.dirname(part), target)
        return posixpath.normpath(joined).lstrip("/")

    def _related(self, part: str, ending: str) -> list[str]:
        return [target for kind, target in self._targets(part).values() if kind.endswith(ending) and target in self._old]

    def _add(self, part: str, like: str, data: bytes, content_type: str) -> tuple[str, str]:
        """Add a part named like `like` ({} is a number), and return its name and its id in the relations of `part`."""
        number = 1
        name = like.format("") if like == _STYLES else like.format(1)
        while name in self._old or name in self._new or name in self._trees:
            number += 1
            name = like.format(number)
        self._new[name] = data
        relations = self._relations(part)
        self._changed.add(self._relations_of(part))
        taken = {one.get("Id") for one in relations}
        id_ = next(f"rId{n}" for n in range(len(taken) + 1, 2 * len(taken) + 3) if f"rId{n}" not in taken)
        ending = {"sheet": "worksheet", "comm": "comments", "vmlD": "vmlDrawing", "styl": "styles"}
        kind = next(word for start, word in ending.items() if posixpath.basename(name).startswith(start))
        etree.SubElement(relations, f"{{{_RELATIONS}}}Relationship",
                         {"Id": id_, "Type": f"{self._office}/{kind}", "Target": f"/{name}"})
        types = self._edit("[Content_Types].xml")
        if kind != "vmlDrawing":
            etree.SubElement(types, f"{{{_TYPES}}}Override", {"PartName": f"/{name}", "ContentType": content_type})
        elif not any(one.get("Extension", "").lower() == "vml" for one in types):
            types.insert(0, etree.Element(f"{{{_TYPES}}}Default", {"Extension": "vml", "ContentType": content_type}))
        return name, id_

    def save(self, out: Path) -> None:
        """Write the workbook beside `out` and rename it; parts keep their order and the new ones follow."""
        written = {name: etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=True)
                   for name, tree in self._trees.items() if name in self._changed}
        written = {**self._new, **written}
        beside = out.with_name(f".{out.name}.part")
        try:
            with zipfile.ZipFile(self._path) as old, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as new:
                seen: set[str] = set()
                for info in old.infolist():
                    if info.filename not in seen:
                        seen.add(info.filename)
                        data = written.pop(info.filename, None)
                        new.writestr(zipfile.ZipInfo(info.filename), old.read(info) if data is None else data, zipfile.ZIP_DEFLATED)
                for name, data in written.items():
                    new.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
            beside.replace(out)
        finally:
            beside.unlink(missing_ok=True)

    # --- styles ---

    def _styles(self) -> Any:
        found = self._related(self._book, "/styles")
        if not found:
            found = [name for name in self._new if posixpath.basename(name).startswith("styles")]
        if not found:
            name, _ = self._add(self._book, _STYLES, _PLAIN_STYLES.format(space=self._space).encode(),
                                f"{_KIND}.spreadsheetml.styles+xml")
            found = [name]
        return self._edit(found[0])

    def _style_list(self, name: str) -> Any:
        styles = self._styles()
        found = styles.find(self._tag(name))
        if found is None:
            plain_one = etree.fromstring(_PLAIN_STYLES.format(space=self._space)).find(self._tag(name))
            before = [styles.find(self._tag(each)) for each in _STYLE_PARTS[:_STYLE_PARTS.index(name)]]
            at = max((styles.index(each) + 1 for each in before if each is not None), default=0)
            styles.insert(at, plain_one)
            found = plain_one
        return found

    def _append(self, name: str, one: Any) -> int:
        into = self._style_list(name)
        into.append(one)
        count = len(into.findall(one.tag))
        into.set("count", str(count))
        return count - 1

    def _fill(self, colour: str) -> int:
        return self._append("fills", etree.fromstring(
            f'<fill xmlns="{self._space}"><patternFill patternType="solid"><fgColor rgb="FF{colour}"/>'
            '<bgColor indexed="64"/></patternFill></fill>'))

    def style(self, *, colour: str = "", font: str = "", inside: str = "") -> int:
        """Add a text style and return its number: `font` holds the XML of a font beside name and size."""
        font_id = self._append("fonts", etree.fromstring(
            f'<font xmlns="{self._space}">{font}<name val="宋体"/></font>'))
        self._style_list("cellStyleXfs")
        fill = self._fill(colour) if colour else 0
        return self._append("cellXfs", etree.fromstring(
            f'<xf xmlns="{self._space}" numFmtId="49" fontId="{font_id}" fillId="{fill}" borderId="0" xfId="0" '
            f'applyNumberFormat="1" applyFont="1" applyFill="1" applyAlignment="1"><alignment {inside}/></xf>'))

    def _tinted(self, base: int, colour: str) -> int:
        """Return the style that is `base` but for its fill."""
        if (base, colour) not in self._cloned:
            fill = self._cloned.setdefault((-1, colour), -1)
            if fill < 0:
                fill = self._cloned[-1, colour] = self._fill(colour)
            known = self._style_list("cellXfs").findall(self._tag("xf"))
            one = deepcopy(known[base]) if base < len(known) else deepcopy(known[0])
            one.set("fillId", str(fill))
            one.set("applyFill", "1")
            self._cloned[base, colour] = self._append("cellXfs", one)
        return self._cloned[base, colour]

    # --- marks ---

    def mark(self, name: str, marks: Mapping[tuple[int, int], Mark]) -> None:
        """Mark cells (row from 1, column from 0) of one sheet; a cell inside a merged range is its first cell."""
        part = self.sheets[name]
        root = self._parse(self._bytes(part))
        moved: dict[tuple[int, int], Mark] = {}
        merged = self._merged(root)
        for at, mark in marks.items():
            to = merged.get(at, at)
            if to in moved:
                texts = [text for text in (moved[to].text, mark.text) if text]
                mark = Mark(moved[to].colour, "\n".join(dict.fromkeys(texts)))
            moved[to] = mark
        self._fill_cells(root, moved)
        said = {at: mark.text for at, mark in sorted(moved.items()) if mark.text}
        if said:
            self._comment(part, root, said)
        self._new[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)

    # --- marks of an earlier time ---

    def unmark(self, name: str, colours: frozenset[str], ours: Callable[[str], bool]) -> None:
        """Take away what an earlier copy marked on a sheet: fills of these colours, comments of ours, and in others' comments the lines that `ours` knows.

        A cell that had a colour of its own before it was marked has none now: which one it was is not known any more.
        """
        part = self.sheets[name]
        root = self._parse(self._bytes(part))
        plain_of = self._unfilled(colours)
        for cell in root.iter(self._tag("c")):
            if cell.get("s") in plain_of:
                cell.set("s", plain_of[cell.get("s")])
        self._new[part] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        for comments in self._related(part, "/comments"):
            gone = self._uncomment(comments, ours)
            for drawing in self._related(part, "/vmlDrawing") if gone else ():
                self._new[drawing] = self._unboxed(self._bytes(drawing), gone)

    def _unfilled(self, colours: frozenset[str]) -> dict[str, str]:
        """Return, for each style with a fill of these colours, the style that is the same without a fill."""
        tinted = set()
        for at, fill in enumerate(self._style_list("fills")):
            front = fill.find(f"{self._tag('patternFill')}/{self._tag('fgColor')}")
            if front is not None and front.get("rgb", "")[-6:].upper() in colours:
                tinted.add(str(at))
        found = {}
        known = self._style_list("cellXfs").findall(self._tag("xf"))
        for at, one in enumerate(known):
            if one.get("fillId") in tinted:
                bare = deepcopy(one)
                bare.set("fillId", "0")
                same = next((n for n, other in enumerate(known) if etree.tostring(other) == etree.tostring(bare)), None)
                found[str(at)] = str(self._append("cellXfs", bare) if same is None else same)
        return found

    def _uncomment(self, comments: str, ours: Callable[[str], bool]) -> set[tuple[int, int]]:
        """Take our comments and our lines in others' away; returns the cells (row from 1, column from 0) that have no comment any more."""
        notes, gone = self._edit(comments), set()
        authors = [one.text for one in notes.find(self._tag("authors"))]
        listed = notes.find(self._tag("commentList"))
        for one in list(listed):
            at = _CELL.fullmatch(one.get("ref", ""))
            if authors[int(one.get("authorId") or 0)] != AUTHOR:
                said = "".join(one.itertext(self._tag("t")))
                if not any(map(ours, said.split("\n"))):
                    continue
                pieces = list(one.iter(self._tag("t")))  # a program may have cut a line into several
                for words in pieces:
                    words.text = ""
                pieces[0].text = "\n".join(line for line in said.split("\n") if not ours(line)).strip("\n")
                if pieces[0].text.strip():
                    continue
            listed.remove(one)
            if at:
                gone.add((int(at[2]), column_of(at[1]) or 0))
        return gone

    def _unboxed(self, vml: bytes, gone: set[tuple[int, int]]) -> bytes:
        """Return a drawing without the boxes of the comments that are gone."""
        return _BOXES.sub(lambda box: b"" if self._box_place(box[0]) in gone else box[0], vml)

    @staticmethod
    def _box_place(box: bytes) -> tuple[int, int] | None:
        """Return the cell a comment's box belongs to; None for another shape."""
        said = {word: int(number) for word, number in _BOX_PLACE.findall(box)}
        return (said[b"Row"] + 1, said[b"Column"]) if len(said) == 2 and b"Note" in box else None

    def _merged(self, root: Any) -> dict[tuple[int, int], tuple[int, int]]:
        first: dict[tuple[int, int], tuple[int, int]] = {}
        for one in root.iter(self._tag("mergeCell")):
            ends = [(int(found[2]), column_of(found[1]) or 0) for found in _CELL.finditer(one.get("ref", ""))]
            if len(ends) == 2 and (ends[1][0] - ends[0][0] + 1) * (ends[1][1] - ends[0][1] + 1) <= 100_000:
                first |= {(row, column): ends[0] for row in range(ends[0][0], ends[1][0] + 1)
                          for column in range(ends[0][1], ends[1][1] + 1)}
        return first

    def _fill_cells(self, root: Any, marks: Mapping[tuple[int, int], Mark]) -> None:
        data = root.find(self._tag("sheetData"))
        if data is None:
            return
        by_row: dict[int, dict[int, Mark]] = {}
        for (row, column), mark in marks.items():
            by_row.setdefault(row, {})[column] = mark
        waiting = sorted(by_row)
        number = 0
        for line in list(data):
            number = int(line.get("r") or number + 1)
            while waiting and waiting[0] < number:
                new = etree.Element(self._tag("row"), {"r": str(waiting[0])})
                line.addprevious(new)
                self._fill_row(root, new, waiting[0], by_row[waiting.pop(0)])
            if waiting and waiting[0] == number:
                self._fill_row(root, line, number, by_row[waiting.pop(0)])
        for number in waiting:
            self._fill_row(root, etree.SubElement(data, self._tag("row"), {"r": str(number)}), number, by_row[number])

    def _fill_row(self, root: Any, line: Any, row: int, marks: Mapping[int, Mark]) -> None:
        at, column = {}, -1
        for cell in line.findall(self._tag("c")):
            column = _place(cell, row, column)
            at[column] = cell
        for column in sorted(marks):
            cell = at.get(column)
            if cell is None:
                base = line.get("s") if line.get("customFormat") in ("1", "true") else self._column_style(root, column)
                cell = etree.Element(self._tag("c"), {"r": cell_of(row, column), "s": base or "0"})
                after = min((each for each in at if each > column), default=None)
                if after is not None:
                    at[after].addprevious(cell)
                elif at:
                    at[max(at)].addnext(cell)
                else:
                    line.insert(0, cell)
                for neighbour, known in at.items():  # a place that went unsaid may not shift
                    known.set("r", cell_of(row, neighbour))
                line.attrib.pop("spans", None)
                at[column] = cell
            cell.set("s", str(self._tinted(int(cell.get("s") or 0), marks[column].colour)))

    def _column_style(self, root: Any, column: int) -> str | None:
        for one in root.iter(self._tag("col")):
            if int(one.get("min", 0)) <= column + 1 <= int(one.get("max", 0)):
                return str(one.get("style", "0"))
        return None

    def _comment(self, part: str, root: Any, said: Mapping[tuple[int, int], str]) -> None:
        """Give cells comments. A cell that has one keeps it and gets the text below."""
        comments = self._related(part, "/comments")
        if comments:
            notes = self._edit(comments[0])
        else:
            name, _ = self._add(part, "xl/comments{}.xml", b"", f"{_KIND}.spreadsheetml.comments+xml")
            del self._new[name]
            self._changed.add(name)
            notes = self._trees[name] = etree.fromstring(
                f'<comments xmlns="{self._space}"><authors/><commentList/></comments>')
        authors, listed = notes.find(self._tag("authors")), notes.find(self._tag("commentList"))
        known = [one.text for one in authors]
        if AUTHOR not in known:
            etree.SubElement(authors, self._tag("author")).text = AUTHOR
            known.append(AUTHOR)
        there = {one.get("ref"): one for one in listed}
        fresh: dict[tuple[int, int], str] = {}
        for at, text in said.items():
            one = there.get(cell_of(*at))
            before = ""
            if one is None:
                one = etree.SubElement(listed, self._tag("comment"),
                                       {"ref": cell_of(*at), "authorId": str(known.index(AUTHOR))})
                etree.SubElement(one, self._tag("text"))
                fresh[at] = text
            else:
                if text in "".join(one.itertext()):
                    continue
                before = "\n"
            run = etree.SubElement(one.find(self._tag("text")), self._tag("r"))
            words = etree.SubElement(run, self._tag("t"), {"{http://www.w3.org/XML/1998/namespace}space": "preserve"})
            words.text = before + plain(text)
        if fresh:
            self._shapes(part, root, fresh)

    def _shapes(self, part: str, root: Any, fresh: Mapping[tuple[int, int], str]) -> None:
        """Draw the boxes the comments are shown in: without them a spreadsheet program shows no comment."""
        legacy = root.find(self._tag("legacyDrawing"))
        key = f"{{{self._office}}}id"
        targets = self._targets(part)
        drawing = targets.get(legacy.get(key, ""), ("", ""))[1] if legacy is not None else ""
        if drawing not in self._old:
            blocks = len(fresh) // 1024 + 1
            numbers = ",".join(str(self._blocks + n + 1) for n in range(blocks))
            drawing, id_ = self._add(part, "xl/drawings/vmlDrawing{}.vml", _VML.format(blocks=numbers).encode(),
                                     f"{_KIND}.vmlDrawing")
            first = 1024 * (self._blocks + 1) + 1
            self._blocks += blocks
            if legacy is None:
                legacy = etree.Element(self._tag("legacyDrawing"))
                later = next((one for one in root if isinstance(one.tag, str)
                              and etree.QName(one).localname in _AFTER_COMMENTS), None)
                if later is None:
                    root.append(legacy)
                else:
                    later.addprevious(legacy)
            legacy.set(key, id_)
        else:
            used = re.findall(rb"_x0000_s(\d+)", self._bytes(drawing))
            first = max(map(int, used), default=1024) + 1
        vml = self._bytes(drawing)
        pieces = [] if b'"_x0000_t202"' in vml or b"'_x0000_t202'" in vml else [_SHAPE_TYPE]
        widths = self._widths(root)
        for count, ((row, column), text) in enumerate(sorted(fresh.items())):
            pieces.append(_SHAPE.format(id=first + count, z=count + 1, anchor=self._anchor(row, column, text, widths),
                                        row=row - 1, column=column))
        end = vml.rfind(b"</xml>")  # old drawings are not always well-formed, so they are not parsed
        self._new[drawing] = vml[:end] + "".join(pieces).encode() + vml[end:]

    def _widths(self, root: Any) -> dict[int, int]:
        """Return the width in pixels of the columns that say it."""
        widths: dict[int, int] = {}
        for one in root.iter(self._tag("col")):
            if one.get("width"):
                pixels = 0 if one.get("hidden") in ("1", "true") else int(float(one.get("width")) * 7 + 5)
                first, last = int(one.get("min", 1)), int(one.get("max", 1))
                widths |= dict.fromkeys(range(first - 1, min(last, first + 2000)), pixels)
        return widths

    @staticmethod
    def _anchor(row: int, column: int, text: str, widths: Mapping[int, int]) -> str:
        lines = sum(1 + 12 * len(line) // (_BOX - 20) for line in text.split("\n"))
        left = min(column + 1, _LAST_COLUMN)
        right, over = left, _BOX
        while right < _LAST_COLUMN and over > widths.get(right, 64):
            over -= widths.get(right, 64)
            right += 1
        top = max(row - 2, 0)
        deep = 17 * min(lines, 24) + 10
        return f"{left}, 12, {top}, 4, {right}, {over}, {top + deep // 20}, {deep % 20 + 4}"

    # --- a sheet in front ---

    def replace_first(self, name: str, xml: bytes) -> None:
        """Put a sheet in the place of the one of this name, and before all others."""
        part, book = self.sheets[name], self._edit(self._book)
        sheets = book.find(self._tag("sheets"))
        was = next(at for at, one in enumerate(sheets) if one.get("name") == name)
        self._new[part] = xml
        if self._relations_of(part) in self._old:  # what the old one showed beside its cells
            relations = self._edit(self._relations_of(part))
            for one in list(relations):
                relations.remove(one)
        for one in list(book.iter(self._tag("definedName"))):
            at = int(one.get("localSheetId", -1))
            if at == was:
                one.getparent().remove(one)
            elif 0 <= at < was:
                one.set("localSheetId", str(at + 1))
        sheets.insert(0, sheets[was])
        self._show_first(part)

    def put_first(self, name: str, xml: bytes) -> None:
        """Put a sheet before all others and show it when the workbook is opened."""
        _, id_ = self._add(self._book, "xl/worksheets/sheet{}.xml", xml, f"{_KIND}.spreadsheetml.worksheet+xml")
        book = self._edit(self._book)
        sheets = book.find(self._tag("sheets"))
        number = max((int(one.get("sheetId") or 0) for one in sheets), default=0) + 1
        sheets.insert(0, etree.Element(self._tag("sheet"), {
            "name": name, "sheetId": str(number), f"{{{self._office}}}id": id_}))
        for one in book.iter(self._tag("definedName")):
            if one.get("localSheetId") is not None:
                one.set("localSheetId", str(int(one.get("localSheetId")) + 1))
        self._show_first()

    def _show_first(self, but: str = "") -> None:
        for part in self.sheets.values():  # two selected sheets would be written in at once
            data = self._bytes(part)
            head = data[:max(0, data.find(b"sheetData"))]
            if part != but and _SELECTED.search(head):
                self._new[part] = _SELECTED.sub(b"", head) + data[len(head):]
        for one in self._edit(self._book).iter(self._tag("workbookView")):
            one.set("activeTab", "0")
            one.attrib.pop("firstSheet", None)

    def sheet(self, widths: Sequence[float], lines: Sequence[Sequence[tuple[str, int]]], heights: Sequence[float],
              links: Mapping[tuple[int, int], str]) -> bytes:
        """Return a sheet of text cells (text, style) with a frozen first row; links: (row, column) -> place."""
        out = [f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="{self._space}">'
               '<sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews><sheetView tabSelected="1" workbookViewId="0">'
               '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
               '<selection pane="bottomLeft" activeCell="A2" sqref="A2"/></sheetView></sheetViews>'
               '<sheetFormatPr defaultRowHeight="15"/><cols>']
        out += [f'<col min="{at}" max="{at}" width="{width}" customWidth="1"/>' for at, width in enumerate(widths, start=1)]
        out.append("</cols><sheetData>")
        for row, (cells, height) in enumerate(zip(lines, heights, strict=True), start=1):
            out.append(f'<row r="{row}" ht="{height}" customHeight="1">')
            out += [f'<c r="{cell_of(row, at)}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(plain(text))}</t></is></c>'
                    if text else f'<c r="{cell_of(row, at)}" s="{style}"/>' for at, (text, style) in enumerate(cells)]
            out.append("</row>")
        out.append("</sheetData>")
        if links:
            quoted = {'"': "&quot;"}
            out.append("<hyperlinks>" + "".join(
                f'<hyperlink ref="{cell_of(*at)}" location="{escape(plain(to), quoted)}"/>' for at, to in links.items()
            ) + "</hyperlinks>")
        out.append('<pageMargins left="0.4" right="0.4" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
                   '<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>')
        return "".join(out).encode()
