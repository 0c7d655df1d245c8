"""Files as people have them, read as one register each.

Promises: nothing of the input is changed; a file that cannot be read is refused with every reason at once; whatever
is left out (titles, sums, blank rows, other sheets, account columns) is listed. Values stay the text they were:
values.py reads them. What a header means is in headers.py; bytes become grids in firstlook.py, xlsxfile.py, csvfile.py.
"""

import glob
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from . import csvfile, xlsxfile
from .dictionary import FIELDS
from .firstlook import Limits, fingerprint, kind_of
from .grid import SCIENTIFIC, Grid, letter
from .headers import ACCOUNT_FIELDS, Headers, Profile, Recognised, normalise_header
from .refusals import LIST_SHEET, Problem, Refusal, place, refuse
from .rowkinds import Skipped, above_header, skip_rows, sums_that_disagree

__all__ = ["Column", "Extract", "Limits", "Recognition", "Skipped", "Template", "read_extract", "recognise_file",
           "sheet_names", "surely_of_side", "template_key", "write_mapping_template"]

SEARCHED = 10  # rows in which the header is looked for
_NUMBER = re.compile(r"(?=(?:\D*\d){4})[\d*…Xx.,、/-]{6,}")  # a certificate, a code, a telephone, a day: no header says that
KEYS = ("person_code", "certificate_no", "disability_certificate_no", "citizen_id", "household_code", "head_name",
        "village", "villager_group")
