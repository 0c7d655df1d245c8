"""Faults that people reported of the nearest tools, each as a whole kind; the number is the case's. Other tests say "Case n" where they hold one.

Edits of members and of cards stand in for helpers and visits.
"""

import io
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import openpyxl
import pytest
from django.urls import reverse

from bangfu.base.models import TrailEntry
from bangfu.demo.files import write_town
from bangfu.engines.relations.headers import ACCOUNT_FIELDS
from bangfu.registry import actions, import_actions, queries, uploads
from bangfu.registry.models import Change, Household, Joining, Leaving, Member, Person, Source, Staged, Status, Upload
from bangfu.registry.values import columns_of, value_of
from tests.rooms.emptied import empty
from tests.rooms.registry.test_export import exported, table
from tests.rooms.registry.test_import import at_work, choose, hand_in, lines_file, preview  # noqa: F401
from tests.rooms.registry.test_killed_import import ROOT, sql

INSIDE, OUTSIDE = "450481108202", "450481108203"
NAMES = {INSIDE: "思回村", OUTSIDE: "泗龙村"}
TOUCHED = Path(__file__).parents[2] / "files" / "member_list_touched_and_typed_below.xlsx"
DAY = date(2017, 10, 19)


def rows_of(households, phone="", area="", without=()):
    """Return lines_file's rows for households as the register has them, with another telephone or floor area."""
    found = []
    for one in households:
        for member in queries.present_members(one):
            if member.person not in without:
                found.append(f"大业镇,{NAMES[one.village_id]},{one.code},{member.person.code or ''},{member.person.name},{value_of(member.person, 'certificate_no')},{member.relation_to_head},{phone},{area}")
    return found


def of_one(household):
    """Return everything the register says of one household."""
    household = Household.objects.get(pk=household.pk)
    persons = [(row.relation_to_head, row.starts_on, row.ends_on, row.ended_by, sorted((name, value_of(row.person, name)) for name in columns_of(row.person)))
               for row in household.members.select_related("person").order_by("pk")]
    return sorted((name, value_of(household, name)) for name in columns_of(household)), persons, household.version


def changes(source):
    return [(one.household.code, one.person_id, one.column or one.what, one.source.by.username) for one in Change.objects.filter(source=source).select_related("household", "source__by")]


# --- 23: bulk changes leave a trail, and no trail of changes that never were ---


def test_case_23_fifty_households_at_once_leave_fifty_entries_with_who_old_and_new(signed_in, at_work):  # noqa: F811
    client, households = signed_in("liang"), list(Household.objects.order_by("village_id", "code").filter(village_id__in=NAMES))[:50]
    before = {one.code: value_of(one, "household_phone") for one in households}
    assert len(households) > 25 and all(before.values())
    upload, _text = preview(client, at_work, lines_file(*rows_of(households, phone="13800000009")), "电话_20171020.csv")
    choose(client, upload, "accept", shown=[one.code for one in upload.staged.filter(kind="leaves")])
    at_work()
    upload.refresh_from_db()
    assert sorted(changes(upload.source)) == sorted((code, None, "household_phone", "liang") for code in before)
    for one in households:
        change = Change.objects.get(source=upload.source, household=one)
        assert change.is_sealed and "13800000009" not in change.new and before[one.code] not in change.old
        page = client.get(reverse("registry:card", args=[one.code])).content.decode()
        assert "户联系电话" in page and upload.source.label in page


@pytest.mark.parametrize("way", ["the same file", "the same values written otherwise", "no value in the column", "saved unchanged by hand"])
def test_case_23_what_did_not_change_leaves_no_entry(way, signed_in, at_work, officers):  # noqa: F811
    client, one = signed_in("qin"), Household.objects.filter(village_id=INSIDE).order_by("code")[2]
    actions.record_value(household=one, person=None, column="house_area_m2", value="80", seen=0, basis="入户了解", on=DAY, by=officers["qin"])
    count = Change.objects.count()
    phone = value_of(one, "household_phone")
    if way == "saved unchanged by hand":
        said = {"value": "80.00", "basis": "visit", "on": "2017-10-19", "seen": actions.last_change(one, None, "house_area_m2").pk}
        assert client.post(reverse("registry:record", args=[one.code, 0, "house_area_m2"]), said).status_code == 422
    else:
        said = {"the same file": (phone, "80"), "the same values written otherwise": (f"{phone[:3]} {phone[3:7]} {phone[7:]}", "80.0 "), "no value in the column": ("", "")}[way]
        upload, _text = preview(client, at_work, lines_file(*rows_of([one], *said)), "表_20171020.csv")
        assert not upload.staged.filter(code=one.code).exists() and upload.said["counts"]["same"] == 1
        choose(client, upload, "accept", shown=[other.code for other in upload.staged.all()])
        at_work()
    assert Change.objects.count() == count


