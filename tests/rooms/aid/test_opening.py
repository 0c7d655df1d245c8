"""历史导入: three ledgers of past years, each of another shape and made by another program, come in and tie out; one amount changed and nothing is posted."""

import io
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from bangfu.aid import card, movements, opening, opening_file, queries, verify
from bangfu.aid.errors import NotNow
from bangfu.aid.models import Batch, Commodity, Entry, FundSource, LedgerTemplate, Line, Lot, OpeningImport, Programme, Receipt, SourceKind
from bangfu.base.codes import new_code
from bangfu.base.models import TrailEntry
from bangfu.registry import uploads
from bangfu.registry.models import Household, Member

from .conftest import TODAY
from .old_workbook import old_workbook

SAVED = Path(__file__).parents[2] / "files" / "ledgers"  # the same three opened and saved by LibreOffice, of the demo town
ONE, OTHER = "450481108202", "450481108203"


def heads(village):
    """Households of a village with the names of their heads, only those whose name nobody else is head by."""
    rows = list(Member.objects.filter(relation_to_head="户主", household__village__code__startswith="450481108").select_related("person", "household").order_by("household__code"))
    names = [one.person.name for one in rows]
    return [(one.household, one.person.name) for one in rows if names.count(one.person.name) == 1 and one.household.village_id == village and one.ends_on is None]


