"""结对帮扶一览表 as towns have it comes in and goes out; a hand-over of all households of one caseworker."""

import io
from datetime import date

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from bangfu.base.models import TrailEntry
from bangfu.chain import handover, pairing, queries
from bangfu.chain.models import Assignment, Cadre, Link, Reassignment
from bangfu.registry.models import Area, Household
from bangfu.registry.queries import head_name

VILLAGE = "450481108202"
HEAD = [["大业镇2017年结对帮扶一览表"], ["填报单位：大业镇扶贫办"],
        ["序号", "行政村", "村民小组", "户主姓名", "家庭人口数", "帮扶责任人", None, None, None, "备注"], [None, None, None, None, None, "姓名", "单位及职务", "联系电话", "帮扶开始时间", None]]


def table(rows, head=HEAD):
    book = openpyxl.Workbook()
    for row in [*head, *rows, ["合计", None, None, f"{len(rows)}户"]]:
        book.active.append(row)
    book.active.merge_cells("F3:I3")
    book.save(out := io.BytesIO())
    return SimpleUploadedFile("结对帮扶一览表.xlsx", out.getvalue())


@pytest.fixture
def homes(officers):
    return list(Household.objects.filter(village=VILLAGE).select_related("village", "source").order_by("code"))


def row(number, home, *who):
    return [number, "思回村", None, head_name(home, date(2017, 10, 20)), len(home.present), *who]


def sent(client, rows, **more):
    return client.post(reverse("chain:pairing"), {"file": table(rows), "starts_on": "2017-10-25", "document_no": "大业发〔2017〕40号"} | more, follow=True)


def test_a_towns_table_is_read_looked_at_and_then_done(signed_in, officers, homes):
    client, now = signed_in("liang"), queries.caseworkers_on([one.pk for one in homes], date(2017, 10, 20))
    before, known = Assignment.objects.count(), Cadre.objects.count()
    same, other = now[homes[0].pk].officer, officers["ren1a"]
    page = sent(client, [row(1, homes[0], same.name, None, same.cadre.phone), row(2, homes[1], other.name, None, other.cadre.phone),
                         row(3, homes[2], "韦新来", "镇财政所干部", "10000000999", "2017年11月"), row(4, homes[3], "韦新来", "镇财政所干部", "10000000999", "2017-11-02")])  # fmt: skip
    text = page.content.decode()
    assert "要改 <b>3</b> 户，不变 <b>1</b> 户，读不懂或不能改的 <b>0</b> 处" in text and "册上还没有的人" in text and text.count("韦新来") == 3
    assert Assignment.objects.count() == before and Cadre.objects.count() == known
    kept = Reassignment.objects.get()
    where = reverse("chain:reassignment", args=[kept.code])
    for _twice in range(2):
        done = client.post(where, {"act": "accept"}, follow=True).content.decode()
    assert "改了 3 户，新认识 1 个人" in done and Assignment.objects.count() == before + 3 and Cadre.objects.count() == known + 1
    new = Cadre.objects.get(phone="10000000999")
    assert (new.officer.name, new.unit.name, new.level, new.officer.has_usable_password()) == ("韦新来", "镇财政所", "town", False)
    assert queries.chain_of(homes[2], date(2017, 11, 1))[6].holders[0].name == "韦新来"
    assert queries.chain_of(homes[2], date(2017, 10, 31))[6].holders[0].officer == now[homes[2].pk].officer  # the past stays
    assert queries.chain_of(homes[1], date(2017, 10, 25))[6].holders[0].document_no == "大业发〔2017〕40号"
    assert TrailEntry.objects.filter(act="reassigned").count() == 1 and not Reassignment.objects.get().plan


def test_everything_that_is_wrong_is_said_at_once_by_row(signed_in, officers, homes):
    twins = [officers["ren1a"], officers["ren2a"]]
    twins[1].name = twins[0].name
    twins[1].save()
    rows = [[1, "思回村", None, "没有这户", 3, "韦新来", None, None], row(2, homes[0], "韦甲、韦乙"), row(3, homes[1], twins[0].name, "县外单位", "10000000000"),
            row(4, homes[2], "韦新来", None, None, "去年"), row(5, homes[3], "韦新来", None, None, "2017-01-01"), row(6, homes[4], "韦一"), row(7, homes[4], "韦二")]  # fmt: skip
    text = sent(signed_in("liang"), rows).content.decode()
    for words in ("第 5 行：册上没有思回村没有这户户", "第 6 行：帮扶责任人写了几个人（韦甲、韦乙）", f"第 7 行：叫{twins[0].name}的有 2 个", "第 8 行：帮扶开始时间“去年”读不懂",
                  "第 9 行：", "起已经定了", "第 11 行：", "两行不一样"):
        assert words in text, words
    assert Household.objects.get(pk=homes[0].pk).assignments.filter(starts_on="2017-10-25").count() == 0


def test_a_file_that_is_none_is_refused_in_words(signed_in):
    client = signed_in("liang")
    other = client.post(reverse("chain:pairing"), {"file": table([[1, "思回村", None, "黄大", 3]], head=[*HEAD[:2], ["序号", "行政村", "村民小组", "户主姓名", "家庭人口数"]]), "starts_on": "2017-10-25"})
    assert other.status_code == 422 and "姓名" in other.content.decode()
    assert client.post(reverse("chain:pairing"), {"file": SimpleUploadedFile("x.xlsx", b"nothing"), "starts_on": "2017-10-25"}).status_code == 422
    assert client.post(reverse("chain:pairing"), {}).status_code == 422 and not Reassignment.objects.exists()


