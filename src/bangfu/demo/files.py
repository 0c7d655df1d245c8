"""A town's two registers as files of the kind people have, with the truth beside them.

Promises: the same seed gives the same files; the booklet register is written with each village's habits (which change
the form of a value and never what it says), the export as its profile writes it; numbers of rows in truth_people.csv
are those of the margin. What a value is before habits stands in town.py, what should be found in truth.py.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from .faults import plant
from .habits import Write, habits_of
from .planter import Planter
from .town import SIDES, WORKING, Town, make_town
from .truth import expected

NAMES = {"handbook": "手册登记", "system": "系统导出"}
Cells = list[str | None]
PEOPLE_COLUMNS = ("person", "household", "village", "booklet_sheet", "booklet_row", "export_sheet", "export_row", "extra")


def _rows(town: Town, side: str) -> list[tuple[int, dict[str, str | None]]]:
    """Return the persons of a file in its order, each with what differs in that row; copies stand at the village's end."""
    listed: list[tuple[int, dict[str, str | None]]] = [(person, {}) for person in range(town.persons) if person not in town.dropped[side]]
    rows = [*listed, *town.extra[side]]
    place = town.said[side]["village"]
    order = {village: at for at, village in enumerate(dict.fromkeys(town.true["village"]))}
    if side == "system":
        return sorted(rows, key=lambda row: order.get(place[row[0]], 0))
    return sorted(rows, key=lambda row: (order.get(place[row[0]], 0), town.true["villager_group"][row[0]]))


def _cells(town: Town, side: str, person: int, changed: dict[str, str | None], habits: Mapping[str, Write]) -> Cells:
    said = town.said[side]
    cells: Cells = []
    for name in town.fields[side]:
        value: str | None
        if name in changed:
            value = changed[name]
        elif name == "can_work":
            capacity = said["work_capacity"][person]
            value = None if capacity is None else "有" if capacity in WORKING else "无"
        else:
            value = said[name][person] if name in said else None
        if name == "subsistence_allowance" and side == "handbook" and town.fields["handbook"] is not town.fields["system"]:
            value = {"农村低保": "是", "未享受": "否"}.get(value or "", value)
        if name == "safe_water" and "饮水" in town.headers[side]:
            value = {"是": "有", "否": "无"}.get(value or "", value)
        if value and name in habits:
            value = habits[name](value)
        cells.append(value)
    return cells


def write_town(out: Path, *, size: str | None = "demo", persons: int | None = None, seed: int = 1, profile: str = "G1",
               errors: float = 0.03, kind: str = "xlsx", hard: bool = False, left_out: Mapping[str, float] | None = None,
               dialects: bool = False) -> dict[str, Path]:
    """Write handbook, system, truth and truth_people into `out`; returns their paths.

    kind      xlsx, csv or parquet; booklets in Parquet are written as the export is, unless `dialects`
    left_out  as faults.plant has it
    dialects  every village's booklets write (nearly) every column their own way, some words in no list
    """
    town = make_town(size=size, persons=persons, seed=seed, profile=profile, whole=kind == "parquet")
    planter = plant(town, share=errors, seed=seed, hard=hard, left_out=left_out)
    return write_planted(out, planter, seed=seed, kind=kind, dialects=dialects)


def write_planted(out: Path, planter: Planter, *, seed: int, kind: str = "xlsx", dialects: bool = False) -> dict[str, Path]:
    """Write a town whose faults are planted, as write_town does."""
    town = planter.town
    out.mkdir(parents=True, exist_ok=True)
    stamp = f"{town.as_of:%Y%m%d}"
    paths = {side: out / f"{NAMES[side]}_{stamp}.{kind}" for side in SIDES}
    places: dict[str, dict[int, list[tuple[str, int]]]] = {}
    for side in SIDES:
        rows = _rows(town, side)
        writes = "plain" if side == "system" else "dialect" if dialects else "plain" if kind == "parquet" else "usual"
        habits = {village: habits_of(village, seed, writes) for village in dict.fromkeys(town.true["village"])}
        lines = [_cells(town, side, person, changed, habits[town.true["village"][person]]) for person, changed in rows]
        where = {"xlsx": _write_book, "csv": _write_csv, "parquet": _write_parquet}[kind](town, side, rows, lines, paths[side])
        at: dict[int, list[tuple[str, int]]] = {}
        for (person, _), place in zip(rows, where, strict=True):
            at.setdefault(person, []).append(place)
        places[side] = at
    return paths | _write_truth(out, planter, places)


