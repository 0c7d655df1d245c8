"""Lists as workbooks: whose, what for, masked as on the pages, text that stays text, and nothing different when they are taken in again."""

import hashlib
import re
from datetime import UTC, date, datetime
from io import BytesIO
from urllib.parse import unquote

import openpyxl
import pytest
from django.urls import get_resolver, reverse

from bangfu.base.models import TrailEntry
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.workbook import read_extract
from bangfu.registry import export, queries, shown, values
from bangfu.registry.models import Area, Household, Member, Person, Status
from bangfu.registry.sheet import AMOUNT, About, Column, write
from bangfu.registry.shown import age_on, is_masked
from bangfu.registry.values import RULEBOOK, put, value_of
from tests.rooms.registry import test_crawl
from tests.rooms.test_addresses import served

marked = test_crawl.marked
INSIDE, OUTSIDE, DAY = "450481108202", "450481108203", date(2017, 9, 20)
MASKED = re.compile(r"已遮|\d{4}…[\dX]{2}|\d{3}\*{4}\d{4}|.\*+.?|\*+")  # by this whoever takes a list in knows a value that is none


def exported(client, kind="members", village=INSIDE, query="", purpose="visit"):
    return client.post(reverse("registry:export", args=[village]) + query, {"kind": kind, "purpose": purpose})


def workbook(answer):
    assert answer.status_code == 200, answer.content.decode()
    return openpyxl.load_workbook(BytesIO(answer.getvalue())).active


def table(answer):
    """Return {header: value} by row of the list."""
    _title, _note, head, *rows = workbook(answer).iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in rows]


EXPORTS = ["registry:export", "registry:export_villages"]
FOR_ONE_PURPOSE = {"chain:pairing_export"}  # what for lies in what it is; its own room tests what stands on it


def test_these_are_all_the_exports_there_are():
    assert {name for name in served(get_resolver()) if "export" in name} == {*EXPORTS, *FOR_ONE_PURPOSE}


@pytest.mark.parametrize("name", EXPORTS)
def test_without_a_purpose_nothing_is_exported(signed_in, name):
    client, before = signed_in("qin"), TrailEntry.objects.count()
    answer = client.post(reverse(name, args=[INSIDE] if name == "registry:export" else []), {"kind": "households"})
    assert answer.status_code == 422 and "请选导出做什么用" in answer.content.decode() and TrailEntry.objects.count() == before
    answer = client.post(reverse(name, args=[INSIDE] if name == "registry:export" else []), {"purpose": "nonsense"})
    assert answer.status_code == 422 and f"有 {2 if name == 'registry:export' else 1} 处要改" in answer.content.decode()


def test_another_village_is_answered_as_one_that_does_not_exist(signed_in):
    """Case 27."""
    client, before = signed_in("qin"), TrailEntry.objects.count()
    assert exported(client, village=OUTSIDE).status_code == exported(client, village="450481108999").status_code == 404
    assert TrailEntry.objects.count() == before
    codes = {row["户编号"] for row in table(exported(client))}
    assert codes == set(Household.objects.filter(village=INSIDE).values_list("code", flat=True))


def test_the_trail_tells_what_how_much_its_digest_and_what_for(signed_in):
    answer = exported(signed_in("qin"))
    body = answer.getvalue()
    rows = Member.objects.filter(ends_on=None, household__village=INSIDE).count()
    entry = TrailEntry.objects.order_by("-pk").first()
    assert (entry.who, entry.act, entry.about) == ("qin", "exported", INSIDE)
    assert re.fullmatch(rf"成员名单 {rows} 行 \d+ 列 {hashlib.sha256(body).hexdigest()[:16]}：入户走访", entry.result)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_file_is_named_in_chinese_kept_nowhere_and_says_who_when_and_what_for(signed_in, language):
    client = signed_in("qin")
    client.cookies["language"] = language
    answer = exported(client, "households", purpose="payout")
    name = re.fullmatch(r"attachment; filename\*=utf-8''(.+)", answer.headers["Content-Disposition"])[1]
    assert name.isascii() and unquote(name) == "思回村户名单_20171020.xlsx" and answer.headers["Cache-Control"] == "no-store"
    sheet = workbook(answer)
    assert (sheet["A1"].value, sheet.title) == ("思回村 户名单", "户名单")
    assert sheet["A2"].value == "覃桂英 2017年10月20日 09:00，用途：制作发放表。内部资料，用后交回，演示数据。金额以元计。"
    assert [cell.value for cell in sheet[3]][:3] == ["序号", "户编号", "户主"]
    assert sheet.oddFooter.left.text == "内部资料，用后交回，演示数据。覃桂英 2017年10月20日 09:00，用途：制作发放表" and "第 &P 页" in sheet.oddFooter.right.text


