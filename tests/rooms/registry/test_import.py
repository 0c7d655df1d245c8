"""An export of the national system comes in: read, previewed, accepted in part, taken in once; what changed meanwhile is left alone."""

import io
import os
import threading
from contextlib import suppress

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse

from bangfu.base import jobs
from bangfu.base.models import Job, TrailEntry
from bangfu.demo.files import write_town
from bangfu.registry import actions, import_actions, queries
from bangfu.registry.demo import SEED
from bangfu.registry.models import Change, Household, Member, Person, Source, Staged, Upload
from bangfu.registry.values import columns_of, value_of
from tests.rooms.base.test_jobs import NoHeart


@pytest.fixture
def at_work(db, monkeypatch, settings, tmp_path):
    """Jobs done on the spot, in the test's own transaction."""
    monkeypatch.setattr(jobs, "_Heart", NoHeart)
    settings.PERIODIC = {}
    return lambda: jobs.worker(threading.Event(), once=True)


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """The very export the demo's register holds, and one with errors, as bytes."""
    found = {}
    for name, errors in (("same", 0.0), ("errors", 0.06)):
        found[name] = write_town(tmp_path_factory.mktemp(name), seed=SEED, errors=errors)["system"].read_bytes()
    return found


def lines_file(*rows):
    head = "乡镇,行政村,户编号,人编号,姓名,证件号码,与户主关系,户联系电话,住房面积"
    return "\n".join([head, *rows]).encode()


def hand_in(client, content, name="系统导出_20171020.xlsx"):
    return client.post(reverse("registry:imports"), {"file": SimpleUploadedFile(name, content), "on": ""})


def preview(client, at_work, content, name="系统导出_20171020.xlsx"):
    answer = hand_in(client, content, name)
    assert answer.status_code == 302, answer.content.decode()
    at_work()
    return Upload.objects.first(), client.get(answer.url).content.decode()


def choose(client, upload, act, **more):
    return client.post(reverse("registry:choose", args=[upload.code]), {"act": act} | more, follow=True)


def test_the_file_the_register_holds_changes_nothing(signed_in, at_work, exports):
    upload, text = preview(signed_in("liang"), at_work, exports["same"])
    assert upload.state == "preview" and upload.said["counts"] == {"wrong": 0, "leaves": 0, "enters": 0, "changes": 1, "same": 299}, upload.said
    assert "还没有改动任何东西" in text


def test_an_export_with_differences_is_taken_in_once_and_wholly(signed_in, at_work, exports, django_capture_on_commit_callbacks):
    """Case 24: a double click."""
    client, before = signed_in("liang"), (Household.objects.count(), Person.objects.count(), Change.objects.count())
    upload, _text = preview(client, at_work, exports["errors"])
    assert (Household.objects.count(), Person.objects.count(), Change.objects.count()) == before
    counts = upload.said["counts"]
    assert counts["changes"] + counts["wrong"] > 10 and sum(counts.values()) >= 300
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):  # a double click
            choose(client, upload, "accept")
        at_work()
    upload.refresh_from_db()
    assert upload.state == "taken" and Change.objects.filter(source=upload.source).count() > 10
    assert upload.staged.filter(state=Staged.TAKEN).count() == upload.staged.filter(chosen=True).count()
    assert not (import_actions.uploads._folder("uploads") / f"{upload.code}.sealed").exists()
    again = hand_in(client, exports["errors"])
    assert again.status_code == 422 and "交来过" in again.content.decode()


def test_an_unticked_household_and_one_changed_meanwhile_are_left_alone(signed_in, at_work, officers):
    client = signed_in("liang")
    first, second, third = Household.objects.filter(village_id="450481108203").order_by("code")[:3]
    rows = []
    for one in (first, second, third):
        for member in queries.present_members(one):
            rows.append(f"大业镇,泗龙村,{one.code},{member.person.code},{member.person.name},{value_of(member.person, 'certificate_no')},{member.relation_to_head},,77")
    upload, text = preview(client, at_work, lines_file(*rows), "导出_20171020.csv")
    assert {one.code: one.kind for one in upload.staged.exclude(kind="leaves")} == {one.code: "changes" for one in (first, second, third)}
    assert "住房面积" in text and "77 ㎡" in text
    actions.record_value(household=third, person=None, column="house_area_m2", value="99", seen=0, basis="入户了解", on=upload.data_date, by=officers["liang"])
    shown = [one.code for one in upload.staged.exclude(kind="wrong")]
    choose(client, upload, "accept", shown=shown, take=[first.code, third.code])
    at_work()
    told = {one.code: value_of(Household.objects.get(code=one.code), "house_area_m2") for one in (first, second, third)}
    assert told == {first.code: "77", second.code: "", third.code: "99"}
    assert {one.code: one.state for one in upload.staged.filter(code__in=told)} == {first.code: "taken", second.code: "skipped", third.code: "changed"}
    assert "后来又改过" in client.get(reverse("registry:upload", args=[upload.code])).content.decode()