Rows = Sequence[tuple[int, dict[str, str | None]]]


def _write_book(town: Town, side: str, rows: Rows, lines: list[Cells], path: Path) -> list[tuple[str, int]]:
    """The booklet register has a sheet per village with title, sum and signature; the export is one plain sheet."""
    where: list[tuple[str, int]] = []
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        book.set_properties({"created": town.as_of_time()})
        text, head = book.add_format({"num_format": "@"}), book.add_format({"bold": True, "text_wrap": True, "valign": "vcenter", "border": 1})
        title = book.add_format({"bold": True, "font_size": 16})
        headers = town.headers[side]
        sheet = book.add_worksheet("Sheet1") if side == "system" else None
        village, at, first = "", 0, 0

        def close() -> None:
            if sheet is not None and side == "handbook":
                sheet.write_row(at, 0, ["合计", *[""] * 4, f"{at - first}人"], text)
                sheet.write_string(at + 1, 0, "填表人：演示　　审核人：演示")

        for (person, _), cells in zip(rows, lines, strict=True):
            name = town.said[side]["village"][person] if side == "handbook" else "Sheet1"
            if sheet is None or name != village:
                close()
                sheet = book.add_worksheet(name) if side == "handbook" else sheet
                assert sheet is not None
                village, at = name, 0
                sheet.set_column(0, len(headers) - 1, 12)
                if side == "handbook":
                    sheet.write_string(0, 0, f"大业镇{name}《帮扶手册》登记表（演示数据，人员均为虚构）", title)
                    sheet.write_string(1, 0, "单位：元")
                    at = 2
                sheet.write_row(at, 0, headers, head)
                sheet.freeze_panes(at + 1, 0)
                at = first = at + 1
            for column, cell in enumerate(cells):
                if cell is not None:
                    sheet.write_string(at, column, cell, text)
            at += 1
            where.append((name, at))
        close()
    return where


def _write_csv(town: Town, side: str, rows: Rows, lines: list[Cells], path: Path) -> list[tuple[str, int]]:
    """Both files in GBK as older office programs save them; a character GBK lacks makes the file GB18030."""
    with path.open("w", encoding="gb18030", newline="") as file:
        out = csv.writer(file)
        out.writerow(town.headers[side])
        out.writerows([cell or "" for cell in cells] for cells in lines)
    return [("", at) for at in range(2, len(lines) + 2)]


def _write_parquet(town: Town, side: str, rows: Rows, lines: list[Cells], path: Path) -> list[tuple[str, int]]:
    columns = list(zip(*lines, strict=True)) if lines else [()] * len(town.fields[side])
    pq.write_table(pa.table([pa.array(column, pa.string()) for column in columns], names=town.fields[side]), path, row_group_size=122_880)  # as DuckDB writes them
    return [("", at) for at in range(2, len(lines) + 2)]


def _write_truth(out: Path, planter: Planter, places: dict[str, dict[int, list[tuple[str, int]]]]) -> dict[str, Path]:
    town = planter.town
    truth, people = out / "truth.csv", out / "truth_people.csv"
    with truth.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(["fault_id", "finding", "kind", "field", "village", "household", "person", "true_value", "booklet_value", "export_value",
                        "wrong", "decidable", "verdict", "expected_finding", "note"])
        for at, row in enumerate(expected(planter), start=1):
            table.writerow([f"F{at:05d}", row.kind, row.fault, row.field, row.village, row.household, row.person, row.true_value, row.booklet_value,
                            row.export_value, row.wrong, "yes" if row.decidable else "no", row.verdict, "yes", row.note])
    nowhere = ("", "")
    with people.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(PEOPLE_COLUMNS)
        for person in range(town.persons):
            found = {side: places[side].get(person, []) for side in SIDES}
            for at in range(max(1, *(len(found[side]) for side in SIDES))):
                spots = [found[side][at] if at < len(found[side]) else nowhere for side in SIDES]
                table.writerow([town.true["person_code"][person], town.true["household_code"][person], town.true["village"][person],
                                *spots[0], *spots[1], "yes" if at else ""])
    return {"truth": truth, "truth_people": people}
