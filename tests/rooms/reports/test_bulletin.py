"""The demo's bulletin says what the ledger holds: every figure opens its list, equals its recount, and follows a correction by exactly that much."""

import io
import json
import re
import tomllib
from pathlib import Path

import docx
import pytest
from django.db import connection
from django.urls import reverse

from bangfu.aid import demo as aid_demo
from bangfu.aid import figures as ledger_figures
from bangfu.aid import movements, verify, wishes
from bangfu.aid.models import Entry, Line, MicroWish, OtherGrant, Receipt, WishState
from bangfu.base.errors import Refused
from bangfu.config import office
from bangfu.reports import actions, figures, recount
from bangfu.reports.fields import Field, NotAField, parse, pieces, problems
from bangfu.reports.models import Bulletin
from tests.rooms.emptied import empty

SOURCE = Path(aid_demo.__file__).parents[1]


@pytest.fixture
def bulletin(officers):
    return Bulletin.objects.get()


def totals():
    """What demo/aid.toml fixes, by field, each read from the file."""
    data = tomllib.loads(aid_demo.DATA.read_text(encoding="utf-8"))
    found = {"慰问.户数": data["sympathy"]["households"], "慰问.金额": data["sympathy"]["yuan"] * 100, "助学.人数": data["study"]["students"], "助学.金额": data["study"]["yuan"] * 100}
    return found | {f"产业.{one['item']}": one["quantity"] for one in data["goods"]}


def values(bulletin):
    return {one.of.text: one.value for one in actions.live(bulletin)}


def recounted(bulletin):
    """The same figures by plain SQL."""
    found, at = {}, ledger_figures.position()
    for one in actions.fields_of(bulletin.text):
        with connection.cursor() as cursor:
            cursor.execute(recount.sql(one, town=bulletin.town_id, start=bulletin.starts_on, end=bulletin.ends_on, at=at))
            found[one.text] = int(cursor.fetchone()[0])
    return found


def test_the_figures_are_the_totals_their_lists_and_their_recount(bulletin):
    now = values(bulletin)
    assert {key: value for key, value in now.items() if key in totals()} == totals()
    assert recounted(bulletin) == now
    for one in actions.live(bulletin):
        if one.of.measure in ("money", "goods"):
            assert sum(row.quantity for row in one.rows) == one.value
        elif one.of.measure == "households":
            assert len({row.household for row in one.rows}) == one.value


def test_the_page_says_the_same_and_each_figure_opens_its_list(bulletin, signed_in):
    client = signed_in("liang")
    page = client.get(reverse("reports:bulletin", args=[bulletin.code])).content.decode()
    for words in ("101", "7.4万元", "32", "17,500元", "6,260", "8,600", "23,000"):
        assert f">{words}</a>" in page
    links = re.findall(r'href="(/bulletins/\w+/list/\?field=[^"]+)"', page)
    assert len(links) == len(actions.fields_of(bulletin.text))
    for link in links:
        assert client.get(link.replace("&amp;", "&")).status_code == 200