# --- 24: another writes between check and save; the button is pressed twice; the office is started anew in between ---


def a_value(household, _member, by):
    actions.record_value(household=household, person=None, column="house_area_m2", value="99", seen=0, basis="入户了解", on=DAY, by=by)


def a_persons_value(household, member, by):
    actions.record_value(household=household, person=member.person, column="education_level", value="高中", seen=0, basis="入户了解", on=DAY, by=by)


def a_death(household, member, by):
    actions.record_leaving(household=household, version=household.version, member=member, kind=Leaving.DEATH, on=DAY, by=by)


def a_birth(household, _member, by):
    actions.record_joining(household=household, version=household.version, kind=Joining.BIRTH, name="农小雨", sex="女", born_on=date(2017, 10, 1), relation_to_head="之女", on=DAY, by=by)


def a_relation(household, member, by):
    actions.record_relation(household=household, version=household.version, member=member, relation_to_head="其他", on=DAY, by=by)


@pytest.mark.parametrize("edit", [a_value, a_persons_value, a_death, a_birth, a_relation])
def test_case_24_what_another_wrote_between_preview_and_import_is_said_and_not_overwritten(edit, signed_in, at_work, officers):  # noqa: F811
    client = signed_in("qin")
    edited, other = [one for one in Household.objects.filter(village_id=INSIDE, changes=None).order_by("code") if len(queries.present_members(one)) > 2][:2]
    _head, member, *_rest = queries.present_members(edited)
    assert value_of(member.person, "education_level") != "高中"
    upload, _text = preview(client, at_work, lines_file(*rows_of([edited, other], area="77")), "表_20171020.csv")
    edit(edited, member, officers["liang"])
    uploads.wipe()  # as at a start of the office
    now = of_one(edited)
    for _ in range(2):
        choose(signed_in("qin"), upload, "accept", shown=[one.code for one in upload.staged.filter(kind="leaves")])
    at_work()
    choose(client, upload, "accept")
    at_work()
    upload.refresh_from_db()
    assert upload.state == "taken" and {one.code: one.state for one in upload.staged.filter(kind="changes")} == {edited.code: Staged.CHANGED, other.code: Staged.TAKEN}
    assert of_one(edited) == now
    assert changes(upload.source) == [(other.code, None, "house_area_m2", "qin")] and "后来又改过" in client.get(reverse("registry:upload", args=[upload.code])).content.decode()
    assert TrailEntry.objects.filter(act="import_accepted", about=upload.code).count() == TrailEntry.objects.filter(act="register_taken_in", about=upload.code).count() == 1


# --- 25: many write at once ---


