"""Linking, step by step. ID of a row = its line, from 0. All people are invented."""

import pytest

from bangfu.engines.reconcile.likeness import ONE_CHARACTER, OTHER, SAME, SOUND, names_alike
from bangfu.engines.reconcile.link import AHEAD, ENOUGH, WEIGHTS, agrees, counted_bits, link, weigh
from tests.engines.spec.registers import AS_OF, desk_of
from tests.tables import rows


def linked(handbook, system):
    desk, sides = desk_of(handbook, system)
    link(desk, sides, AS_OF)
    pairs = {(row["h"], row["s"]): (row["method"], row["evidence"]) for row in desk.rows("SELECT * FROM pairs_said ORDER BY h")}
    unclear = {(row["h"], row["s"]) for row in desk.rows("SELECT * FROM ambiguous")}
    copies = {(row["side"], row["id"], row["stands"]) for row in desk.rows("SELECT * FROM copies")}
    return pairs, unclear, copies


ALIKE = rows("""
    one      | other    | alike
    ---------+----------+--------------
    黄小明   | 黄小明   | same
    黄小明   | 黄小鸣   | sound
    王小明   | 黄小明   | sound
    陈志伟   | 陈致玮   | sound
    李玲     | 李铃     | sound
    黄小明   | 黄小朋   | one_character
    黄小明   | 黄明小   | one_character
    黄小明   | 黄明     | one_character
    黄小明   | 李小鸣   | other
    黄明     | 李强     | other
    黄       | 李       | other
    𠮷小明   | 吉小明   | one_character
    黄小明   |          | other
""")


@pytest.mark.parametrize("row", ALIKE, ids=lambda row: f"{row['one']}-{row['other']}")
def test_names_are_the_same_sound_alike_or_differ_by_one_character(row):
    assert {row["alike"]} <= {SAME, SOUND, ONE_CHARACTER, OTHER}
    assert names_alike(row["one"], row["other"]) == row["alike"] == names_alike(row["other"], row["one"])


def test_the_same_code_pairs_unless_the_rest_contradicts_it():
    pairs, _, _ = linked("""
        person_code | name   | certificate_no     | village
        700001      | 黄大山 | 450499196503120114 | 甲村
        700002      | 陈秀兰 | 450499196708050228 | 甲村
        700003      | 黄小鸣 |                    | 甲村
    """, """
        person_code | name   | certificate_no     | village
        700001      | 黄大山 |                    | 甲村
        700002      | 李国强 | 450499197001150115 | 甲村
        700003      | 黄小明 | 450499199211200116 | 甲村
    """)
    assert pairs == {
        (0, 0): ("person_code", "人编号相同，姓名都是“黄大山”"),
        (2, 2): ("person_code", "人编号相同，姓名读音相同（手册“黄小鸣”，系统“黄小明”）"),
    }


def test_the_same_number_pairs_across_villages_and_a_number_typed_onto_another_person_does_not():
    pairs, _, _ = linked("""
        name   | certificate_no     | village
        黄大山 | 450499196503120114 | 甲村
        陈秀兰 | 450499196708050228 | 甲村
    """, """
        name   | certificate_no       | village
        黄大山 | 45049919650312011443 | 乙村
        李国强 | 450499196708050228   | 甲村
    """)
    assert pairs == {(0, 0): ("citizen_id", "证件号码相同，姓名都是“黄大山”")}


def test_exchanged_numbers_do_not_part_people_whose_codes_and_names_agree():
    pairs, _, _ = linked("""
        person_code | name   | certificate_no     | village
        1001        | 黄大山 | 450499196708050228 | 甲村
        1002        | 陈秀兰 | 450499196503120114 | 甲村
    """, """
        person_code | name   | certificate_no     | village
        1001        | 黄大山 | 450499196503120114 | 甲村
        1002        | 陈秀兰 | 450499196708050228 | 甲村
    """)
    assert set(pairs) == {(0, 0), (1, 1)}


def test_without_any_key_a_household_is_found_by_its_head_and_members_by_name_with_support():
    pairs, _, _ = linked("""
        village | head_name | name   | relation_to_head
        甲村    | 卢德才    | 卢德才 | 户主
        甲村    | 卢德才    | 卢永福 | 之子
        甲村    | 卢德才    | 卢思宇 | 之孙女
    """, """
        village | household_code | name   | relation_to_head | certificate_no
        甲村    | 1001           | 卢德才 | 户主             | 450499195507070113
        甲村    | 1001           | 卢永福 | 之子             | 450499198303030113
        甲村    | 1001           | 卢思雨 | 之孙女           | 450499201012250225
    """)
    assert {pair: method for pair, (method, _) in pairs.items()} == {
        (0, 0): "household_name", (1, 1): "household_name", (2, 2): "household_name"}
    assert pairs[2, 2][1] == "姓名读音相同（手册“卢思宇”，系统“卢思雨”），同一户，与户主关系都是“之孙女”"