@pytest.mark.parametrize("field", ["慰问.金额", "助学.金额", "产业.百香果苗", "产业.香蜜顺梨苗", "产业.三黄鸡苗"])
@pytest.mark.parametrize("how", ["reversed", "cancelled"])
def test_one_line_less_changes_exactly_its_figures_and_not_an_issued_one(bulletin, officers, signed_in, field, how):
    before = values(bulletin)
    issued = actions.issue(bulletin=bulletin, by=officers["liang"])
    row = next(one for one in actions.live(bulletin) if one.of.text == field).rows[7]
    line = Line.objects.select_related("leg__account", "drawn_from", "batch__town").get(pk=row.line)
    if how == "reversed":
        movements.reverse(line=line, reason="记错了户", by=officers["liang"], key="r", came_back=True)
    else:
        movements.cancel_signature(receipt=Receipt.objects.get(pk=row.receipt), reason="没有签", by=officers["liang"], key="c")
    desk = field.split(".")[0]
    expected = before | {field: before[field] - row.quantity} | {key: before[key] - 1 for key in (f"{desk}.户数", f"{desk}.人数") if key in before}
    new = actions.write(bulletin=None, town=bulletin.town, title="再一份", starts_on=bulletin.starts_on, ends_on=bulletin.ends_on, text=bulletin.text, by=officers["liang"])
    assert values(new) == expected == recounted(new)
    assert {one.field: one.value for one in issued.figures.all()} == before
    assert {one.of.text: one.value for one in actions.live(issued, issued.position)} == before  # made again a year later
    assert actions.corrections(issued) == {key: (expected[key], expected[key] - before[key]) for key in before if expected[key] != before[key]}
    page = signed_in("liang").get(reverse("reports:bulletin", args=[issued.code])).content.decode()
    assert "有更正" in page and "7.4万元" in page
    said = {one["field"]: (one["value"], one["corrected_to"]) for one in office._bulletin(issued.code)["figures"]}
    assert said[field] == (before[field], expected[field])
    assert {one["field"]: one["value"] for one in office._bulletin(new.code)["figures"]} == expected


def test_an_issued_one_stays_and_its_document_says_the_same(bulletin, officers, signed_in):
    client = signed_in("liang")
    assert client.post(reverse("reports:issue", args=[bulletin.code])).status_code == 302
    assert client.post(reverse("reports:issue", args=[bulletin.code])).status_code == 302
    assert bulletin.figures.count() == len(actions.fields_of(bulletin.text))
    with pytest.raises(Refused):
        actions.write(bulletin=bulletin, town=bulletin.town, title="x", starts_on=bulletin.starts_on, ends_on=bulletin.ends_on, text="x", by=officers["liang"])
    file = client.post(reverse("reports:word", args=[bulletin.code]))
    document = docx.Document(io.BytesIO(file.content))
    text = "\n".join(one.text for one in document.paragraphs)
    assert "慰问困难群众101户，发放慰问金7.4万元" in text and "三黄鸡苗23,000羽" in text and "{" not in text.replace("{慰问", "")
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    for one in bulletin.figures.all():
        assert one.code in cells
        assert client.post(reverse("reports:bulletins"), {"code": one.code.lower()}).url == reverse("reports:figure", args=[one.code])


def test_a_list_shows_each_reader_what_is_in_scope(bulletin, officers, signed_in):
    issued = actions.issue(bulletin=bulletin, by=officers["liang"])
    figure = issued.figures.get(field="慰问.金额")
    mine = Line.objects.filter(pk__in=[row[1] for row in figure.rows], household__village="450481108202").count()
    assert 0 < mine < len(figure.rows)
    assert f"您看得到的 {mine} 行" in signed_in("qin").get(reverse("reports:figure", args=[figure.code])).content.decode()
    everything = signed_in("meng").get(reverse("reports:figure", args=[figure.code])).content.decode()
    assert f"共 {len(figure.rows)} 行。" in everything
    assert signed_in("zu3").get(reverse("reports:bulletin", args=[issued.code])).status_code == 200


def test_the_totals_stand_in_the_data_file_and_nowhere_else():
    data = aid_demo.DATA.read_text(encoding="utf-8")
    numbers = {f"{one}" for one in (tomllib.loads(data)["sympathy"]["yuan"], tomllib.loads(data)["study"]["yuan"], *(one["quantity"] for one in tomllib.loads(data)["goods"]))}
    spelled = {number: rf"(?<![\d_.,#]){number[:-3]}[_,]?{number[-3:]}(?:_?00)?(?![\d_])" for number in numbers} | {"万元": r"7\.4 ?万"}
    for path in SOURCE.rglob("*"):
        if path.suffix not in (".py", ".html", ".typ", ".toml", ".js") or path == aid_demo.DATA:
            continue
        text = path.read_text(encoding="utf-8")
        for number, pattern in spelled.items():
            assert not re.search(pattern, text), f"{number} in {path.name}"