def test_a_household_enters_a_member_joins_and_another_leaves(signed_in, at_work, officers):
    client = signed_in("qin")
    household = next(one for one in Household.objects.filter(village_id="450481108202") if len(queries.present_members(one)) > 2)
    stays, *_rest = queries.present_members(household)
    rows = [f"大业镇,思回村,{household.code},{stays.person.code},{stays.person.name},{value_of(stays.person, 'certificate_no')},户主,,",
            f"大业镇,思回村,{household.code},8200001,韦新来,450499199001010023,之儿媳,,", "大业镇,思回村,99001,8200002,农大山,450499196503120114,户主,13800000000,60",
            "大业镇,外村,99002,8200003,外人,,户主,,"]
    upload, text = preview(client, at_work, lines_file(*rows), "导出_20171020.csv")
    assert "13800000000" not in text and "农大山" in text and "不在您的管理范围" in text
    kinds = {one.code: one.kind for one in upload.staged.all()}
    assert kinds[household.code] == "changes" and kinds["99001"] == "enters" and kinds["99002"] == "wrong" and "leaves" in kinds.values()
    choose(client, upload, "accept")
    at_work()
    assert [one.person.name for one in queries.present_members(Household.objects.get(pk=household.pk))] == [stays.person.name, "韦新来"]
    entered = Household.objects.get(code="99001")
    assert entered.source == Upload.objects.get(pk=upload.pk).source and value_of(entered, "household_phone") == "13800000000"
    assert queries.find(officers["qin"], "450499196503120114")[0].household == entered
    assert Member.objects.filter(household=household, ended_by="off_register").count() >= 1 and not Household.objects.filter(code="99002").exists()
    assert set(TrailEntry.objects.values_list("act", flat=True)) >= {"file_received", "import_accepted", "register_taken_in"}


@pytest.mark.parametrize(("ticked", "where"), [("old", "old"), ("new", "new"), ("both", "new"), ("none", "old")])
def test_who_moves_is_never_in_neither_household_whichever_is_ticked(signed_in, at_work, ticked, where):
    client = signed_in("qin")
    old, new = [one for one in Household.objects.filter(village_id="450481108202").order_by("code") if len(queries.present_members(one)) > 1][:2]
    *stay, mover = queries.present_members(old)
    rows = [f"大业镇,思回村,{home.code},{row.person.code},{row.person.name},{value_of(row.person, 'certificate_no')},{row.relation_to_head},,"
            for home, members in ((old, stay), (new, [*queries.present_members(new), mover])) for row in members]
    upload, text = preview(client, at_work, lines_file(*rows), "导出_20171020.csv")
    assert f"去户 {new.code}" in text and f"从户 {old.code} 来" in text
    take = {"old": [old.code], "new": [new.code], "both": [old.code, new.code], "none": []}[ticked]
    choose(client, upload, "accept", shown=[one.code for one in upload.staged.all()], take=take)
    at_work()
    assert Upload.objects.get(pk=upload.pk).state == "taken"
    assert [row.household.code for row in Member.objects.filter(person=mover.person, ends_on=None)] == [{"old": old, "new": new}[where].code]


@pytest.mark.skipif(not os.environ.get("BANGFU_DATABASE"), reason="SQLite has one writer at a time")
def test_reading_waits_for_a_save_that_is_not_committed_yet(db):
    """Its change may have a smaller key than the newest one that can be seen."""

    def newest():
        found.append(import_actions.newest_change())
        connection.close()

    found, reader = [], threading.Thread(target=newest)
    with suppress(RuntimeError), transaction.atomic():
        Change.objects.create(household=Household.objects.first(), column="address", source=Source.objects.first())
        reader.start()
        reader.join(0.5)
        assert not found
        raise RuntimeError  # the other one's transaction ends
    reader.join(10)
    assert len(found) == 1