@pytest.fixture
def place(tmp_path):
    """The environment of an office of its own with the demo town."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("BANGFU_")} | {
        "BANGFU_DATA": str(tmp_path / "busy"), "BANGFU_DEMO": "yes", "DJANGO_SETTINGS_MODULE": "bangfu.config.settings", "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    url, database = os.environ.get("BANGFU_DATABASE", ""), f"busy_{os.getpid()}"
    if url:
        environment["BANGFU_DATABASE"] = f"{url.rsplit('/', 1)[0]}/{database}"
        sql(url, f"CREATE DATABASE {database}")
    start = "import os; from pathlib import Path; from bangfu.config import office; office.prepare(Path(os.environ['BANGFU_DATA']), demo=True)"
    done = subprocess.run([sys.executable, "-c", start], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    yield environment
    if url:
        sql(url, f"DROP DATABASE {database} WITH (FORCE)")


def _town(folder):
    persons = os.environ.get("BANGFU_PERSONS")
    more = {"size": None, "persons": int(persons), "kind": "csv"} if persons else {"errors": 0.2}
    return write_town(folder / "town", seed=20171020, **more)["system"]


@pytest.mark.skipif(sys.platform == "win32", reason="stops a process by a signal")
def test_case_25_four_officers_save_while_a_file_is_taken_in_and_nothing_is_locked(place, tmp_path):
    """On a database of its own, with processes of their own: as it is in an office. A double click is two requests at the same time.

    BANGFU_PERSONS=20000 has the file hold so many people instead of the demo town's.
    """
    script, file = Path(__file__).with_name("busy_import.py"), _town(tmp_path)
    worker = subprocess.Popen([sys.executable, script, "work"], env=place, stderr=subprocess.PIPE, text=True)
    try:
        users = subprocess.run([sys.executable, script, file], env=place, capture_output=True, text=True, check=False, timeout=500)
    finally:
        worker.terminate()
        said = worker.communicate()[1]
    assert users.returncode == 0, users.stderr
    state, saved, visits, asked, longest, *wrong = users.stdout.split()
    assert not wrong and "locked" not in said + users.stderr and "Traceback" not in said
    assert state == "taken" and int(saved) > 4 and int(visits) > 4 and int(asked) > 10
    assert float(longest) < 15, f"{asked} requests, {saved} values, {visits} visits, longest {longest} s"
    print(f"{asked} requests, {saved} values, {visits} visits, longest {longest} s")


# --- 27: an export gives no more than the pages ---


def test_case_27_no_request_brings_out_another_villages_rows_or_an_account(signed_in, officers):
    outside = Household.objects.filter(village_id=OUTSIDE).first()
    household = Household.objects.filter(village_id=INSIDE).first()
    for number, column in enumerate(sorted(ACCOUNT_FIELDS)):  # as if somebody had brought them in
        household.facts[column] = f"62170000000000{number:02d}"
        person = queries.present_members(household)[0].person
        person.facts[column] = f"62170000000001{number:02d}"
        person.save()
    household.save()
    client, more = signed_in("qin"), {"ids": outside.code, "id": outside.pk, "codes": [outside.code], "village": OUTSIDE, "code": OUTSIDE, "area": OUTSIDE, "columns": sorted(ACCOUNT_FIELDS),
                                      "group": "", "as": "x"}
    before = TrailEntry.objects.filter(act="exported").count()
    for kind in ("members", "households"):
        for query in ("", f"?village={OUTSIDE}&code={outside.code}&ids={outside.code}", "?columns=bank_account&as=all"):
            answer = client.post(reverse("registry:export", args=[INSIDE]) + query, {"kind": kind, "purpose": "visit"} | more)
            rows = table(answer)
            assert rows and {row["户编号"] for row in rows} <= set(Household.objects.filter(village_id=INSIDE).values_list("code", flat=True))
            said = str(rows)
            assert "62170000000" not in said and outside.code not in said
    assert TrailEntry.objects.filter(act="exported").count() == before + 6
    assert exported(client, village=OUTSIDE).status_code == exported(client, village="450481108000").status_code == 404
    assert client.post(reverse("registry:export_villages"), {"purpose": "visit"} | more).getvalue()
    assert OUTSIDE not in set(Household.objects.in_scope(officers["qin"]).values_list("village_id", flat=True))


def test_case_27_anothers_file_is_not_found_whoever_has_its_address(signed_in, at_work):  # noqa: F811
    town = signed_in("liang")
    upload, _text = preview(town, at_work, lines_file(*rows_of(Household.objects.filter(village_id=OUTSIDE)[:2], area="六十")), "表_20171020.csv")
    assert town.get(reverse("registry:annotated", args=[upload.code])).status_code == 200
    before = TrailEntry.objects.count()
    for username in ("qin", "gan", "luo", "yan"):
        client = signed_in(username)
        for name in ("annotated", "upload", "give_back", "file_columns", "leaving_households"):
            assert client.get(reverse(f"registry:{name}", args=[upload.code])).status_code == 404, (username, name)
        for act in ("accept", "none", "on", "all"):
            assert choose(client, upload, act).status_code == 404
    upload.refresh_from_db()
    assert upload.state == "preview" and not TrailEntry.objects.filter(pk__gt=0, who__in=("qin", "gan"), act="exported").exists() and TrailEntry.objects.count() - before <= 8


# --- 30: the dead and the moved do not come back as living ---


@pytest.fixture
def three(officers):
    """A household of which one lives, one died and one moved out."""
    household = next(one for one in Household.objects.filter(village_id=INSIDE, changes=None).order_by("code") if len(queries.present_members(one)) == 3)
    lives, died, moved = queries.present_members(household)
    for version, (member, kind) in enumerate(((died, Leaving.DEATH), (moved, Leaving.MOVE)), start=household.version):
        actions.record_leaving(household=household, version=version, member=member, kind=kind, on=DAY, by=officers["qin"])
    household.refresh_from_db()
    return household, lives.person, died.person, moved.person


def row_of(household, person, relation, known):
    """One row of a file that still has the person, by some of what is known."""
    number, code = value_of(person, "certificate_no"), person.code
    wrong_digit = number[:16] + str((int(number[16]) + 1) % 10) + number[17:]  # fails its check
    cells = {"number and code": (code, person.name, number), "number": ("", person.name, number), "code": (code, person.name, ""), "code and another name": (code, "农改名", ""),
             "a wrong digit": ("", person.name, wrong_digit), "name alone": ("", person.name, "")}[known]
    return f"大业镇,思回村,{household.code},{','.join(cells)},{relation},,"


KNOWN = ("number and code", "number", "code", "code and another name", "a wrong digit", "name alone")


@pytest.mark.parametrize("known", KNOWN)
def test_case_30_a_newer_file_that_has_the_dead_and_the_moved_asks_and_revives_nobody(known, three, signed_in, at_work):  # noqa: F811
    household, lives, died, moved = three
    client, ended = signed_in("qin"), {(row.person_id, row.ended_by, row.ends_on) for row in household.members.exclude(ends_on=None)}
    relations = {row.person_id: row.relation_to_head for row in household.members.all()}
    rows = [*rows_of([household]), *(row_of(household, one, relations[one.pk], known) for one in (died, moved))]
    upload, text = preview(client, at_work, lines_file(*rows), "系统导出_20171120.csv")
    assert "册上记着已去世" in text and "册上记着已迁出" in text, text
    staged = import_actions.said_by(upload.staged.get(code=household.code))
    assert {one.who for one in staged.questions} == {died.pk, moved.pk} and not staged.joins
    persons = Person.objects.count()
    choose(client, upload, "accept", shown=[one.code for one in upload.staged.filter(kind="leaves")])
    at_work()
    assert Upload.objects.get(pk=upload.pk).state == "taken" and Person.objects.count() == persons
    assert [one.person for one in queries.present_members(household)] == [lives]
    assert {(row.person_id, row.ended_by, row.ends_on) for row in household.members.exclude(ends_on=None)} == ended


def test_case_30_the_dead_come_back_in_no_other_household_either(three, signed_in, at_work):  # noqa: F811
    household, _lives, died, _moved = three
    other = Household.objects.filter(village_id=INSIDE).exclude(pk=household.pk).first()
    for code in (other.code, "99009"):
        rows = [*(rows_of([other]) if code == other.code else ["大业镇,思回村,99009,8209001,农大山,450499199506070048,户主,,"]), row_of(other, died, "其他", "number").replace(other.code, code)]
        upload, text = preview(signed_in("qin"), at_work, lines_file(*rows), f"{code}_20171120.csv")
        assert "册上记着已去世" in text
        choose(signed_in("qin"), upload, "accept", shown=[one.code for one in upload.staged.filter(kind="leaves")])
        at_work()
    assert not Member.objects.filter(person=died, ends_on=None).exists() and Person.objects.filter(name=died.name).count() == Person.objects.filter(name=died.name, pk__lte=died.pk).count()


def test_case_30_a_member_list_taken_in_elsewhere_brings_the_living_only(three, signed_in, at_work):  # noqa: F811
    """The list says who is present. A status with its day goes by the backup, not by a list."""
    household, lives, died, moved = three
    client = signed_in("qin")
    content = b"".join(exported(client))
    names = {row["姓名"] for row in table(exported(client)) if row["户编号"] == household.code}
    assert names == {lives.name}
    codes = (died.code, moved.code)
    present = Member.objects.filter(ends_on=None, household__village=INSIDE).count()
    empty("reports", "aid", "visits", "chain")
    for model in (Staged, Upload, Change, Status, Member, Person, Household):  # an empty office
        model.objects.all().delete()
    upload, _text = preview(client, at_work, content, "思回村成员名单_20171020.xlsx")
    choose(client, upload, "accept", shown=[], take=[])
    at_work()
    assert Upload.objects.get(pk=upload.pk).state == "taken" and not Person.objects.filter(code__in=codes).exists()
    assert [one.person.code for one in queries.present_members(Household.objects.get(code=household.code))] == [lives.code] and Member.objects.filter(ends_on=None).count() <= present
    assert Source.objects.filter(kind="import").count() >= 1


# --- 40: a number stays the text it is ---


def test_case_40_numbers_touched_and_typed_in_a_list_come_back_as_they_were(signed_in, at_work):  # noqa: F811
    """A member list in which LibreOffice Calc set six rows' household code, day of birth and person code anew and typed a person into the next row.

    Made with a Basic macro on the exported list: cell.FormulaLocal = cell.FormulaLocal (what F2 and Enter do), then cell.FormulaLocal = "0098765432" below.
    """
    household = Household.objects.get(code="46049900350")
    household.code = "00049900350"
    household.save()
    Person.objects.filter(code="7000002353").update(code="0012345678")
    sheet = openpyxl.load_workbook(TOUCHED).active
    at = {cell.value: cell.column_letter for cell in sheet[3]}
    for name in ("户编号", "人编号", "证件号码", "出生日期"):
        assert sheet.column_dimensions[at[name]].number_format == "@", name
        assert all(cell.data_type == "s" and cell.number_format == "@" for cell in sheet[at[name]][3:64]), name
    client = signed_in("qin")
    upload, _text = preview(client, at_work, TOUCHED.read_bytes(), "思回村成员名单_20171020.xlsx")
    assert {one.code: one.kind for one in upload.staged.all()} == {"00049900350": "changes"}
    plan = import_actions.said_by(upload.staged.get())
    assert not plan.lines and not plan.leaves and [one.name for one in plan.joins] == ["韦新来"]
    choose(client, upload, "accept")
    at_work()
    person = Person.objects.get(code="0098765432")
    assert value_of(person, "certificate_no") == "450499199506070048" and str(person.birth_date) == "1995-06-07"
    assert person.memberships.get().household == household and Person.objects.filter(code="0012345678").exists()


def test_case_40_the_list_as_it_is_exported_today_has_text_columns_below_its_last_row(signed_in):
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(exported(signed_in("qin"))))).active
    at = {cell.value: cell.column_letter for cell in sheet[3]}
    assert {sheet.column_dimensions[at[name]].number_format for name in ("户编号", "人编号", "证件号码", "出生日期", "户联系电话", "人联系电话")} == {"@"}


# --- 41: text that begins with = + - @ ---

ODD = ("=1+1", "+86138…", "@村委", "=HYPERLINK(\"http://x\")", "-abc")


def normal(text):
    return text.replace("…", "...")  # texts are kept in one way of writing each character


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_case_41_text_like_a_formula_and_a_minus_come_in_go_out_and_come_back_as_typed(kind, signed_in, at_work, tmp_path):  # noqa: F811
    client, households = signed_in("qin"), list(Household.objects.filter(village_id=INSIDE).order_by("code"))[:len(ODD)]
    head = ["行政村", "户编号", "人编号", "姓名", "与户主关系", "自然村/组", "人均纯收入"]
    rows = [["思回村", one.code, row.person.code, row.person.name, row.relation_to_head, text, -500] for one, text in zip(households, ODD, strict=True) for row in queries.present_members(one)]
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for at, line in enumerate([head, *rows], start=1):
            for column, value in enumerate(line, start=1):
                cell = book.active.cell(at, column)
                cell.value = value
                if isinstance(value, str):
                    cell.data_type = "s"
        book.save(tmp_path / "表.xlsx")
        content = (tmp_path / "表.xlsx").read_bytes()
    else:
        content = "\n".join(",".join('"' + str(value).replace('"', '""') + '"' if isinstance(value, str) else str(value) for value in line) for line in [head, *rows]).encode()
    upload, _text = preview(client, at_work, content, f"表_20171020.{kind}")
    marked = openpyxl.load_workbook(io.BytesIO(client.get(reverse("registry:annotated", args=[upload.code])).content))
    assert all(cell.data_type != "f" for sheet in marked for row in sheet.iter_rows() for cell in row) and [marked.worksheets[1].cell(at, 6).value for at in (2, len(rows) + 1)] == [ODD[0], ODD[-1]]
    choose(client, upload, "accept")
    at_work()
    for one, text in zip(households, ODD, strict=True):
        one.refresh_from_db()
        assert (value_of(one, "villager_group"), value_of(one, "net_income_per_head_fen")) == (normal(text), "-50000")
    content = b"".join(exported(client))
    said = {row["户编号"]: (row["自然村/组"], row["人均纯收入"]) for row in table(exported(client))}
    assert [said[one.code] for one in households] == [(normal(text), -500) for text in ODD]
    again, _text = preview(client, at_work, content, "思回村成员名单_20171120.xlsx")
    assert again.said["counts"]["changes"] == again.said["counts"]["wrong"] == 0