def test_another_seed_gives_others_the_same_totals(bulletin, officers):
    first = {(row.household, row.quantity) for one in actions.live(bulletin) for row in one.rows}
    empty("reports", "aid")
    aid_demo.fill(seed=7)
    again = Bulletin(town=bulletin.town, starts_on=bulletin.starts_on, ends_on=bulletin.ends_on, text=bulletin.text)
    assert {key: value for key, value in values(again).items() if key in totals()} == totals()
    assert {(row.household, row.quantity) for one in actions.live(again) for row in one.rows} != first


def test_what_cannot_be_read_is_said_at_once(officers, bulletin):
    text = "户数{慰问.几户}，{没有.户数}，{手填.12}，{慰问.户数@远村}"
    assert problems(text) == ["{没有.户数}：没有“没有”。可以写：慰问、微心愿、助学、产业、奖补、手填", "{手填.12}：手填的数要写来源，如 {手填.12.来访登记簿}"]
    with pytest.raises(Refused, match="没有“没有”"):
        actions.write(bulletin=None, town=bulletin.town, title="x", starts_on=bulletin.starts_on, ends_on=bulletin.ends_on, text=text, by=officers["liang"])
    with pytest.raises(Refused, match="没有这个村"):
        actions.write(bulletin=None, town=bulletin.town, title="x", starts_on=bulletin.starts_on, ends_on=bulletin.ends_on, text="{慰问.户数@远村}", by=officers["liang"])
    assert problems("{慰问.户数") == ["花括号没有成对"]


def test_fields_are_read():
    assert list(pieces("给{慰问.户数@思回村}户")) == ["给", Field("慰问.户数@思回村", "慰问", "households", village="思回村"), "户"]
    assert parse("产业.三黄鸡苗") == Field("产业.三黄鸡苗", "产业", "goods", of="三黄鸡苗")
    assert parse("手填.12.来访登记簿") == Field("手填.12.来访登记簿", measure="by_hand", typed="12", of="来访登记簿")
    with pytest.raises(NotAField):
        parse("慰问.")


def test_a_village_is_counted_alone(bulletin, officers):
    whole = values(bulletin)["慰问.金额"]
    text = "、".join(f"{{慰问.金额@{name}}}" for name in bulletin.town.__class__.objects.filter(code__startswith="450481108").exclude(code__endswith="000").values_list("name", flat=True))
    parts = actions.write(bulletin=None, town=bulletin.town, title="各村", starts_on=bulletin.starts_on, ends_on=bulletin.ends_on, text=text, by=officers["liang"])
    assert sum(values(parts).values()) == whole and recounted(parts) == values(parts)


def test_the_command_prints_json(capsys, monkeypatch, bulletin):
    from bangfu import cli

    monkeypatch.setattr(office, "bulletin", lambda data, code: office._bulletin(code))
    assert cli.main(["bulletin", "--demo", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {one["field"]: one["value"] for one in said["figures"] if one["field"] in totals()} == totals()
    assert cli.main(["bulletin", "--demo"]) == 0
    assert "7.4万元" in capsys.readouterr().out


def test_the_demo_holds_what_a_town_has(bulletin):
    """Wishes of all states, a reversed line, an absent recipient, somebody who collected for another, a double, a transfer that came back."""
    wanted = list(MicroWish.objects.all())
    assert {one.state for one in wanted} == set(WishState.values) and len(wishes.fulfilled(wanted)) == 1
    assert Line.objects.filter(reversal__isnull=False).count() == 2 and Line.objects.open().exists()
    assert Receipt.objects.filter(mode="by_another").exists() and Entry.objects.filter(kind="reversed", aside__said__reason__startswith="银行退回").exists()
    assert OtherGrant.objects.exists() and verify.broken()[1] is None and verify.recount() == []


def test_a_figure_changed_by_hand_is_named(bulletin, officers):
    issued = actions.issue(bulletin=bulletin, by=officers["liang"])
    assert figures.changed_by_hand() == []
    issued.figures.filter(field="慰问.户数").update(value=102)
    assert figures.changed_by_hand() == [f"简报“{bulletin.title}”的 慰问.户数 印发以后被改过"]