def test_what_is_exported_changes_nothing_when_it_comes_in_again(signed_in, officers, tmp_path):
    answer = signed_in("liang").post(reverse("chain:pairing_export"), {"on": "2017-10-20"})
    path = tmp_path / "表.xlsx"
    path.write_bytes(answer.getvalue())
    sheet = openpyxl.load_workbook(path).active
    rows = list(sheet.iter_rows(min_row=4, values_only=True))
    assert "梁秀珍" in sheet["A2"].value and "用途：结对帮扶" in sheet["A2"].value and TrailEntry.objects.get(act="exported").result.startswith(f"结对帮扶一览表，{len(rows)} 户 ")
    plan = pairing.read(path, town=Area.objects.get(code="450481108000"), starts_on=date(2017, 10, 20))
    assigned = len(queries.caseworkers_on(set(Household.objects.values_list("pk", flat=True)), date(2017, 10, 20)))
    assert (len(plan.lines), list(plan.problems), plan.same) == (0, [], assigned) and len(rows) == Household.objects.filter(members__ends_on=None).distinct().count()
    assert rows[0][6] and rows[0][8] and rows[0][-1]  # caseworker, telephone, team members


def test_all_households_of_one_go_to_another_and_what_another_changed_meanwhile_is_left(signed_in, officers):
    client, former, new = signed_in("liang"), officers["ren3z"], officers["ren1a"]
    _villages, mine = queries.span(former, date(2017, 10, 20))
    page = client.post(reverse("chain:hand_over"), {"former": former.pk, "new": new.pk, "starts_on": "2017-10-25"}, follow=True).content.decode()
    assert f"要改 <b>{len(mine)}</b> 户" in page and "跟着户走的" in page and "还没有访到的应访" in page
    one = Household.objects.get(pk=min(mine))
    from bangfu.chain import actions

    actions.assign(link=Link.CASEWORKER, node=one, officer=officers["gua1"], starts_on=date(2017, 10, 21), by=officers["liang"])
    kept = Reassignment.objects.get()
    done = client.post(reverse("chain:reassignment", args=[kept.code]), {"act": "accept"}, follow=True).content.decode()
    assert f"改了 {len(mine) - 1} 户" in done and "另有 1 户在这中间被别人改过，没有动" in done
    assert queries.span(former, date(2017, 10, 25))[1] == set() and queries.span(former, date(2017, 10, 24))[1] == mine - {one.pk}
    assert queries.span(new, date(2017, 10, 25))[1] >= mine - {one.pk} and one.pk in queries.span(officers["gua1"], date(2017, 10, 25))[1]


def test_a_plan_thrown_away_changes_nothing_and_cannot_be_done_later(signed_in, officers):
    client, before = signed_in("liang"), Assignment.objects.count()
    client.post(reverse("chain:hand_over"), {"former": officers["ren3z"].pk, "new": officers["ren1a"].pk, "starts_on": "2017-10-25"})
    kept = Reassignment.objects.get()
    where = reverse("chain:reassignment", args=[kept.code])
    client.post(where, {"act": "throw_away"})
    assert handover.accept(kept=kept, by=officers["liang"]) is False and Assignment.objects.count() == before
    assert "没有办" in client.get(where).content.decode()


def test_a_hand_over_to_oneself_or_of_nothing_is_refused(signed_in, officers):
    client = signed_in("liang")
    for former, new in (("ren3z", "ren3z"), ("ren3a", "ren3z")):  # ren3a gave them up in August and stands in the list no more
        assert client.post(reverse("chain:hand_over"), {"former": officers[former].pk, "new": officers[new].pk, "starts_on": "2017-10-25"}).status_code == 422


def test_one_whose_account_was_closed_is_relieved_and_takes_nothing_over(signed_in, officers):
    gone = officers["ren3z"]
    gone.is_active = False
    gone.save()
    client = signed_in("liang")
    form = client.get(reverse("chain:hand_over")).content.decode()
    assert f"{gone.name}（" in form and "已停用" in form
    assert client.post(reverse("chain:hand_over"), {"former": officers["ren1a"].pk, "new": gone.pk, "starts_on": "2017-10-25"}).status_code == 422
    client.post(reverse("chain:hand_over"), {"former": gone.pk, "new": officers["ren1a"].pk, "starts_on": "2017-10-25"})
    assert len(handover.plan_of(Reassignment.objects.get()).lines) == len(queries.span(gone, date(2017, 10, 20))[1])


def test_several_names_are_noticed_however_short_and_a_space_in_a_name_is_none(signed_in, homes):
    page = sent(signed_in("liang"), [row(1, homes[0], "韦明、李"), row(2, homes[1], "韦明 李华"), row(3, homes[2], "韦 明")]).content.decode()
    assert page.count("帮扶责任人写了几个人") == 2 and "要改 <b>1</b> 户" in page


def test_a_cell_that_cannot_be_read_is_said_in_words_and_its_number_is_masked(signed_in, homes):
    head = [*HEAD[:2], ["序号", "行政村", "户主姓名", "身份证号码", "帮扶责任人"]]
    rows = [[1, "思回村", head_name(homes[0], date(2017, 10, 20)), 450499197001010010, "韦明"]]
    page = signed_in("liang").post(reverse("chain:pairing"), {"file": table(rows, head=head), "starts_on": "2017-10-25"}, follow=True).content.decode()
    assert "Problem(" not in page and "450499197001010010" not in page and "要改 <b>1</b> 户" in page