def test_two_that_are_about_equally_good_are_listed_and_none_is_chosen():
    pairs, unclear, _ = linked("""
        village | name | relation_to_head | household_code
        甲村    | 李芳 | 之女             | 1
    """, """
        village | name | relation_to_head | household_code
        甲村    | 李芳 | 之女             | 2
        甲村    | 李芳 | 之女             | 3
    """)
    assert pairs == {} and unclear == {(0, 0), (0, 1)}


def test_a_name_alone_pairs_nobody():
    pairs, unclear, _ = linked("""
        village | name | household_code
        甲村    | 李芳 | 1
    """, """
        village | name | household_code
        乙村    | 李芳 | 2
    """)
    assert pairs == {} and unclear == set()


def test_a_row_written_twice_is_one_copy_and_steals_no_pair():
    pairs, _, copies = linked("""
        person_code | name   | education_level | village
        1           | 黄大山 | 小学            | 甲村
        1           | 黄大山 |                 | 甲村
        2           | 黄小山 | 小学            | 甲村
    """.replace("1  ", "700001").replace("2  ", "700002"), """
        person_code | name   | education_level | village
        700001      | 黄大山 | 小学            | 甲村
        700002      | 黄小山 | 小学            | 甲村
    """)
    assert set(pairs) == {(0, 0), (2, 1)} and copies == {("handbook", 1, 0)}


def test_brothers_under_one_code_are_no_copies():
    _, _, copies = linked("""
        person_code | name   | certificate_no     | village
        700001      | 黄大山 | 450499196503120114 | 甲村
        700001      | 陈秀兰 | 450499196708050228 | 甲村
    """, """
        person_code | name   | certificate_no     | village
        700009      | 莫水生 | 450499194812020118 | 甲村
    """)
    assert copies == set()


def test_placeholder_codes_and_numbers_are_no_keys():
    pairs, _, _ = linked("""
        person_code | name   | certificate_no     | village | household_code
        0           | 黄小妹 | 999999201701010000 | 甲村    | 1
    """, """
        person_code | name   | certificate_no     | village | household_code
        0           | 李小妹 | 999999201701010000 | 甲村    | 2
    """)
    assert pairs == {}


def row(**said):
    keys = ("name", "number", "certificate", "code", "household_code", "birth", "sex", "relation", "phone", "village")
    return {"id": 0, "k_household": 0} | {f"k_{key}": said.get(key) for key in keys}


def test_a_weak_name_needs_a_household_or_a_number_to_reach_a_pair():
    one, other = row(name="黄小明", relation="之子"), row(name="黄小鸣", relation="之子")
    assert weigh(one, other, False)[0] < ENOUGH < weigh(one, other, True)[0]
    assert weigh(row(name="阿牛", certificate="450499196503120114"), row(name="黄大山", certificate="450499196503120114"), True)[0] > ENOUGH + AHEAD


def test_a_shared_number_of_two_names_needs_birth_dates_of_their_own():
    one, other = row(name="阿牛", certificate="450499196503120114"), row(name="黄大山", certificate="450499196503120114")
    assert not agrees(one, other)
    assert agrees(one | {"k_birth": "1965-03-12"}, other | {"k_birth": "1965-03-12"})


def test_household_columns_filled_on_the_first_row_only_belong_to_the_rows_below():
    desk, _ = desk_of("""
        household_code | village | name   | relation_to_head
        1001           | 甲村    | 卢德才 | 户主
                       |         | 卢永福 | 之子
        1002           | 甲村    | 莫水生 | 户主
                       |         | 李阿妹 | 配偶
                       | 乙村    | 覃国强 | 之子
                       | 乙村    | 韦安   | 户主
    """, """
        household_code | village | name   | relation_to_head
        1001           | 甲村    | 卢德才 | 户主
    """)
    rows_ = desk.rows("SELECT k_household, k_village FROM handbook ORDER BY id")
    assert [row["k_household"] for row in rows_] == [0, 0, 2, 2, 4, 5]  # the id of its first row
    assert [row["k_village"] for row in rows_] == ["甲", "甲", "甲", "甲", "乙", "乙"]


@pytest.mark.parametrize(("number", "birth", "same_person"), [
    ("450499196809285062", "1968-09-28", True),  # eight and nine changed places: two slips that are no neighbours
    ("450499197111035067", "1971-11-03", False),  # another number altogether
])
def test_a_number_with_two_slips_speaks_for_the_same_person_and_another_number_against(number, birth, same_person):
    pairs, _, _ = linked("""
        village | household_code | name   | relation_to_head | certificate_no     | birth_date
        甲村    | 1001           | 黄大山 | 户主             | 450499196503120114 | 1965-03-12
        甲村    | 1001           | 刘利   |                  | 450499196808295062 | 1968-08-29
    """, f"""
        village | household_code | name   | relation_to_head | certificate_no     | birth_date
        甲村    | 1001           | 黄大山 | 户主             | 450499196503120114 | 1965-03-12
        甲村    | 1001           | 刘利   |                  | {number} | {birth}
    """)
    assert ((1, 1) in pairs) == same_person