def test_the_sheet_keeps_its_head_in_sight_and_prints_on_a4_across(signed_in):
    client = signed_in("qin")
    for kind, fitted in (("households", True), ("members", False)):
        sheet = workbook(exported(client, kind))
        assert sheet.freeze_panes == "D4" and sheet.print_title_rows == "$3:$3"
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize, bool(sheet.sheet_properties.pageSetUpPr and sheet.sheet_properties.pageSetUpPr.fitToPage)) == ("landscape", 9, fitted)
    assert sheet.print_title_cols == "$A:$C"


def test_the_lists_filter_is_kept(signed_in, officers):
    client, area = signed_in("qin"), Area.objects.get(code=INSIDE)
    group = "第3组"
    pks = list(Household.objects.filter(village=INSIDE).order_by("code").values_list("pk", flat=True))
    Household.objects.filter(pk__in=pks[:4]).update(villager_group=group)
    Status.objects.filter(household__in=pks[3:6], kind="lifted").update(ended=True)
    for query, asked in ((f"?group={group}", {"group": group, "as_": ""}), ("?as=lifted", {"group": "", "as_": "lifted"}),
                         (f"?group={group}&as=lifted", {"group": group, "as_": "lifted"})):
        page = client.get(reverse("registry:village", args=[INSIDE]) + query).content.decode()
        link = re.search(r'href="(/households/village/\d+/export/[^"]*)"', page)[1].replace("&amp;", "&")
        form = client.get(link).content.decode()
        wanted = {one.code for one in queries.selected(officers["qin"], area, **asked)}
        assert 0 < len(wanted) < Household.objects.filter(village=INSIDE).count() and f"<b>{len(wanted)}</b> 户" in form
        answer = client.post(link, {"kind": "households", "purpose": "roll"})
        assert {row["户编号"] for row in table(answer)} == wanted
    assert workbook(client.post(link, {"kind": "households", "purpose": "roll"}))["A1"].value == f"思回村 户名单（{group}，脱贫户）"


def test_nothing_to_export_is_said(signed_in):
    answer = exported(signed_in("qin"), query="?group=nowhere")
    assert answer.status_code == 422 and "没有农户可以导出" in answer.content.decode()


@pytest.mark.parametrize("kind", ["households", "members"])
@pytest.mark.parametrize("username", ["liang", "qin"])
def test_no_list_holds_what_is_to_be_masked(signed_in, marked, kind, username):
    *_, marks = marked
    said = "\n".join(str(value) for row in table(exported(signed_in(username), kind)) for value in row.values())
    open_ = [one for one in (*marks, *test_crawl.secrets()) if one in said]
    assert not open_, [marks.get(one, "value") for one in open_]
    if kind == "members":
        assert "已遮" in said and "…" in said


@pytest.mark.parametrize("column", ["household_phone", "health_status", "address", "小 school_name", "certificate_no"])
def test_a_mask_taken_off_one_column_is_noticed(signed_in, marked, monkeypatch, column):
    *_, marks = marked
    name, real = column.split()[-1], shown.is_masked
    for module in (shown, export):
        monkeypatch.setattr(module, "is_masked", lambda asked, person, day: asked != name and real(asked, person, day))
    said = "\n".join(str(value) for row in table(exported(signed_in("qin"))) for value in row.values())
    assert any(one in said for one, (marked_, _whose) in marks.items() if marked_ == name)


def test_of_a_child_there_is_a_masked_name_relation_sex_and_age(signed_in, marked):
    household, _adult, child, _marks = marked
    name = shown.mask_child(child.person.name)
    row = next(row for row in table(exported(signed_in("qin"))) if row["户编号"] == household.code and row["姓名"] == name)
    own = {key: value for key, value in row.items() if value not in (None, "已遮") and not next(one for one in FIELDS.values() if one.label == key).of_household}
    assert own == {"序号": row["序号"], "姓名": name, "与户主关系": child.relation_to_head, "性别": child.person.sex, "年龄": age_on(child.person.birth_date, DAY)}


ODD = ["=1+1", "+86138…", "@村委", "-500", "=HYPERLINK(\"http://x\")", "0012", "123456789012345678", "http://example.org", "1e5", " 两边空 ", "TRUE", "2017-10-01"]


def test_text_stays_as_typed_and_numbers_are_numbers():
    """Case 41: what a workbook of ours holds."""
    about = About("x", "=A1", "@x", "a&b", "x", datetime(2017, 10, 20, tzinfo=UTC), 1)
    file = BytesIO()
    assert write(file, about, [Column("=文"), Column("金额", AMOUNT)], ((one, at - 500) for at, one in enumerate(ODD))) == len(ODD)
    sheet = openpyxl.load_workbook(file).active
    for at, one in enumerate(ODD, start=4):
        text, amount = sheet.cell(at, 1), sheet.cell(at, 2)
        assert (text.value, text.data_type, text.number_format) == (one, "s", "@")
        assert (amount.value, amount.data_type, amount.number_format) == (at - 504, "n", "#,##0.00")
    assert sheet["A1"].data_type == sheet["A2"].data_type == sheet["A3"].data_type == "s" and not sheet["A4"].hyperlink