def sheet_of_one(amounts=(500, "１，０００.00", "800"), total=2300, words="贰仟叁佰元整"):
    """(a) One sheet: a title, a row a household, its sum in figures and in words."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Sheet1"
    sheet.append(["大业镇2016年春节慰问金发放表"])
    sheet.merge_cells("A1:F1")
    sheet.append(["序号", "村", "户主姓名", "发放日期", "慰问金（元）", "页码"])
    for at, ((home, name), day, amount) in enumerate(zip(heads(ONE), (date(2016, 2, 3), "2016.2.3", 42403), amounts, strict=False), start=1):
        sheet.append([at, home.village.name, name, day, amount, 3])
    sheet.append(["合 计", None, "3户", None, total])
    sheet.append([f"合计金额（大写）：{words}"])
    file = io.BytesIO()
    book.save(file)
    return "春节.xlsx", file.getvalue()


def sheet_a_village(first=0.05):
    """(b) A sheet for each village, a header of two lines that is merged, 万元; an old .xls."""
    sheets = []
    for village, festivals in ((ONE, (first, 0.1)), (OTHER, (0.08, 0.12))):
        rows = [["2016年慰问情况", "", "", ""], ["序号", "户主", "金额（万元）", ""], ["", "", "春节", "中秋"]]
        some = heads(village)[:2]
        rows += [[at, name, *festivals] for at, (_home, name) in enumerate(some, start=1)]
        rows.append(["", "合计", 0.1 if village == ONE else 0.16, 0.2 if village == ONE else 0.24])
        sheets.append((some[0][0].village.name, rows, [(0, 0, 0, 3), (1, 2, 0, 0), (1, 2, 1, 1), (1, 1, 2, 3)]))
    return "各村.xls", old_workbook(sheets)


def text_of_goods(chicks="50羽"):
    """(c) Goods in two columns, a text in GB18030."""
    (first, name), (second, other) = heads(ONE)[:2]
    lines = ["鸡苗和饲料发放登记", "户编号,户主,发放时间,鸡苗（羽）,饲料（斤）,备注", f"{first.code},{name},2016年5月,{chicks},12.5,", f"{second.code},{other},2016-5-20,\"1,000\",30,合计数见下", ",,,,,", "总计,,,1050,42.5,", "制表人：某某,,,,,"]
    return "鸡苗.csv", "\r\n".join(lines).encode("gb18030")


KINDS = {"sheet_of_one": sheet_of_one, "sheet_a_village": sheet_a_village, "text_of_goods": text_of_goods}
TAMPERED = {"sheet_of_one": {"amounts": (500, "１，０００.00", "900")}, "sheet_a_village": {"first": 0.06}, "text_of_goods": {"chicks": "60羽"}}
TIES_OUT = {  # entries by day, what each commodity comes to
    "sheet_of_one": ({("钱", "2,300 元")}, 3, {"fen": 230_000}), "sheet_a_village": ({("钱", "7,000 元")}, 8, {"fen": 700_000}), "text_of_goods": ({("鸡苗", "1,050 羽"), ("饲料", "21,250 克")}, 4, {"鸡苗": 1050, "饲料": 21_250})}  # fmt: skip


@pytest.fixture
def office(signed_in, town):
    """A function that uploads a file as liang and returns what came of it: the answer, and the import if it came in."""
    source = FundSource.objects.create(code=new_code(), town=town, name="以前的资金", kind=SourceKind.FISCAL)
    programme = Programme.objects.create(code=new_code(), town=town, name="以前的慰问", kind="sympathy_grant")

    def bring(name, data, **more):
        said = {"file": SimpleUploadedFile(name, data), "source": source.code, "programme": programme.code, "title": f"以前 {name}", "on": "2016-09-10", "box": "2016-民政-12"} | more
        before = set(OpeningImport.objects.values_list("pk", flat=True))
        answer = signed_in("liang").post(reverse("aid:new_opening"), said)
        return answer, OpeningImport.objects.exclude(pk__in=before).first()

    return bring


@pytest.fixture
def act(signed_in):
    def do(who, one, act, **said):
        return signed_in(who).post(reverse("aid:opening", args=[one.code]), {"act": act, **said})

    return do


@pytest.mark.parametrize("saved", [False, True], ids=["written", "saved_by_an_office_suite"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_ledger_of_past_years_ties_out(kind, saved, office, act, django_capture_on_commit_callbacks):
    totals, n, sums = TIES_OUT[kind]
    name, data = KINDS[kind]()
    answer, one = office(name, (SAVED / name).read_bytes() if saved else data)
    assert answer.status_code == 302
    plan = opening.plan(one)
    assert (plan.problems, plan.questions, plan.differences) == ([], [], [])
    assert set(plan.totals) == totals and len(plan.lines) == n and plan.sums
    assert act("liang", one, "submit").status_code == 302
    assert act("liang", one, "approve").status_code == 404 and not Entry.objects.exists()  # the office approves nothing
    with django_capture_on_commit_callbacks(execute=True):
        assert act("meng", one, "approve").status_code == 302
    one.refresh_from_db()
    assert one.state == "posted" and Line.objects.count() == Receipt.objects.filter(mode="archive").count() == n
    for key, total in sums.items():
        commodity = Commodity.objects.get(pk=key) if key == "fen" else Commodity.objects.get(name=key)
        assert sum(Line.objects.filter(commodity=commodity).values_list("quantity", flat=True)) == total
    first = min(plan.lines, key=lambda line: line.on).on
    assert {(entry.on, entry.kind) for entry in Entry.objects.filter(kind="opening")} == {(first.fromordinal(first.toordinal() - 1), "opening")}
    assert set(Entry.objects.filter(kind="history").values_list("on", flat=True)) == {line.on for line in plan.lines}
    assert Entry.objects.get(kind="signed").document_no == "2016-民政-12" and Entry.objects.get(kind="signed").on == TODAY
    assert all((fund.came, fund.left, fund.unsigned) == (fund.issued, 0, 0) for fund in queries.funds([one.source]))
    assert verify.broken()[1] is None and verify.recount() == []
    assert opening.ledger_starts(one.town) is None and Batch.objects.get().state == "closed"
    with pytest.raises(FileNotFoundError):
        uploads.content(one.code)


@pytest.mark.parametrize("kind", KINDS)
def test_one_amount_changed_says_why_not_and_posts_nothing(kind, office, act):
    answer, one = office(*KINDS[kind](**TAMPERED[kind]))
    plan = opening.plan(one)
    assert answer.status_code == 302 and plan.problems == [] and plan.differences
    refused = act("liang", one, "submit")
    text = refused.content.decode()
    assert refused.status_code == 422 and all(words in text for words in plan.differences) and "写明原因以前一行也不导入" in text
    assert act("meng", one, "approve").status_code == 422
    assert not Entry.objects.exists() and not Batch.objects.exists() and not Lot.objects.exists()
    one.refresh_from_db()
    assert one.state == "draft"
    assert act("liang", one, "explain", explanation=" ").status_code == 422
    assert act("liang", one, "explain", explanation="合计当时加错了，签收表是对的").status_code == 302
    assert act("liang", one, "submit").status_code == 302 and act("meng", one, "approve").status_code == 302
    one.refresh_from_db()
    assert one.explained["words"] == plan.differences and one.explained_by.username == "liang"  # it stays with the import
    assert verify.broken()[1] is None and verify.recount() == [] and Line.objects.exists()


def test_who_reads_in_another_language_approves_the_same(office, act, client):
    _answer, one = office(*sheet_of_one(**TAMPERED["sheet_of_one"]))
    assert act("liang", one, "explain", explanation="合计当时加错了").status_code == 302 and act("liang", one, "submit").status_code == 302
    client.post(reverse("base:language"), {"language": "en"})
    with translation.override("en"):
        assert act("meng", one, "approve").status_code == 302
    assert OpeningImport.objects.get().state == "posted"


def test_what_was_guessed_is_listed(office):
    guesses = "\n".join(opening.plan(office(*sheet_of_one())[1]).guesses)
    assert all(words in guesses for words in ("文字“１，０００.00”当作 1000.00", "文字“2016.2.3”当作 2016-02-03", "日期的序号 42403 当作 2016-02-03", "文字“800”当作 800"))
    goods = opening.plan(office(*text_of_goods())[1])
    listed = "\n".join(goods.guesses)
    assert all(words in listed for words in ("“2016年5月”没有写哪一天，当作 2016-05-01", "文字“50羽”当作 50", "“饲料(斤)”列的斤换成克"))
    assert goods.left_out == ["第 7 行：没有数量，不导入"]  # 制表人
    assert "4 行没有日期，当作 2016-09-10" in "\n".join(opening.plan(office(*sheet_a_village())[1]).guesses)


def test_the_same_file_comes_in_once(office, act):
    _answer, one = office(*sheet_of_one())
    assert office("改了名.xlsx", uploads.content(one.code))[0].status_code == 422 and OpeningImport.objects.count() == 1
    assert act("liang", one, "throw_away").status_code == 302
    data = sheet_of_one()
    again = office(*data)[1]
    assert again is not None and act("liang", again, "submit").status_code == 302 and act("meng", again, "approve").status_code == 302
    assert "已经交来过了" in office(*data)[0].content.decode()


def test_two_candidates_are_asked_about_and_none_is_a_problem(office, act, homes):
    (first, name), (second, _other) = heads(ONE)[:2]
    member = Member.objects.get(household=second, relation_to_head="户主", ends_on=None)
    member.person.name = name
    member.person.save()
    data = f"户主,金额（元）\n{name},500\n没有这人,300\n合计,800\n".encode()
    _answer, one = office("a.csv", data)
    plan = opening.plan(one)
    assert [value for value, _words in plan.questions[0].answers] == sorted([first.code, second.code]) and len(plan.problems) == 1 and "第 3 行：册上没有户主没有这人" in plan.problems[0]
    assert act("liang", one, "submit").status_code == 422
    _answer, one = office("b.csv", f"户主,金额（元）\n{name},500\n合计,500\n".encode())
    assert "还有 1 行分不出" in act("liang", one, "submit").content.decode()
    stranger = Household.objects.exclude(pk__in=(first.pk, second.pk)).first().code
    assert act("liang", one, "answer", **{"row !2": stranger}).status_code == 302 and opening.plan(OpeningImport.objects.get(pk=one.pk)).open  # no candidate
    assert act("liang", one, "answer", **{"row !2": second.code}).status_code == 302
    assert act("liang", one, "submit").status_code == 302 and act("meng", one, "approve").status_code == 302
    assert Line.objects.get().household == second


def test_a_unit_that_is_missing_or_mixed_waits_and_what_was_said_is_remembered(office, act, signed_in):
    (_first, name), (_second, other) = heads(ONE)[:2]
    _answer, one = office("a.csv", f"户主,慰问金\n{name},5\n{other},6\n合计,11\n".encode())
    assert any("没有写单位" in words for words in opening.plan(one).problems) and act("liang", one, "submit").status_code == 422
    address, client = reverse("aid:opening_columns", args=[one.code]), signed_in("liang")
    assert client.post(address, {"as_0": "head", "as_1": "amount", "goods_1": "慰问金", "unit_1": "元"}).status_code == 422
    assert client.post(address, {"as_0": "head", "as_1": "amount", "unit_1": "万元"}).status_code == 302
    assert opening.plan(one).totals == [("钱", "110,000 元")] and LedgerTemplate.objects.count() == 1
    _answer, later = office("b.csv", f"户主,慰问金\n{other},7\n".encode())
    assert opening.plan(later).totals == [("钱", "70,000 元")]  # the same headers, said once
    _answer, mixed = office("c.csv", f"户主,发放（元、羽）\n{name},500\n".encode())
    assert any("写了几个单位（元、羽）" in words for words in opening.plan(mixed).problems)
    _answer, mixed = office("d.csv", f"户主,金额（元）\n{name},500\n{other},50羽\n".encode())
    assert any("第 3 行“金额(元)”" in words and "一列里不能混着两种单位" in words for words in opening.plan(mixed).problems)
    assert not Entry.objects.exists()


def test_nothing_is_posted_into_the_time_of_the_ledger_itself(office, act, officers, made):
    _answer, one = office(*sheet_of_one())
    assert act("liang", one, "submit").status_code == 302
    movements.receive(source=made("别的").source, fen=100, on=date(2016, 2, 3), by=officers["liang"], key="began")
    assert "册上或台账有变化" in act("meng", one, "approve").content.decode() and not Line.objects.exists()
    with pytest.raises(NotNow):
        opening.submit(opening=one, by=officers["liang"])
    assert act("liang", one, "back").status_code == 302
    assert all("已经有台账了（从 2016-02-03 起）" in words for words in opening.plan(OpeningImport.objects.get(pk=one.pk)).problems)


def test_a_student_is_found_in_the_household_and_never_named(office, act, homes):
    household, name = heads(ONE)[0]
    person = Member.objects.filter(household=household, ends_on=None).exclude(relation_to_head="户主").first().person
    _answer, one = office("a.csv", f"户编号,户主,学生姓名,资助（元）\n{household.code},{name},{person.name},500\n{household.code},{name},没有他,500\n合计,,,1000\n".encode())
    (problem,) = opening.plan(one).problems
    assert "没*他" in problem and "没有他" not in problem
    _answer, one = office("b.csv", f"户编号,户主,学生姓名,资助（元）,档案页\n{household.code},{name},{person.name},500,7\n合计,,,500,\n".encode())
    assert act("liang", one, "submit").status_code == 302 and act("meng", one, "approve").status_code == 302
    assert Line.objects.get().person == person and Entry.objects.get(kind="signed").aside.said["pages"] == {f"{Line.objects.get().pk}": "7"}
    found = card.received(household, 2016)
    assert (found.fen, found.rows[0].receipt.mode) == (50_000, "archive")
    assert not any(person.name in f"{row.about}{row.result}" for row in TrailEntry.objects.all())


@pytest.mark.parametrize(("cell", "day"), [("2017.5.3", date(2017, 5, 3)), ("２０１７年５月３日", date(2017, 5, 3)), (42858, date(2017, 5, 3)), (42858.0, date(2017, 5, 3)), ("20170503", date(2017, 5, 3)), ("2017年10月", date(2017, 10, 1)), ("", None)])
def test_days_are_read(cell, day):
    assert opening_file.day_of(cell)[0] == day


@pytest.mark.parametrize("cell", [2017.1, "17.5.3", "2017.13.1", "春节"])
def test_a_day_that_is_not_sure_is_refused(cell):
    with pytest.raises(ValueError, match=r"看不懂|分不出"):
        opening_file.day_of(cell)


@pytest.mark.parametrize(("cell", "unit", "quantity"), [(0.07, "万元", 70_000), (1000.1, "元", 100_010), (0.1 + 0.2, "元", 30), ("¥１，０００.00", "元", 100_000), ("1.5斤", "斤", 750)])
def test_amounts_come_out_to_the_fen_and_the_gram(cell, unit, quantity):
    number, _guess = opening_file.number_of(cell, unit)
    assert opening_file.quantity_of(number, opening_file.Meaning("amount", "饲料" if unit == "斤" else "", unit)) == quantity


@pytest.mark.parametrize("data", [b"%PDF-1.4 x", b"", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, b"a,b\n1,2\n", "户主,备注\n甲,乙\n".encode()])
def test_what_is_no_ledger_is_refused_and_not_kept(data, office):
    answer, one = office("x.xlsx", data)
    assert answer.status_code == 422 and one is None