def told():
    """Everything the register says, as test_killed_import's processes tell it."""
    said = []
    for one in Household.objects.order_by("code"):
        said.append((one.code, one.village_id, one.villager_group, sorted((name, value_of(one, name)) for name in columns_of(one))))
        said += sorted((row.kind, str(row.starts_on), row.ended, str(row.ends_on)) for row in one.statuses.all())
        said += sorted((row.person.code or "", row.relation_to_head, str(row.starts_on), str(row.ends_on), row.ended_by,
                        str(sorted((name, value_of(row.person, name)) for name in columns_of(row.person)))) for row in one.members.select_related("person"))
    return said


def test_all_or_none_of_a_filter_are_ticked_and_leaving_is_said_in_figures(signed_in, at_work):
    client, households = signed_in("qin"), list(Household.objects.filter(village_id="450481108202").order_by("code"))
    one, two, other, *missing = households
    rows = [f"大业镇,思回村,{home.code},{row.person.code},{row.person.name},{value_of(row.person, 'certificate_no')},{row.relation_to_head},{phone},{area}"
            for home, phone, area in ((one, "", 61), (two, "", 62), (other, "13800000009", "")) for row in queries.present_members(home)]
    upload, text = preview(client, at_work, lines_file(*rows), "导出_20171020.csv")
    assert "住房面积 2</option>" in text and "遮住的栏 1</option>" in text and f"离开 {len(missing)}" in text
    ticked = lambda: set(upload.staged.filter(chosen=True).values_list("code", flat=True))  # noqa: E731
    assert ticked() == {one.code, two.code, other.code}
    answer = choose(client, upload, "nothing", column="house_area_m2", kind="changes")
    assert ticked() == {other.code} and one.code in answer.content.decode() and other.code not in answer.content.decode()
    choose(client, upload, "all", kind="leaves")
    assert ticked() == {other.code, *(home.code for home in missing)}
    asked = choose(client, upload, "accept").content.decode()
    assert f"{len(missing)} 户记为不在册" in asked and Upload.objects.get().state == "preview"
    where = reverse("registry:leaving_households", args=[upload.code])
    wrong = client.post(where, {"count": len(missing) + 1})
    assert wrong.status_code == 422 and f"选中的是 {len(missing)} 户" in wrong.content.decode() and Upload.objects.get().state == "preview"
    client.post(where, {"count": len(missing)})
    at_work()
    assert Upload.objects.get().state == "taken" and [home.code for home in missing if queries.present_members(home)] == []
    assert queries.present_members(one) and value_of(Household.objects.get(pk=other.pk), "household_phone") == "13800000009"


def test_a_filter_that_is_made_up_shows_all(signed_in, at_work, exports):
    client = signed_in("liang")
    upload, _text = preview(client, at_work, exports["errors"])
    page = reverse("registry:upload", args=[upload.code])
    for asked in ("kind=x&village=1' or 1&column=%25&after=-1", "column=household_phone", "after=99999999999999999999", "after=²", "village=²²²²²²²²²²²²"):
        assert client.get(f"{page}?{asked}").status_code == 200
    assert "筛出来没有这样的户" in client.get(f"{page}?village=450481108999").content.decode()


def test_rows_without_a_households_code_stand_together_by_village(signed_in, at_work):
    rows = [f"大业镇,{village},,82001{n:02},农某{n},,,,60" for village in ("思回村", "泗龙村") for n in range(9)]
    upload, text = preview(signed_in("liang"), at_work, lines_file(*rows), "导出_20171020.csv")
    assert [(one.village_id, one.may) for one in upload.staged.filter(kind="wrong")] == [("450481108202", False), ("450481108203", False)]
    assert text.count("没有户编号的行") == 2 and text.count("同类问题共 9 处") == 2


def test_problems_of_one_kind_are_counted_and_the_first_five_shown(signed_in, at_work):
    rows = ["大业镇,思回村,99001,8200001,农大山,,户主,,60", *(f"大业镇,思回村,99001,82001{n:02},,,,,{n}岁" for n in range(12))]
    _upload, text = preview(signed_in("qin"), at_work, lines_file(*rows), "导出_20171020.csv")
    assert "同类问题共 12 处" in text and text.count("这个人编号册上也没有") == 5


@pytest.mark.parametrize("state", ["reading", "taking"])
def test_work_that_was_stopped_halfway_goes_on_when_asked(signed_in, at_work, exports, monkeypatch, state):
    """Case 26: it is shown as stopped halfway, and goes on."""
    monkeypatch.setattr(jobs, "SHOWN_EVERY", 0)
    client = signed_in("liang")
    if state == "reading":
        hand_in(client, exports["errors"])
    else:
        preview(client, at_work, exports["errors"])
        choose(client, Upload.objects.get(), "accept")
    jobs.stop(Job.objects.get(code=Upload.objects.get().job))
    at_work()
    upload = Upload.objects.get()
    assert upload.state == state and "停在半路" in client.get(reverse("registry:upload", args=[upload.code])).content.decode()
    choose(client, upload, "on")
    at_work()
    upload.refresh_from_db()
    assert upload.state == {"reading": "preview", "taking": "taken"}[state]