def test_the_last_one_left_of_a_household_is_weighed_as_such_and_another_person_in_that_place_is_not_taken_for_him():
    home = """
        village | household_code | name   | relation_to_head | sex | certificate_no     | birth_date
        甲村    | 1001           | 黄大山 | 户主             | 男  | 450499196503120114 | 1965-03-12
        甲村    | 1001           | {name} | {relation}       | 女  | {number}           | {birth}
    """
    wife = home.format(name="刘利", relation="配偶", number="", birth="1968-08-29")
    pairs, _, _ = linked(wife, home.format(name="阿妹", relation="配偶", number="", birth="1968-09-29"))
    assert "两边各剩这一人" in pairs[1, 1][1]
    for other in (home.format(name="阿妹", relation="之女", number="", birth="1968-09-29"), home.format(name="莫兰", relation="配偶", number="450499197403210026", birth="1974-03-21")):
        assert (1, 1) not in linked(wife, other)[0]


def test_a_row_written_twice_under_another_code_is_a_copy_where_name_and_birth_say_so():
    row = "700002 | 1001 | 甲村 | 黄小山 | 之子 | 1990-01-02"
    head = "person_code | household_code | village | name | relation_to_head | birth_date\n700001 | 1001 | 甲村 | 黄大山 | 户主 | 1965-03-12\n" + row
    for again, copies in ((row.replace("700002", "700008"), 1), (row.replace("700002", "700008").replace("1990", "1992"), 0)):
        assert len(linked(head + "\n" + again, head)[2]) == copies


def test_one_code_in_two_villages_with_a_head_in_each_is_two_households():
    desk, _ = desk_of("""
        household_code | village | name   | relation_to_head
        1001           | 甲村    | 卢德才 | 户主
        1001           | 甲村    | 李阿妹 | 配偶
        1001           | 乙村    | 覃国强 | 户主
        1002           | 乙村    | 韦安   | 户主
        1002           | 丙村    | 韦小安 | 之子
    """, "household_code | village | name | relation_to_head\n1001 | 甲村 | 卢德才 | 户主")
    assert [row["k_household"] for row in desk.rows("SELECT k_household FROM handbook ORDER BY id")] == [0, 0, 2, 3, 3]


def test_without_codes_another_phone_begins_a_household_and_a_second_head_does():
    desk, _ = desk_of("""
        village | name   | relation_to_head | household_phone
        甲村    | 卢德才 | 户主             | 10000000001
        甲村    | 李阿妹 | 配偶             | 10000000001
        甲村    | 覃国强 | 配偶             | 10000000002
        甲村    | 莫水生 | 户主             | 10000000002
        甲村    | 莫小生 | 户主             | 10000000002
    """, "household_code | village | name | relation_to_head\n1001 | 甲村 | 卢德才 | 户主")
    assert [row["k_household"] for row in desk.rows("SELECT k_household FROM handbook ORDER BY id")] == [0, 0, 2, 2, 4]


def register(name):
    """600 people of one village in 200 households; `name` says what the n-th is called. Codes and numbers seal nearly all of them."""
    lines = ["person_code | household_code | village | name | relation_to_head | birth_date"]
    for n in range(600):
        lines.append(f"{700000 + 7 * n} | {1000 + n // 3} | 甲村 | {name(n)} | {'户主配偶之子'[2 * (n % 3):2 * (n % 3) + 2]} | {1930 + n % 83}-{1 + n % 12:02d}-{1 + n % 28:02d}")
    return "\n".join(lines)


def test_weights_are_what_this_months_pairs_show():
    def measured(name):
        desk, sides = desk_of(register(name), register(name))
        return link(desk, sides, AS_OF)

    usual, one_name = measured(lambda n: f"黄{chr(0x4E00 + n)}{chr(0x6E00 + 7 * n)}"), measured(lambda n: "黄大明" if n % 4 < 2 else f"黄{chr(0x4E00 + n)}{chr(0x6E00 + n)}")
    assert usual["name_same"] > 8 > 3 > one_name["name_same"]  # where every second person is 黄大明 the name says little
    assert usual["name_other"] == -6 and usual["birth_same"] > 5 and measured(lambda n: f"黄{chr(0x4E00 + n)}{chr(0x6E00 + 7 * n)}") == usual
    few, sides = desk_of("person_code | name\n700001 | 黄大山", "person_code | name\n700001 | 黄大山")
    assert link(few, sides, AS_OF) == WEIGHTS


@pytest.mark.parametrize(("seen", "table", "bits"), [
    ((2900, 3000, 60, 3000), 7, 5.6),  # seen often: what was counted
    ((0, 426, 16, 2073), 2, -0.2),  # never seen among few pairs: as likely as it may be, and not as the table says
    ((0, 426, 2057, 2073), -3, -6.0),  # nearly every stranger does, so its absence says much
    ((4, 3000, 40, 3000), -5, -3.2),  # rarer than the table says: what was counted
    ((300, 3000, 0, 3000), 13, 13.0),  # no stranger does: at least what was counted, and the table's where that is more
    ((300, 3000, 0, 3000), 2, 9.2),
], ids=str)
def test_what_is_counted_weighs_as_much_as_the_count_allows(seen, table, bits):
    assert counted_bits(*seen, table) == bits
