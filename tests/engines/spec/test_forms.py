"""What SQL reads is what the reader reads, or nothing at all."""

import random
from datetime import date

import duckdb
import pyarrow as pa
import pytest

from bangfu.engines.reconcile.forms import digits, form, holds
from bangfu.engines.relations.codes import load_codes
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import check_character, citizen_id
from bangfu.engines.relations.values import Reader
from bangfu.rulebooks import SAMPLE

AS_OF = date(2017, 10, 20)
READER = Reader(load_codes(SAMPLE), AS_OF)
CON = duckdb.connect()
NAMES = [name for name in FIELDS if form(name, "t", AS_OF)]
PIECES = ["黄", "明", "空", "无", " ", "　", "\t", "-", "·", "元", "万元", "万", "￥", "¥", ",", "，", "、", ";", "/", ".", ".0", "年", "月", "日", "0", "1", "86", "\n", "\u200b",
          "2017", "1968", "03", "12", "31", "20170901", "10000000001", "450499196803124213", "45049919680312421x", "43", "B1", "X", "x", "E+17", "(", "３", "*", "a", "é", "ﬁ"]
WRITTEN = ["2017年9月1日", "20170931", "1,234.50元", "12元元", "86100000000", "100 0000 0001、100-0000-0001", "0" * 20, "", "/", "2017/9/1", "1968.3.12", "19680312", "2018-01-01",
           "9" * 18, "99999919680312421X", "-", "1" * 18, "元", "01/02/2003", "2017-09-01 00:00:00", ",5", "1.005", "45049919680312421x43", "１２３", "9" * 16]


def texts():
    dice = random.Random(5)
    made = ["".join(dice.choice(PIECES) for _ in range(dice.randint(1, 6))) for _ in range(6000)]
    for _ in range(4000):  # a usual text with one character put in, taken out or changed
        text = dice.choice([*WRITTEN, "黄 明华", "100 0000 0001、10000000002", "￥12,345.60", "450499196803124213"])
        at = dice.randint(0, len(text))
        made.append(text[:at] + dice.choice(["", *PIECES]) + text[at + dice.randint(0, 1):])
    return [*WRITTEN, *made]


def by_sql(expression, texts):
    CON.register("given", pa.table({"n": range(len(texts)), "t": pa.array(texts, pa.string())}))
    return [row[0] for row in CON.execute(f"SELECT {expression} FROM (SELECT *, {digits('t')} AS first FROM given) ORDER BY n").fetchall()]


@pytest.mark.parametrize("name", ["name", "certificate_no", "household_phone", "wage_income_fen", "net_income_fen", "birth_date", "person_code"])
def test_a_form_is_what_the_reader_says_or_nothing(name):
    tried, seen = texts(), 0
    for text, said in zip(tried, by_sql(form(name, "t", AS_OF), tried), strict=True):
        if said is not None:
            seen += 1
            assert said == READER.read(text, FIELDS[name]).normal, text
    assert seen > 40


def test_the_usual_ways_of_writing_are_read_as_sets():
    for name, text in (("name", "黄 明"), ("certificate_no", "450499 19680312 421x"), ("household_phone", "100-0000-0001"), ("household_phone", "10000000001/10000000002"),
                       ("wage_income_fen", "￥1,234.5"), ("net_income_fen", "1234元"), ("birth_date", "1968.3.12"), ("birth_date", "19680312"), ("person_code", "1234567890")):
        assert by_sql(form(name, "t", AS_OF), [text])[0] is not None, (name, text)


def test_every_form_is_of_a_kind_that_is_tried():
    assert {FIELDS[name].type for name in FIELDS if form(name, "t", AS_OF)} == {"name", "certificate", "phone", "fen", "date", "text"}


def test_a_number_holds_in_sql_as_it_does_for_the_reader():
    dice = random.Random(6)
    numbers = []
    for _ in range(5000):
        day = dice.choice(["19680312", "20000229", "19000229", "00000101", "00010101", f"{dice.randint(0, 9999):04d}{dice.randint(0, 13):02d}{dice.randint(0, 32):02d}"])
        digits = dice.choice(["450499", "999999", "111111", "000000"]) + day + f"{dice.randint(0, 999):03d}"
        right = check_character(digits)
        numbers.append(digits + (right if dice.random() < 0.7 else dice.choice("0123456789X")) + dice.choice(["", "43", "99", "43B1"]))
    numbers += [digit * 18 for digit in "0123456789"]
    held = by_sql(holds("t", "first"), numbers)
    assert [bool(one) for one in held] == [citizen_id(number) is not None for number in numbers] and 1000 < sum(map(bool, held)) < 4000