def test_an_import_is_given_back_wholly_and_its_going_back_is_told(signed_in, at_work, exports):
    client, before = signed_in("liang"), told()
    upload, _text = preview(client, at_work, exports["errors"])
    choose(client, upload, "accept", shown=[one.code for one in upload.staged.all()], take=[one.code for one in upload.staged.all()])
    client.post(reverse("registry:leaving_households", args=[upload.code]), {"count": upload.staged.filter(kind="leaves").count()})
    at_work()
    assert told() != before and Member.objects.exclude(end_source=None).exists()
    back = reverse("registry:give_back", args=[upload.code])
    assert "回到导入以前的样子" in client.get(back).content.decode()
    for _ in range(2):
        client.post(back)
    at_work()
    upload.refresh_from_db()
    assert upload.state == "given_back" and told() == before
    assert Change.objects.filter(source__label="撤回导入").count() > 5 and hand_in(client, exports["errors"]).status_code == 302


def test_what_is_saved_while_an_import_is_given_back_stays(signed_in, at_work, exports, officers):
    client = signed_in("liang")
    upload, _text = preview(client, at_work, exports["errors"])
    choose(client, upload, "accept")
    at_work()
    client.post(reverse("registry:give_back", args=[upload.code]))
    household = Household.objects.filter(code__in=upload.staged.filter(state=Staged.TAKEN).values("code")).first()
    actions.record_value(household=household, person=None, column="house_area_m2", value="88", seen=0, basis="入户了解", on=upload.data_date, by=officers["liang"])
    at_work()
    upload.refresh_from_db()
    assert upload.state == "given_back" and upload.staged.get(code=household.code).state == "changed"
    assert value_of(Household.objects.get(pk=household.pk), "house_area_m2") == "88"
    assert "没有撤回" in client.get(reverse("registry:upload", args=[upload.code])).content.decode()


def test_what_was_built_on_an_import_stands_in_the_way_of_giving_it_back(signed_in, at_work, exports, officers):
    client = signed_in("liang")
    upload, _text = preview(client, at_work, exports["errors"])
    choose(client, upload, "accept")
    at_work()
    household = Household.objects.filter(code__in=upload.staged.filter(state=Staged.TAKEN).values("code")).first()
    actions.record_value(household=household, person=None, column="house_area_m2", value="88", seen=0, basis="入户了解", on=upload.data_date, by=officers["liang"])
    now = told()
    answer = client.post(reverse("registry:give_back", args=[upload.code]))
    assert answer.status_code == 422 and household.code in answer.content.decode() and "住房面积" in answer.content.decode()
    at_work()
    assert told() == now


def test_a_household_that_another_room_works_with_already_stands_in_the_way_of_giving_it_back(signed_in, at_work, officers):
    from bangfu.visits.models import Commitment

    client = signed_in("qin")
    upload, _text = preview(client, at_work, lines_file("大业镇,思回村,99001,8200002,农大山,450499196503120114,户主,,60"), "导出_20171020.csv")
    choose(client, upload, "accept")
    at_work()
    promised = Commitment.objects.create(code="X", household=Household.objects.get(code="99001"), text="帮问鸡苗", by=officers["qin"], at=upload.at)
    where = reverse("registry:give_back", args=[upload.code])
    assert "99001" in client.get(where).content.decode() and client.post(where).status_code == 422
    promised.delete()
    assert client.post(where).status_code == 302
    at_work()
    assert not Household.objects.filter(code="99001").exists()


def test_a_household_that_another_file_brought_meanwhile_is_left_alone(signed_in, at_work):
    client, rows = signed_in("qin"), ["大业镇,思回村,99001,8200002,农大山,450499196503120114,户主,,60", "大业镇,思回村,99001,8200004,农小山,,之子,,60"]
    first, _text = preview(client, at_work, lines_file(*rows), "甲_20171020.csv")
    second, _text = preview(client, at_work, lines_file(*rows, "大业镇,思回村,99003,8200005,农二山,,户主,,70"), "乙_20171020.csv")
    for upload in (first, second):
        choose(client, upload, "accept")
        at_work()
    second.refresh_from_db()
    assert second.state == "taken" and {one.code: one.state for one in second.staged.filter(kind="enters")} == {"99001": "changed", "99003": "taken"}
    assert Household.objects.filter(code="99001").count() == 1 and value_of(Household.objects.get(code="99003"), "house_area_m2") == "70"


