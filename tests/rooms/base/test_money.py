"""Amounts in figures and in words, there and back."""

import random

import pytest

from bangfu.base.money import LARGEST, NoAmount, fen_of, fen_of_words, in_words, said, yuan


@pytest.mark.parametrize(("fen", "words"), [
    (0, "零元整"), (7_400_000, "柒万肆仟元整"), (1_750_000, "壹万柒仟伍佰元整"), (10_700_053, "壹拾万柒仟元零伍角叁分"), (32_504, "叁佰贰拾伍元零肆分"),
    (140_950, "壹仟肆佰零玖元伍角"), (5, "伍分"), (10, "壹角"), (1_001, "壹拾元零壹分"), (100_010_000, "壹佰万零壹佰元整"), (10_000_000_100, "壹亿零壹元整"),
    (1_000_100_000, "壹仟万壹仟元整"),
])  # fmt: skip
def test_an_amount_in_words(fen, words):
    assert in_words(fen) == words
    assert fen_of_words(words) == fen


def test_words_read_back_to_the_amount():
    rng = random.Random(20171020)
    for _each in range(20_000):
        fen = rng.choice([rng.randrange(1000), rng.randrange(10**6), rng.randrange(10**9), rng.randrange(LARGEST + 1), rng.randrange(10**5) * 10 ** rng.randrange(8)])
        assert fen_of_words(in_words(fen)) == fen
        assert fen_of(yuan(fen)) == fen


@pytest.mark.parametrize(("fen", "words"), [(7_400_000, "7.4万元"), (7_395_000, "73,950元"), (1_750_000, "17,500元"), (100_000_000, "100万元"), (50_000, "500元"), (0, "0元"), (10**14 - 10**5, "99,999,999.9万元")])
def test_an_amount_in_a_report(fen, words):
    assert said(fen) == words


@pytest.mark.parametrize(("text", "fen"), [("1,000.00", 100_000), ("５００", 50_000), (" ¥73,950.5元 ", 7_395_050), ("0", 0), ("1.10", 110), ("2.500", 250)])
def test_an_amount_as_people_type_it(text, fen):
    assert fen_of(text) == fen


@pytest.mark.parametrize("text", ["", "一百", "1.005", "1,00", "-3", "1e3", "7.4万", "999999999999999999"])
def test_what_is_no_amount_is_said(text):
    with pytest.raises(NoAmount):
        fen_of(text)


@pytest.mark.parametrize("text", ["", "柒元", "万元x", "伍块"])
def test_words_that_are_no_amount(text):
    if text == "柒元":
        assert fen_of_words(text) == 700
    else:
        with pytest.raises(NoAmount):
            fen_of_words(text)


@pytest.mark.parametrize("fen", [-1, LARGEST + 1])
def test_a_negative_amount_is_never_said_in_words(fen):
    with pytest.raises(NoAmount):
        in_words(fen)
