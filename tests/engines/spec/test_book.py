"""What a judgement may look at: whatever it asks, of whatever row, it is what the file says."""

from datetime import date

from bangfu.engines.reconcile.book import ASKED, open_book
from bangfu.engines.reconcile.compare import compare
from bangfu.engines.reconcile.link import link
from tests.engines.spec.registers import desk_of

AS_OF = date(2017, 10, 20)
REGISTER = """
    household_code | person_code | name   | certificate_no     | relation_to_head | sex | ethnicity | village
    46050000001    | 700001      | 黄大山 | 450499196503120114 | 户主             | 男  | 汉族      | 甲村
    46050000001    | 700002      | 陈秀兰 | 450499196708050228 | 配偶             | 女  | 壮族      | 甲村
    46050000002    | 700003      | 李小明 | 45049919800101001X | 户主             | 男  | 汉族      | 甲村
"""


def book_of(cited):
    desk, sides = desk_of(REGISTER, REGISTER)
    link(desk, sides, AS_OF)
    compare(desk, sides["handbook"], sides["system"], AS_OF)
    return open_book(desk, sides, {"handbook": cited, "system": {}}, AS_OF)


def test_a_household_is_there_on_both_sides_and_nobody_else():
    book = book_of({1: False})
    assert [[row["name"] for row in book.household(side, 0)] for side in ("handbook", "system")] == [["黄大山", "陈秀兰"]] * 2
    assert [row["name"] for row in book.other("handbook", 0)] == ["黄大山", "陈秀兰"]
    assert 2 not in book.rows["handbook"]


def test_what_nobody_was_expected_to_ask_is_fetched_all_the_same():
    head, wife = book_of({1: False}).household("handbook", 0)
    assert "ethnicity" not in ASKED and "sex" in ASKED
    assert (wife["sex"], head["sex"]) == ("女", "男"), "a column fetched for the rows cited, asked of another"
    assert (wife["ethnicity"], head["ethnicity"]) == ("壮族", "汉族"), "a column not fetched at all"
    assert (wife["k_number"], head["k_number"]) == ("450499196708050228", "450499196503120114"), "a key read for the rows cited, asked of another"
    assert wife.get("school_stage", "none") == "none"


def test_of_a_finding_on_the_household_its_head_is_cited_too():
    book = book_of({1: True})
    head = book.household("handbook", 0)[0]
    assert head["id"] == 0 and book.rows["handbook"].cited == [0, 1]
