"""A table with columns of an office's own making: it waits, somebody says what they mean, and the next one is read by itself."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bangfu.base.models import TrailEntry
from bangfu.registry import queries
from bangfu.registry.models import Household, Template, Upload
from bangfu.registry.values import value_of
from tests.rooms.registry.test_import import at_work, choose, hand_in, preview  # noqa: F401

MEANT = {"家里编号": "户编号", "叫什么": "姓名", "身份号码": "证件号码", "和户主": "与户主关系", "哪个村的": "行政村", "房子多大": "住房面积", "我的备注": ""}
PLACE = "450481108202"


def own_table(area, month="10"):
    household = Household.objects.filter(village_id=PLACE).first()
    rows = [f"{household.code},{row.person.name},{value_of(row.person, 'certificate_no')},{row.relation_to_head},思回村,{area},{month}月看过" for row in queries.present_members(household)]
    return household, "\n".join([",".join(MEANT), *rows]).encode()


def columns(upload):
    return reverse("registry:file_columns", args=[upload.code])


def answers(page, meant=MEANT):
    """The form's fields by what stands beside them."""
    table = page.context["form"]
    return {field.html_name: meant[header] for _table, rows in table.rows() for _letter, header, field, _hint in rows}


@pytest.fixture
def waiting(signed_in, at_work):  # noqa: F811
    client = signed_in("qin")
    household, content = own_table(61)
    answer = hand_in(client, content, "自己的表_20171020.csv")
    at_work()
    return client, household, Upload.objects.get(), client.get(answer.url, follow=True)


def test_a_table_of_ones_own_waits_and_its_columns_are_said_once(waiting, at_work):  # noqa: F811
    client, household, upload, page = waiting
    assert upload.state == "columns" and page.request["PATH_INFO"] == columns(upload) and "叫什么" in page.content.decode()
    said = client.post(columns(upload), answers(page), follow=True)
    assert "正在读" in said.content.decode()
    at_work()
    upload.refresh_from_db()
    assert upload.state == "preview" and upload.said["unknown"] == ["G 列“我的备注”"] and upload.staged.get(code=household.code).columns == " house_area_m2 "
    choose(client, upload, "accept")
    at_work()
    assert value_of(Household.objects.get(pk=household.pk), "house_area_m2") == "61"
    assert TrailEntry.objects.filter(act="columns_said", about=upload.code).count() == 1
    _household, november = own_table(62, "11")
    following, text = preview(client, at_work, november, "自己的表_20171120.csv")
    assert following.state == "preview" and "62 ㎡" in text and "没有认出来" in text


def test_the_towns_answer_holds_in_its_villages_and_not_the_other_way_round(signed_in, at_work):  # noqa: F811
    town, (_household, content) = signed_in("liang"), own_table(61)
    hand_in(town, content, "甲_20171020.csv")
    at_work()
    upload = Upload.objects.get()
    town.post(columns(upload), answers(town.get(columns(upload))))
    assert preview(signed_in("qin"), at_work, own_table(62)[1], "乙_20171020.csv")[0].state == "preview"
    Template.objects.update(area=PLACE)
    hand_in(signed_in("liang"), own_table(63)[1], "丙_20171020.csv")
    at_work()
    assert Upload.objects.first().state == "columns"


def test_what_is_wrong_with_the_answers_is_said_at_once_and_nothing_is_kept(waiting):
    client, _household, upload, page = waiting
    answer = client.post(columns(upload), answers(page, MEANT | {"房子多大": "房子有多大呀", "我的备注": "姓名"}))
    text = answer.content.decode()
    assert answer.status_code == 422 and "有 2 处要改" in text and "没有这一栏" in text and "和 B 列是同一栏" in text
    assert not Template.objects.exists() and Upload.objects.get().state == "columns"


def test_another_header_for_the_same_thing_is_understood(waiting, at_work):  # noqa: F811
    client, _household, upload, page = waiting
    client.post(columns(upload), answers(page, MEANT | {"身份号码": "公民身份号码", "哪个村的": " 村 名 ".replace(" ", "")}))
    assert Template.objects.get().mapping["身份号码"] == "certificate_no"


def test_a_table_that_waits_can_be_thrown_away(waiting, django_capture_on_commit_callbacks):
    client, _household, upload, _page = waiting
    with django_capture_on_commit_callbacks(execute=True):
        choose(client, upload, "none")
    assert Upload.objects.get().state == "thrown_away" and client.get(columns(upload)).status_code == 302


def test_what_was_decided_on_meanwhile_is_not_read_again(waiting):
    client, _household, upload, page = waiting
    Upload.objects.update(state="taken")
    client.post(columns(upload), answers(page))
    assert Upload.objects.get().state == "taken" and not Template.objects.exists()


def test_headers_lie_sealed(waiting):
    _client, _household, upload, _page = waiting
    assert "叫什么" not in str(upload.said["tables"])


def test_a_village_column_is_needed_by_nobody_but_the_households_code_is(signed_in, at_work):  # noqa: F811
    content = "姓名,证件号码,行政村,住房面积\n农大山,450499196503120114,思回村,60".encode()
    hand_in(signed_in("qin"), content, "名单_20171020.csv")
    at_work()
    upload = Upload.objects.get()
    assert upload.state == "columns" and upload.said["problems"] == ["《名单_20171020.csv》：缺少“户编号”列，看不出每一行是哪一户。请指定哪一列是户编号，或补上这一列。"]


def test_which_sheets_are_read_is_chosen_and_remembered(signed_in, at_work, tmp_path):  # noqa: F811
    import openpyxl

    def book(area, name):
        household = Household.objects.filter(village_id=PLACE).first()
        made = openpyxl.Workbook()
        for title, size in (("思回村", area), ("作废", 1)):
            sheet = made.create_sheet(title)
            sheet.append(["户编号", "姓名", "证件号码", "与户主关系", "行政村", "住房面积"])
            for row in queries.present_members(household):
                sheet.append([household.code, row.person.name, value_of(row.person, "certificate_no"), row.relation_to_head, "思回村", size])
        made.remove(made.active)
        made.save(tmp_path / name)
        return (tmp_path / name).read_bytes()

    client = signed_in("qin")
    upload, _text = preview(client, at_work, book(61, "甲_20171020.xlsx"), "甲_20171020.xlsx")
    page = client.get(columns(upload))
    assert "作废" in page.content.decode()
    given = {name: page.context["form"][name].value() for name in page.context["form"].fields}
    assert given["sheets"] == ["思回村", "作废"]
    client.post(columns(upload), given | {"sheets": ["思回村"]})
    at_work()
    upload.refresh_from_db()
    assert upload.state == "preview" and upload.said["counts"]["wrong"] == 0
    following, _text = preview(client, at_work, book(62, "乙_20171120.xlsx"), "乙_20171120.xlsx")
    assert following.said["rows"] == upload.said["rows"] and "“作废”" not in str(following.staged.get(kind="changes").plan)


@pytest.mark.parametrize("name", ["空的.xlsx", "不是表.csv"])
def test_what_is_no_table_is_refused_as_before(signed_in, at_work, name):  # noqa: F811
    client = signed_in("qin")
    client.post(reverse("registry:imports"), {"file": SimpleUploadedFile(name, b"\x00\x01\x02 nothing"), "on": "2017-10-20"})
    at_work()
    assert Upload.objects.get().state == "refused"
