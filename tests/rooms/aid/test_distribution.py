"""Sheets that are taken along and come back: by village and by caseworker, typed by exception, who did not come stays open."""

import pytest

from bangfu.aid import distribution, movements, queries
from bangfu.aid.distribution import Said
from bangfu.aid.errors import Refused
from bangfu.aid.models import Line, Receipt
from bangfu.chain.queries import caseworkers_on

from .conftest import TODAY
from .listed import approved


@pytest.fixture
def batch(made, homes, officers):
    return approved(made("慰问"), homes[:12], officers)


def back(sheet, text, officers, witness=None):
    rows = distribution.rows_of(sheet)
    return distribution.type_back(sheet=sheet, rows=rows, typed=distribution.read(text, rows), on=TODAY, distributors=(officers["qin"], officers["zu3"]), witness=witness, by=officers["liang"])


def test_a_sheet_of_each_caseworker_has_his_households_only(batch, officers, town):
    sheets = distribution.sheets_by_caseworker(town=town, on=TODAY, by=officers["liang"])
    held = caseworkers_on(set(batch.lines.values_list("household", flat=True)), TODAY)
    assert {sheet.officer_id for sheet in sheets} == {one.officer_id for one in held.values()}
    for sheet in sheets:
        assert {held[row.household.pk].officer_id for row in distribution.rows_of(sheet)} == {sheet.officer_id}
    assert [one.pk for one in distribution.sheets_by_caseworker(town=town, on=TODAY, by=officers["liang"])] == [one.pk for one in sheets]  # the same sheets


def test_who_did_not_come_is_on_the_next_sheet(batch, officers, town):
    (sheet,) = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    assert back(sheet, "2-4 缺", officers) == (9, 3, 0)
    (again,) = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    assert [row.household for row in distribution.rows_of(again)] == [line.household for line in batch.lines.filter(number__in=(2, 3, 4))]
    assert back(again, "1 拒", officers) == (2, 0, 1)
    assert not Line.objects.open().exists() and Line.objects.get(number=2).reversal.aside.said["reason"] == "本人不领"


def test_a_fingerprint_wants_a_witness_who_hands_nothing_over(batch, officers):
    (sheet,) = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    with pytest.raises(Refused, match="要写监督人"):
        back(sheet, "1 手", officers)
    sheet.refresh_from_db()
    with pytest.raises(Refused, match="监督人不能是发放人"):
        back(sheet, "1 手", officers, witness=officers["zu3"])
    assert not Receipt.objects.exists()


def test_exceptions_are_read(batch, officers):
    (sheet,) = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    rows = distribution.rows_of(sheet)
    typed = distribution.read("1 缺，2代 儿子 黄 明；3 手印\n5-6 不在,12 other son", rows)
    assert typed.problems == []
    assert typed.rows == {1: Said("absent"), 2: Said("by_another", "儿子", "黄 明"), 3: Said("fingerprint"), 5: Said("absent"), 6: Said("absent"), 12: Said("by_another", "son")}
    wrong = distribution.read("13 缺，1 缺，1 手，4-2 缺，7 数 3，x", rows)
    assert wrong.problems == ["这张表没有第 13 行。", "第 1 行写了两次。", "“4-2 缺”：后面的序号应当大一些。", "第 7 行的实领数要大于 0，小于应领数；只有一样实物的行可以这样写。",
                              "“x”看不懂。写序号和一个字：缺、拒、手、代、数。"]  # fmt: skip


def test_a_sheet_that_came_back_twice_is_entered_once(batch, officers):
    (sheet,) = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    back(sheet, "", officers)
    with pytest.raises(Refused, match="录过了"):
        back(sheet, "", officers)
    assert Receipt.objects.count() == 12


def test_a_line_reversed_meanwhile_is_not_signed(batch, officers):
    (sheet,) = distribution.sheets_by_village(batch=batch, by=officers["liang"])
    movements.reverse(line=batch.lines.get(number=5), reason="错", by=officers["liang"], key="r")
    assert back(sheet, "", officers) == (11, 0, 0)
    done = queries.progress(batch, officers["liang"])
    assert (done.recipients, done.signed) == (11, 11)