def test_a_file_that_cannot_be_read_is_refused_in_words_and_deleted(signed_in, at_work):
    client = signed_in("liang")
    answer = hand_in(client, b"PK\x03\x04 not a workbook")
    at_work()
    upload = Upload.objects.first()
    assert upload.state == "refused" and not (import_actions.uploads._folder("uploads") / f"{upload.code}.sealed").exists()
    assert "读不了" in client.get(answer.url).content.decode()


def test_the_clerks_own_file_comes_back_with_what_is_wrong_marked(signed_in, at_work, exports, tmp_path):
    client = signed_in("liang")
    upload, text = preview(client, at_work, exports["errors"])
    address = reverse("registry:annotated", args=[upload.code])
    assert address in text
    answer = client.get(address)
    (tmp_path / "copy.xlsx").write_bytes(answer.content)
    book, own = (openpyxl.load_workbook(path) for path in (tmp_path / "copy.xlsx", io.BytesIO(exports["errors"])))
    assert book.sheetnames == ["导入问题清单", *own.sheetnames] and "filename*=" in answer.headers["Content-Disposition"]
    marked = [cell for row in book[own.sheetnames[0]].iter_rows() for cell in row if cell.comment]
    assert len(marked) >= upload.said["counts"]["wrong"] > 0 and TrailEntry.objects.first().act == "exported"
    choose(client, upload, "none")
    assert client.get(address).status_code == 404


def test_what_is_not_wanted_is_thrown_away_with_its_file(signed_in, at_work, exports, django_capture_on_commit_callbacks):
    client = signed_in("liang")
    upload, _text = preview(client, at_work, exports["errors"])
    with django_capture_on_commit_callbacks(execute=True):
        choose(client, upload, "none")
    upload.refresh_from_db()
    assert upload.state == "thrown_away" and not upload.staged.exists()
    assert not (import_actions.uploads._folder("uploads") / f"{upload.code}.sealed").exists()


def test_a_village_secretary_does_not_see_the_towns_files(signed_in, at_work, exports):
    upload, _text = preview(signed_in("liang"), at_work, exports["same"])
    assert signed_in("qin").get(reverse("registry:upload", args=[upload.code])).status_code == 404
    assert signed_in("gan").get(reverse("registry:imports")).status_code == 404


@pytest.mark.parametrize("said", [{}, {"on": "2099-01-01"}])
def test_without_a_file_or_with_a_wrong_day_all_is_said(signed_in, said):
    answer = signed_in("liang").post(reverse("registry:imports"), said)
    assert answer.status_code == 422 and "请选一份表" in answer.content.decode() and Upload.objects.count() == 0


def test_the_preview_shows_no_value_of_level_a_or_b_and_no_childs_name(signed_in, at_work, exports):
    import re

    from tests.rooms.registry.test_crawl import secrets

    client = signed_in("liang")
    upload, text = preview(client, at_work, exports["errors"])
    hidden, pages = secrets(), [text]
    for staged in upload.staged.all():
        plan = import_actions.said_by(staged)
        for line in plan.lines:
            if line.column in ("certificate_no", "household_phone", "health_status", "poverty_cause"):
                hidden |= {value for value in (line.old, line.new) if len(value) > 3}
    pages += [client.get(reverse("registry:upload", args=[upload.code]), {"kind": kind}).content.decode() for kind in ("wrong", "leaves", "enters", "changes")]
    pages = [re.sub(r'value="[^"]*"', "", one) for one in pages]
    assert not [one for one in hidden if any(one in page for page in pages)]
    raw = repr(list(upload.staged.values())) + repr(upload.said)
    assert not [one for one in hidden if one in raw]


def test_a_list_that_was_exported_is_taken_in_again_without_a_difference(signed_in, at_work):
    client = signed_in("liang")
    content = b"".join(client.post(reverse("registry:export", args=["450481108202"]), {"kind": "members", "purpose": "visit"}))
    upload, text = preview(client, at_work, content, "思回村成员名单_20171020.xlsx")
    assert upload.said["counts"] == {"wrong": 0, "leaves": 0, "enters": 0, "changes": 0, "same": 18} and "文件和册上一样" in text