SIDES = {"handbook": "手册登记", "system": "系统导出"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a file: the header as written, what it means, its letter, its name in the table."""

    header: str
    field: str | None
    letter: str
    key: str


@dataclass(frozen=True, slots=True)
class Template:
    """What somebody said of tables with one set of headers: header -> field ("" = unknown), and the sheets to read (none = by itself)."""

    mapping: Mapping[str, str]
    sheets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extract:
    """A file that was read. `table` has Column.key columns of text, `row` (margin number) and `sheet`; see read_extract."""

    path: Path
    side: str
    sha256: str
    profile: str | None
    columns: tuple[Column, ...]
    table: pa.Table | None
    parquet: tuple[Path, ...]
    parquet_names: Mapping[str, str]
    rows: int
    sheets: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    malformed: tuple[Problem, ...]
    account_headers: tuple[str, ...] = ()
    recognised: tuple["Recognition", ...] = ()


@dataclass(frozen=True)
class Recognition:
    """One sheet as `bangfu columns` shows it. `header_row` is the margin number; None: no header was found.

    `key` is that of a Template for its headers; `guessed`: the row is only likely to be the header, nothing in it is known.
    `notes`: the encoding of a text file, hidden rows and columns.
    """

    sheet: str
    header_row: int | None
    profile: str | None
    columns: tuple[Column, ...]
    suggestions: Mapping[str, str]
    rows: int
    key: str = ""
    guessed: bool = False
    was_read: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Head:
    """Where the header of a grid is and what it says. `last` is the margin number of its last line."""

    first: int
    last: int
    names: list[str]
    hits: int


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _is_list(grid: Grid) -> bool:
    """Whether a sheet is the list that an annotated copy begins with."""
    return grid.name.startswith(LIST_SHEET) and not grid.name[len(LIST_SHEET):].strip("0123456789")


def _find_head(grid: Grid, headers: Headers, mapped: frozenset[str]) -> _Head | None:
    """Return the header with most recognised names in the first ten rows; two lines only if that names more.

    A person's row is none, though 户主 and 健康 are names of columns, too.
    """

    def hits(names: Sequence[str]) -> int:
        return headers.hits(names) + len({normalise_header(name) for name in names} & mapped)

    best: _Head | None = None
    top = [[_squeeze(cell) for cell in row] for row in grid.top[:SEARCHED]]
    of_a_person = [any(map(_NUMBER.fullmatch, row)) for row in top]
    for at, names in enumerate(top, start=1):
        found = 0 if of_a_person[at - 1] else hits(names)
        if best is None or found > best.hits:
            best = _Head(at, at, names, found)
    for at in range(1, len(top)):
        if of_a_person[at - 1] or of_a_person[at]:
            continue
        names = _joined(grid, at, headers)
        found = hits(names)
        if best is None or found > best.hits or (found == best.hits and best.first == best.last == at and _stands_over(grid, at)):
            best = _Head(at, at + 1, names, found)
    return best if best is not None and best.hits >= 2 else None


def _likely_head(grid: Grid) -> _Head | None:
    """Return the row of the first ten with most different texts, none of them long or a number: headers of a people's own making."""
    rows = [[_squeeze(cell) for cell in row] for row in grid.top[:SEARCHED]]
    likely = [(len(set(row) - {""}), -at) for at, row in enumerate(rows, start=1)
              if all(len(cell) <= 30 and sum(map(str.isdigit, cell)) < 5 for cell in row)]
    most, at = max(likely, default=(0, 0))
    return _Head(-at, -at, rows[-at - 1], 0) if most >= 3 else None


def template_key(names: Sequence[str]) -> str:
    """Return what tables with these headers have in common, in whatever order they stand."""
    return hashlib.sha256("\n".join(sorted({normalise_header(name) for name in names} - {""})).encode()).hexdigest()[:32]


def _stands_over(grid: Grid, at: int) -> bool:
    """Whether row `at` + 1 holds the children of row `at`: words under every column of its groups, nothing under the others."""
    parents, children = grid.top[at - 1], [_squeeze(cell) for cell in grid.top[at]]
    grouped: set[int] = set()
    for top, left, bottom, right in grid.merged:
        if top == bottom == at and right > left:
            grouped.update(range(left, right + 1))
    if not grid.merged:
        blank = [place_ for place_ in range(1, len(children)) if children[place_] and not (parents[place_] if place_ < len(parents) else "").strip()]
        grouped.update(blank, (place_ - 1 for place_ in blank))
    return (len(grouped) >= 2 and not any(text for place_, text in enumerate(children) if place_ not in grouped)
            and all(place_ < len(children) and children[place_] and not any(map(str.isdigit, children[place_])) for place_ in grouped)
            and any(cell.strip() for place_, cell in enumerate(parents) if place_ not in grouped))


def _joined(grid: Grid, at: int, headers: Headers) -> list[str]:
    """Join rows `at` and `at` + 1 as parent and child. A parent covers its merged range, or the blanks beside it."""
    parents = [_squeeze(cell) for cell in grid.top[at - 1]]
    children = [_squeeze(cell) for cell in grid.top[at]]
    size = max(len(parents), len(children))
    parents += [""] * (size - len(parents))
    children += [""] * (size - len(children))
    ranges = [span for span in grid.merged if span[0] <= at <= span[2]]
    for _, left, _, right in ranges:
        if left < size:
            parents[left:right + 1] = [parents[left]] * len(parents[left:right + 1])
    if not grid.merged:
        for place_, child in enumerate(children):
            if place_ and child and not parents[place_]:
                parents[place_] = parents[place_ - 1]
    names: list[str] = []
    for parent, child in zip(parents, children, strict=True):
        if not child or not parent or child == parent:
            names.append(child or parent)
        elif headers.field_of(parent + child):
            names.append(parent + child)
        elif not headers.field_of(child) or child in names:  # a second column of this name is another's
            names.append(f"{parent}·{child}")
        else:
            names.append(child)
    return names


def _mapping(mapping: Mapping[str, str] | None, file: str) -> dict[str, str]:
    """Return the column mapping by normalised header; refuses a target that is no field."""
    chosen = {normalise_header(header): field for header, field in (mapping or {}).items()}
    wrong = [f"“{field}”" for field in chosen.values() if field and field not in FIELDS]
    if wrong:
        raise refuse("mapping", file, f"列对应表里的{'、'.join(wrong)}不是字段名。请按 bangfu columns 写出的样子改正。")
    return chosen


def _understand(names: Sequence[str], headers: Headers, filename: str, mapping: Mapping[str, str],
                letters: bool = True) -> tuple[Profile | None, list[Column], list[Recognised]]:
    """Return the profile and one Column a name. The first column of a field has it; a second one is kept as unknown."""
    profile = headers.profile(names, filename)
    known = headers.recognise(names, profile=profile)
    fields = [mapping.get(normalise_header(seen.header), seen.field) or None for seen in known]
    norms = [normalise_header(name) for name in names]
    present = set(norms)
    first: dict[str, int] = {}
    for at, field in enumerate(fields):
        twin = norms[at].endswith("0") and norms[at][:-1] in present
        if field is not None and (field not in first or (not twin and norms[first[field]].endswith("0")
                                                         and norms[first[field]][:-1] in present)):
            first[field] = at
    columns: list[Column] = []
    used: set[str] = {"row", "sheet"}
    for at, name in enumerate(names):
        field = fields[at]
        if field is not None and first[field] != at:
            field = None
        key = field or f"x_{norms[at]}"
        while key in used:
            key += "0"
        used.add(key)
        columns.append(Column(name, field, letter(at) if letters else "", key))
    return profile, columns, known


def read_extract(path: Path, *, side: str, headers: Headers, mapping: Mapping[str, str] | None = None, sheets: Sequence[str] | None = None,
                 templates: Mapping[str, Template] = MappingProxyType({}), limits: Limits = Limits()) -> Extract:
    """Read one side's file: .xlsx, .xls, .ods, .csv, or Parquet (a file, a folder, a pattern).

    side      "handbook" or "system"
    mapping   header -> field, a person's choice, over the rulebook's; "" leaves a column unknown
    sheets    names of the sheets to read; otherwise every visible one that is like the first recognised
    templates what was said before of tables with the same headers, by template_key; `mapping` and `sheets` win (not for Parquet)
    result    table: text columns by Column.key, `row` int64 (margin of the spreadsheet, the header included), `sheet`;
              for Parquet the table is None, nothing is loaded, and row = rows of earlier parts + row in part + 2

    Raises Refusal when nothing can be done; what is wrong with single cells is in `malformed`.
    """
    chosen = _mapping(mapping, path.name)
    parts = _parquet_parts(path, limits)
    if parts and sheets:
        raise refuse("sheet_missing", path.name, f"没有工作表“{sheets[0]}”，这种文件不分工作表。")
    extract = (_read_parquet(path, parts, side, headers, chosen) if parts
               else _read_sheets(path, side, headers, chosen, templates, sheets, limits))
    surely = surely_of_side(extract)
    if surely is not None and surely != side:
        raise refuse("wrong_side", path.name, f"这份文件看起来是{SIDES[surely]}，却放在了{SIDES[side]}的位置。"
                     "两份文件可能放反了，或者选了同一边的两份；请核对后重新选择。")
    return extract


def sheet_names(path: Path, limits: Limits = Limits()) -> list[str]:
    """Return the names of a workbook's sheets; none for other kinds of file and for what cannot be read."""
    try:
        kind = "" if path.is_dir() or not path.exists() else kind_of(path, limits)
        return xlsxfile.sheet_names(path, kind, limits) if kind in ("xlsx", "xls", "ods") else []
    except Refusal:
        return []


def _grids(path: Path, limits: Limits) -> list[Grid]:
    kind = kind_of(path, limits)
    if kind == "csv":
        return [csvfile.grid(path, limits)]
    return list(xlsxfile.grids(path, kind, limits))


def recognise_file(path: Path, headers: Headers, mapping: Mapping[str, str] | None = None, *, guess: bool = False,
                   limits: Limits = Limits()) -> list[Recognition]:
    """Return every sheet of a file with its recognised columns and suggestions for the unknown ones.

    guess   where no header is recognised, take the row that looks most like one
    """
    chosen = _mapping(mapping, path.name)
    found: list[Recognition] = []
    if parts := _parquet_parts(path, limits):
        schema = [str(name) for name in pq.read_schema(parts[0]).names]
        profile, columns, known = _understand(schema, headers, path.name, chosen, letters=False)
        rows = sum(pq.read_metadata(part).num_rows for part in parts)
        return [Recognition("", 1, profile.name if profile else None, tuple(columns), _suggestions(known), rows)]
    for grid in _grids(path, limits):
        if _is_list(grid):
            continue
        head = _find_head(grid, headers, frozenset(chosen)) or (_likely_head(grid) if guess else None)
        if head is None:
            found.append(Recognition(grid.name, None, None, (), {}, grid.rows))
        else:
            found.append(_recognition(grid, head, _understand(head.names, headers, path.name, chosen)))
    return found


def _recognition(grid: Grid, head: _Head, understood: tuple[Profile | None, list[Column], list[Recognised]], was_read: bool = False) -> Recognition:
    profile, columns, known = understood
    shown = tuple(column for column in columns if column.header)
    return Recognition(grid.name, head.first, profile.name if profile else None, shown, _suggestions(known), grid.rows - head.last,
                       template_key(head.names), not head.hits, was_read, tuple(_odd_form(grid, columns, range(len(columns)), head.last)))


def _suggestions(known: Sequence[Recognised]) -> dict[str, str]:
    return {seen.header: seen.suggestion for seen in known if seen.suggestion}


def write_mapping_template(recognised: Extract | Recognition, path: Path) -> None:
    """Write a TOML file `"header" = "field"`; unknown columns stand there with "" for a person to fill in."""
    suggestions = recognised.suggestions if isinstance(recognised, Recognition) else {}
    lines = ["# 列对应表：左边是表格里的列名，右边是字段名。右边空着的列不参加比对。"]
    for column in recognised.columns:
        if not column.letter and isinstance(recognised, Extract) and not recognised.parquet:
            continue
        hint = suggestions.get(column.header)
        remark = f"  # {FIELDS[column.field].label}" if column.field else (f"  # 是否应为“{hint}”？" if hint else "")
        lines.append(f"{json.dumps(column.header, ensure_ascii=False)} = {json.dumps(column.field or '')}{remark}")
    beside = path.with_name(path.name + ".part")
    beside.write_text("\n".join(lines) + "\n", encoding="utf-8")
    beside.replace(path)


def surely_of_side(extract: Extract) -> str | None:
    """Return the side a file is of beyond doubt by its columns, else None. Doubt is common: booklets are typed freely."""
    present = {normalise_header(header) for header in (*(column.header for column in extract.columns), *extract.account_headers)}
    of_booklet = present & {"家庭住址", "年居住时间", "户主签名", "就读学校", "健康状况或疾病类型", "身份证号码或残疾证号码",
                            "在校生情况"}
    of_system = present & {"人编号", "人联系电话", "家庭成员联系电话", "人员识别时间", "识别监测时间", "风险识别时间",
                           "风险是否已消除", "易返贫致贫户(监测对象)类型", "致贫/返贫风险1", "开户银行名称", "银行卡号", "脱贫标志"}
    if len(of_booklet) >= 2 and not of_system - {"人编号"}:  # a booklet may carry 人编号 in front
        return "handbook"
    if extract.profile in ("G1", "G1b", "G1c", "G2", "G3", "raw") and len(of_system) >= 3 and not of_booklet:
        return "system"
    return None


# --- Parquet: recognised, never loaded ---


def _parquet_parts(path: Path, limits: Limits) -> tuple[Path, ...]:
    """Return the Parquet files meant by a file, a folder or a pattern; empty when `path` is another kind of file."""
    if path.is_dir():
        parts = tuple(sorted(path.rglob("*.parquet")))
        if not parts:
            raise refuse("file_missing", path.name, "文件夹里没有 .parquet 文件。请指定一个表格文件。")
    elif not path.exists() and glob.has_magic(str(path)):
        parts = tuple(sorted(Path(found) for found in glob.glob(str(path), recursive=True)))
        if not parts:
            raise refuse("file_missing", path.name, "没有符合这个写法的文件。请检查文件名和所在文件夹。")
    else:
        return (path,) if kind_of(path, limits) == "parquet" else ()
    for part in parts:
        if kind_of(part, limits) != "parquet":
            raise refuse("not_a_table", part.name, "不是 Parquet 文件。一个文件夹里只能放同一份数据的各部分。")
    return parts


def _read_parquet(path: Path, parts: tuple[Path, ...], side: str, headers: Headers, mapping: Mapping[str, str]) -> Extract:
    rows = 0
    names: list[str] = []
    for part in parts:
        try:
            about = pq.ParquetFile(part)
        except (pa.ArrowInvalid, OSError) as error:
            raise refuse("truncated", part.name, "文件不完整或已损坏，打不开。请重新拷贝或重新导出。") from error
        rows += about.metadata.num_rows
        if names and names != about.schema_arrow.names:
            raise refuse("header_differs", part.name, f"列与《{parts[0].name}》不同。请检查是否混入了别的数据。")
        names = [str(name) for name in about.schema_arrow.names]
        about.close()
    if rows == 0:
        raise refuse("no_rows", path.name, "一行数据也没有。请重新导出。")
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        raise refuse("header_twice", path.name, f"有几列都叫“{twice[0]}”，分不清是哪一列。请改成不同的列名再核查。")
    profile, columns, known = _understand([_squeeze(name) for name in names], headers, path.name, mapping, letters=False)
    _require(columns, known, path.name, "")
    stored = {column.key: name for column, name in zip(columns, names, strict=True)}
    dropped = [column for column in columns if column.field in ACCOUNT_FIELDS]
    columns = [column for column in columns if column not in dropped]
    return Extract(path, side, fingerprint(parts), profile.name if profile else None, tuple(columns), None, parts,
                   {column.key: stored[column.key] for column in columns}, rows, (), (),
                   (_account_note(dropped),) if dropped else (), (), tuple(column.header for column in dropped))


# --- Sheets ---


def _read_sheets(path: Path, side: str, headers: Headers, mapping: Mapping[str, str], templates: Mapping[str, Template],
                 wanted: Sequence[str] | None, limits: Limits) -> Extract:
    file = path.name
    told = {key: _mapping(template.mapping, file) for key, template in templates.items()}
    mapped = frozenset(mapping).union(*told.values())
    grids = _grids(path, limits)
    if wanted is not None and (lost := [name for name in wanted if name not in {grid.name for grid in grids}]):
        there = "、".join(f"“{grid.name}”" for grid in grids if grid.name)
        raise refuse("sheet_missing", file, f"没有工作表{'、'.join(f'“{name}”' for name in lost)}，{f'只有{there}' if there else '这种文件不分工作表'}。")
    if not any(grid.rows for grid in grids):
        raise refuse("no_rows", file, "里面没有任何内容。请重新导出。")
    notes: list[str] = []
    if wanted is None and (lists := [grid for grid in grids if _is_list(grid)]) and len(lists) < len(grids):
        notes += [f"{place(file, grid.name)}是上次导入的问题清单，没有读取。" for grid in lists]
        grids = [grid for grid in grids if grid not in lists]
    heads = {grid.name: head for grid in grids
             if (wanted is None or grid.name in wanted) and (head := _find_head(grid, headers, mapped))}
    visible = [grid for grid in grids if not grid.hidden] if wanted is None else grids
    usable = [grid for grid in visible if grid.name in heads] or [grid for grid in grids if grid.name in heads]
    if not usable:
        raise refuse("header_missing", file, f"前 {SEARCHED} 行里没有找到表头（如“姓名”“证件号码”“户编号”所在的一行）。"
                     "请检查选的文件和工作表；列名与常见写法不同的，请先用列对应表指定。")
    main = max(usable, key=lambda grid: (heads[grid.name].hits, grid.rows))
    keys = {grid.name: template_key(heads[grid.name].names) for grid in usable}
    chosen = templates[keys[main.name]].sheets if wanted is None and keys[main.name] in templates else ()
    if chosen and set(chosen) <= heads.keys():  # next month's file may name them otherwise
        wanted, usable = chosen, usable + [grid for grid in grids if grid.name in chosen and grid not in usable]
        main = max((grid for grid in usable if grid.name in chosen), key=lambda grid: (heads[grid.name].hits, grid.rows))
        keys |= {grid.name: template_key(heads[grid.name].names) for grid in usable}
    understood = {grid.name: _understand(heads[grid.name].names, headers, file, {**told.get(keys[grid.name], {}), **mapping}) for grid in usable}
    profile, main_columns, known = understood[main.name]
    main_fields = {column.field for column in main_columns} - {None}
    read: list[Grid] = []
    for grid in grids:
        if wanted is not None and grid.name not in wanted:
            continue
        if grid not in usable:
            if grid.rows:
                why = "是隐藏的" if grid.hidden and grid.name in heads else "没有找到表头"
                notes.append(f"{place(file, grid.name)}{why}，没有读取。")
            continue
        fields = {column.field for column in understood[grid.name][1]} - {None}
        if wanted is None and len(fields & main_fields) < 0.6 * len(fields | main_fields):
            notes.append(f"{place(file, grid.name)}的列与“{main.name}”表不同，没有读取；需要时请指定工作表。")
        else:
            read.append(grid)
    by_sheet = len(read) > 1 or main.name.endswith(("村", "社区"))
    add_village = by_sheet and "village" not in main_fields
    if add_village:
        main_columns = [*main_columns, Column("工作表名", "village", "", "village")]
        notes.append("表中没有“行政村”列，已用工作表名作为村名。")
    _require(main_columns, known, file, main.name)

    skipped: list[Skipped] = []
    malformed: list[Problem] = []
    tables: list[pa.Table] = []
    columns = list(main_columns)
    for grid in read:
        head, own = heads[grid.name], understood[grid.name][1]
        arrays, rows = grid.body(head.last, len(head.names))
        arrays = _filled_down(arrays, rows, grid, head.last, own)
        keep = [at for at, column in enumerate(own)
                if column.field not in ACCOUNT_FIELDS and (column.header or arrays[at].null_count < len(arrays[at]))]
        own, arrays, at_of = [own[at] for at in keep], [arrays[at] for at in keep], keep
        own = [replace(column, header=column.header or f"（{column.letter} 列无列名）",
                       key=column.key if column.header else f"x_{column.letter}") for column in own]
        table = pa.table([*arrays, pa.array(rows), pa.array([grid.name] * len(rows), pa.string())],
                         names=[*(column.key for column in own), "row", "sheet"])
        title = {_squeeze("".join(row)) for row in grid.top[:head.first - 1]} - {""}
        skipped += above_header(grid.name, grid.top[:head.first - 1])
        people, left_out, sum_rows = skip_rows(table, grid.name, own_headers=[column.header for column in own], titles=title)
        skipped += left_out
        notes += sums_that_disagree(table, people, sum_rows, file, grid.name, {column.key: column for column in own})
        malformed += _bad_cells(grid, head.last, people, own, at_of, file)
        notes += _remarks(grid, own, at_of, head.last, people, file)
        tables.append(people)
        columns += [column for column in own if column.key not in {known_.key for known_ in columns}]
    kept_keys = {name for table in tables for name in table.column_names}
    dropped = [column for column in main_columns if column.field in ACCOUNT_FIELDS]
    columns = [column for column in columns if column.key in kept_keys or (add_village and column.key == "village")]
    if dropped:
        notes.append(_account_note(dropped))
    table = pa.concat_tables([_with_village(one, add_village) for one in tables], promote_options="default")
    columns, table = _two_valued_capacity(columns, table, notes)
    fields = {column.field for column in columns}
    doubled = [seen.header for seen, column in zip(known, understood[main.name][1], strict=True)
               if column.field is None and seen.field in fields - {None} and seen.field not in ACCOUNT_FIELDS]
    if doubled:
        notes.append(f"“{'”“'.join(doubled)}”与另一列同义，按另一列比对，两列都保留。")
    if table.num_rows == 0:
        raise refuse("no_rows", file, "找到了表头，但下面没有人员。请检查选的文件和工作表。", sheet=main.name)
    table = table.select([*(column.key for column in columns), "row", "sheet"])
    return Extract(path, side, fingerprint([path]), profile.name if profile else None, tuple(columns), table, (), {},
                   table.num_rows, tuple(grid.name for grid in read), tuple(skipped), tuple(notes), tuple(malformed),
                   tuple(column.header for column in dropped),
                   tuple(_recognition(grid, heads[grid.name], understood[grid.name], grid in read) for grid in grids if grid.name in understood))


def _require(columns: Sequence[Column], known: Sequence[Recognised], file: str, sheet: str) -> None:
    """Raise one Refusal that names every required column that is missing, with what might be it."""
    fields = {column.field for column in columns}
    hints = {seen.suggestion: seen.header for seen in known if seen.suggestion}
    problems: list[Problem] = []

    def missing(labels: Sequence[str], words: str) -> None:
        near = next((hints[label] for label in labels if label in hints), None)
        ask = f"是否就是“{near}”？" if near else ""
        problems.append(Problem("header_missing", f"{place(file, sheet)}：缺少{words}列；{ask}请在列对应表中指定，或补上这一列。",
                                file=file, sheet=sheet))

    if "name" not in fields:
        missing(["姓名"], "“姓名”")
    if not fields & set(KEYS):
        missing([FIELDS[key].label for key in KEYS], "能认出是谁的（“人编号”“证件号码”“户编号”“户主”“行政村”至少一个）")
    if problems:
        raise Refusal(problems)


def _account_note(dropped: Sequence[Column]) -> str:
    return f"账户列（{'、'.join(column.header for column in dropped)}）未启用，没有读取。"


def _with_village(table: pa.Table, add: bool) -> pa.Table:
    return table.append_column("village", table["sheet"]) if add and "village" not in table.column_names else table


def _filled_down(arrays: list[pa.Array], rows: npt.NDArray[np.int64], grid: Grid, above: int,
                 columns: Sequence[Column]) -> list[pa.Array]:
    """Give each row of a merged range the value of its top cell, in columns of the household only."""
    spans: dict[int, list[tuple[int, int]]] = {}
    for top, left, bottom, _right in grid.merged:
        if top > above and bottom > top and left < len(columns):
            field = columns[left].field
            if field is None or FIELDS[field].of_household:
                spans.setdefault(left, []).append((top, bottom))
    if not spans or len(rows) == 0:
        return arrays
    first = int(rows[0])  # a workbook's grid has every row, so row n stands at n - first
    filled = list(arrays)
    for at, ranges in spans.items():
        cells = arrays[at].to_pylist()
        for top, bottom in ranges:
            cells[top - first:bottom - first + 1] = [cells[top - first]] * len(cells[top - first:bottom - first + 1])
        filled[at] = pa.array(cells, pa.string())
    return filled


def _bad_cells(grid: Grid, above: int, people: pa.Table, columns: Sequence[Column], at_of: Sequence[int],
               file: str) -> list[Problem]:
    """Return the cells of people's rows that a spreadsheet spoiled, and the lines that could not be read."""
    column_at = dict(zip(at_of, columns, strict=True))
    rows = set(people["row"].to_pylist()) if grid.errors or grid.no_value or grid.foreign else set()
    problems: list[Problem] = []

    def cell(code: str, row: int, column: Column, words: str) -> None:
        where = place(file, grid.name, row, column.letter, column.header)
        problems.append(Problem(code, f"{where}：{words}", file, grid.name, row, column.letter, column.header))

    for row, at, what in grid.errors:
        if row in rows and at in column_at:
            cell("error_cell", row, column_at[at], f"是错误值 {what}。请在表格软件里改正后重新核查。")
    for row, at in grid.no_value:
        if row in rows and at in column_at:
            cell("formula_without_value", row, column_at[at], "是没有算出结果的公式。请用表格软件打开并保存一次，再重新核查。")
    for column in columns:
        spoiled = pc.fill_null(pc.match_substring_regex(people[column.key], SCIENTIFIC), False)
        for number in people["row"].filter(spoiled).to_pylist():
            cell("damaged_by_excel", number, column,
                 "号码已被表格软件改坏（科学计数，末尾几位已丢失）。请从系统重新导出，或将该列设为文本后重填。")
    for row in grid.foreign:
        if row in rows:
            problems.append(Problem("mixed_encoding", f"{place(file, grid.name, row)}：文字编码与其他行不同，已换一种编码读取。"
                                    "请核对这一行的文字。", file, grid.name, row))
    for row, why in grid.broken:
        if row > above:
            rest = "" if why.startswith("有无法") else "没有读取，其余各行照常读取。"
            problems.append(Problem("broken_line", f"{place(file, grid.name, row)}：{why}，{rest}请改正这一行后重新核查。",
                                    file, grid.name, row))
    return problems


def _remarks(grid: Grid, columns: Sequence[Column], at_of: Sequence[int], above: int, people: pa.Table, file: str) -> list[str]:
    where = place(file, grid.name)
    said = [f"《{file}》{note}" for note in grid.notes] + [f"{where}{note}" for note in _odd_form(grid, columns, at_of, above)]
    if cleaned := sum(grid.cleaned):
        said.append(f"{where}有 {cleaned} 格的文字前后带着看不见的空格、换行或撇号，已去掉后读取，原文件没有改动。")
    numbers = people["row"]
    for column in columns:
        cells = people[column.key]
        if column.field in ("household_code", "name") and 0 < cells.null_count < 0.5 * len(cells):
            said.append(f"{where}{_named(column)}有 {cells.null_count} 行是空的（{_rows(numbers.filter(pc.is_null(cells)).to_pylist())}），没有替它填写，请核对。")
        if column.field and FIELDS[column.field].type in ("date", "month"):
            serial = numbers.filter(pc.fill_null(pc.match_substring_regex(cells, r"^\d{5}(\.0)?$"), False)).to_pylist()
            if serial:
                said.append(f"{where}{_named(column)}有 {len(serial)} 格是表格软件的日期序号（{_rows(serial)}），已按日期读取。")
    return said


def _odd_form(grid: Grid, columns: Sequence[Column], at_of: Sequence[int], above: int) -> list[str]:
    """Say what of a sheet is read though nobody sees it, and in which encoding a text file is."""
    said = [f"按 {grid.encoding} 编码读取。"] if grid.encoding else []
    rows = [row for row in grid.hidden_rows if above < row <= grid.rows]
    if rows:
        said.append(f"有隐藏或筛选掉的 {len(rows)} 行（{_rows(rows)}），已照常读取。")
    unseen = set(grid.hidden_columns)
    if hidden := [column for at, column in zip(at_of, columns, strict=True) if at in unseen]:
        said.append(f"有隐藏的 {len(hidden)} 列，已照常读取：{'、'.join(map(_named, hidden))}。")
    return said


def _named(column: Column) -> str:
    return f"{column.letter} 列“{column.header}”" if column.letter else f"“{column.header}”"


def _rows(numbers: Sequence[int], most: int = 10) -> str:
    """Return 第 3—5、9 行 of ascending margin numbers; no more than `most` runs of them."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    shown = "、".join(f"{first}" if first == last else f"{first}—{last}" for first, last in runs[:most])
    return f"第 {shown} 行{'等' if len(runs) > most else ''}"


def _two_valued_capacity(columns: list[Column], table: pa.Table, notes: list[str]) -> tuple[list[Column], pa.Table]:
    """A column 劳动能力 that holds only 有 and 无 tells whether somebody can work, not which capacity it is."""
    fields = {column.field for column in columns}
    for at, column in enumerate(columns):
        if column.field == "work_capacity" and normalise_header(column.header) == "劳动能力" and "can_work" not in fields:
            values = set(pc.unique(table[column.key]).to_pylist()) - {None}
            if values and values <= {"有", "无", "是", "否"}:
                columns = [*columns[:at], replace(column, field="can_work", key="can_work"), *columns[at + 1:]]
                table = table.rename_columns(["can_work" if name == column.key else name for name in table.column_names])
                notes.append(f"{column.letter} 列“{column.header}”只有“有”“无”，按“有无劳动能力”读取。")
                break
    if any(column.field == "school_stage" and normalise_header(column.header) == "在校生情况" for column in columns):
        notes.append("“在校生情况”是学校加年级的文字，按“在校生状况”比对。")
    return columns, table