@pytest.mark.parametrize("text", ["=1+1", "+86138…", "@村委", "-500"])
def test_text_that_looks_like_a_formula_stays_text_in_a_list(signed_in, text):
    household = Household.objects.filter(village=INSIDE).order_by("code").first()
    put(household, "villager_group", text)
    put(household, "net_income_per_head_fen", "-50000")
    put(household, "house_area_m2", text)
    household.save()
    sheet = workbook(exported(signed_in("qin")))
    at = {cell.value: cell.column for cell in sheet[3]}
    cell = {name: sheet.cell(4, at[name]) for name in ("户编号", "自然村/组", "人均纯收入", "住房面积", "人编号", "出生日期")}
    assert cell["户编号"].value == household.code and (cell["自然村/组"].value, cell["自然村/组"].data_type) == (text, "s")
    assert (cell["人均纯收入"].value, cell["人均纯收入"].data_type, cell["人均纯收入"].number_format) == (-500, "n", "#,##0.00")
    assert (cell["住房面积"].value, cell["住房面积"].data_type) == ((-500, "n") if text == "-500" else (text, "s"))
    for name in ("户编号", "自然村/组", "人编号", "出生日期"):
        assert cell[name].number_format == "@" and cell[name].data_type in "sn" and not isinstance(cell[name].value, int), name
        letter = cell[name].column_letter
        assert sheet.column_dimensions[letter].number_format == "@", name


def test_what_is_typed_below_the_list_stays_text_too(signed_in):
    sheet = workbook(exported(signed_in("qin")))
    at = {cell.value: cell.column_letter for cell in sheet[3]}
    assert sheet.column_dimensions[at["证件号码"]].number_format == sheet.column_dimensions[at["人编号"]].number_format == "@"


def test_a_member_list_taken_in_again_differs_in_nothing_that_is_not_masked(signed_in, tmp_path):
    household = Household.objects.filter(village=INSIDE).order_by("code").first()
    household.code = "00" + household.code[2:] if not household.code.startswith("00") else household.code
    household.save()
    person = household.members.filter(ends_on=None).first().person
    Person.objects.filter(pk=person.pk).update(code="001234567890123456")
    path = tmp_path / "成员名单.xlsx"
    path.write_bytes(exported(signed_in("qin")).getvalue())
    extract = read_extract(path, side="system", headers=load_headers(RULEBOOK))
    reader, present = values.reader(date(2017, 10, 20)), Member.objects.filter(ends_on=None, household__village=INSIDE).select_related("person", "household")
    by_place = [one for found in Household.objects.filter(village=INSIDE).order_by("code") for one in present if one.household_id == found.pk]
    lines = extract.table.to_pylist()
    assert len(lines) == len(by_place) and not extract.malformed and [one.why for one in extract.skipped] == ["title", "title"]
    assert {column.field for column in extract.columns} >= {"household_code", "person_code", "certificate_no", "net_income_per_head_fen", "age"}
    assert all(column.field for column in extract.columns)
    same = masked = 0
    for line, member in zip(lines, by_place, strict=True):
        for column in extract.columns:
            field, text = FIELDS[column.field], line[column.key]
            thing = member.household if field.of_household else member.person
            whose = None if field.of_household else member.person
            if field.name in ("row_number", "age", "village"):
                continue
            said = {"household_code": member.household.code, "person_code": member.person.code, "relation_to_head": member.relation_to_head}
            kept = said[field.name] if field.name in said else value_of(thing, field.name)
            if kept and (is_masked(field.name, whose, DAY) or (field.name == "name" and shown.is_child(whose, DAY))):
                assert MASKED.fullmatch(text), (field.name, text)
                masked += 1
            else:
                again = reader.read(text, field)
                assert (again.normal or "") == (kept or "") and again.problem is None, (field.name, text, kept)
                same += 1
    assert masked > 100 < same and lines[0]["household_code"].startswith("00") and "001234567890123456" in {line["person_code"] for line in lines}


def test_the_villages_are_exported_as_the_page_lists_them(signed_in):
    answer = signed_in("liang").post(reverse("registry:export_villages"), {"purpose": "report"})
    rows = table(answer)
    assert len(rows) == 15 and {"序号": 1, "片": "东片", "村": "大业社区"}.items() <= rows[0].items() and unquote(answer.headers["Content-Disposition"]).endswith(
        "大业镇各村户数人数_20171020.xlsx")
    assert sum(row["在册（户）"] for row in rows) == Household.objects.count()
    assert TrailEntry.objects.order_by("-pk").first().about == "450481108000"
    assert [row["村"] for row in table(signed_in("qin").post(reverse("registry:export_villages"), {"purpose": "report"}))] == ["思回村"]


def test_every_column_can_be_written_again_as_it_is_read():
    """-500 as money, a text where a number should be, more digits than a spreadsheet's number holds."""
    assert [str(export.number("net_income_fen", one)) for one in ("-50000", "739722", "很多")] == ["-500", "7397.22", "很多"]
    assert export.number("farmland_mu", "1234567890123456") == "1234567890123456" and export.number("farmland_mu", "NaN") == "NaN"
