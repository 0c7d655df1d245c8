"""Rows 13 to 21 of cases.md: what people who do this work or use the nearest tools met, as the whole kind. All people are invented."""

import pytest

from bangfu.engines.reconcile.likeness import ONE_CHARACTER, SOUND, names_alike, sounds
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.identity import check_character, old_form, same_number
from bangfu.engines.relations.values import Reader
from tests.engines.spec.registers import AS_OF, CODES, run
from tests.tables import rows

READER = Reader(CODES, AS_OF)
NAME, CERTIFICATE = FIELDS["name"], FIELDS["certificate_no"]


def number(stem):
    """Return seventeen digits with their check character."""
    return stem + check_character(stem)


def people(**columns):
    """Return rows of one column, or of several, with the same village; a value is given as it stands in the file."""
    return [{"village": "甲村", **dict(zip(columns, values, strict=True))} for values in zip(*columns.values(), strict=True)]


def pairs_of(result):
    return {(row["handbook_row"], row["system_row"]) for row in result.pairs.to_pylist()}


def said(result, *kinds):
    return [(row["kind"], row["field"], row["verdict"]) for row in result.findings.to_pylist() if not kinds or row["kind"] in kinds]


# 13: several characters stand for the dot of a name

DOTS = {"middle dot": "·", "bullet": "•", "katakana": "・", "half katakana": "･", "hyphenation": "‧", "operator": "⋅", "full stop of full width": "．",
        "full stop": ".", "space": " ", "wide space": "\u3000", "none": ""}  # fmt: skip


@pytest.mark.parametrize("dot", DOTS.values(), ids=DOTS)
def test_case_13_a_dotted_name_is_the_same_name_however_the_dot_is_written(dot):
    written = f"阿丽娅{dot}吐尔迪"
    value = READER.read(written, NAME)
    assert value.problem is None and value.normal == ("阿丽娅·吐尔迪" if dot.strip() else "阿丽娅吐尔迪")
    for key in ({"certificate_no": [number("45049919680312422")]}, {"household_code": ["1001"], "relation_to_head": ["户主"]}):
        result = run(people(name=[written], **key), people(name=["阿丽娅·吐尔迪"], **key))
        assert pairs_of(result) == {(2, 2)} and said(result) == [], key


def test_case_13_another_name_with_a_dot_is_still_another():
    key = {"certificate_no": [number("45049919680312422")]}
    assert said(run(people(name=["阿丽娅•吐尔洪"], **key), people(name=["阿丽娅·吐尔迪"], **key))) == [("field", "name", "undecided")]


# 14: surnames with a reading of their own

SURNAMES = [("区小兰", "欧小兰"), ("仇大山", "邱大山"), ("解明", "谢明"), ("查秀英", "渣秀英"), ("任文海", "认文海"), ("黄春梅", "王春梅"), ("卢大勇", "陆大勇")]


@pytest.mark.parametrize("at", [8, 10, 11, 12, 13, 15, 16])
@pytest.mark.parametrize(("ours", "theirs"), SURNAMES)
def test_case_14_surnames_that_sound_alike_are_proposed_as_the_same_sound(ours, theirs, at):
    assert names_alike(ours, theirs) == SOUND
    right = number("45049919680312422")
    wrong = right[:at] + str((int(right[at]) + 1) % 10) + right[at + 1:]
    result = run(people(name=[ours, "黄大山"], certificate_no=[wrong, number("45049919550102003")]),
                 people(name=["黄大山", theirs], certificate_no=[number("45049919550102003"), right]))
    assert pairs_of(result) == {(2, 3), (3, 2)}
    evidence = {row["handbook_row"]: row["evidence"] for row in result.pairs.to_pylist()}
    assert "姓名读音相同" in evidence[2] and "证件号码只差一处" in evidence[2]


def test_case_14_a_given_name_keeps_all_its_readings():
    assert {"le", "yue"} <= sounds("乐")
    assert names_alike("曾乐", "曾勒") == SOUND == names_alike("曾乐", "曾月")


# 15: numbers of 15 digits

PERSON = number("45049919680312421")


def test_case_15_a_number_of_15_digits_is_the_old_form_of_its_person():
    result = run(people(name=["韦国华"], certificate_no=[old_form(PERSON)], household_code=["1001"]), people(name=["韦国华"], certificate_no=[PERSON], household_code=["2002"]))
    assert pairs_of(result) == {(2, 2)} and ("certificate_no" not in {row[1] for row in said(result)})
    assert [one["field"] for one in result.summary["form"]] == ["certificate_no"]


@pytest.mark.parametrize("stem", ["45049919680312428", "45049919680312445", "45049919680312903"])
def test_case_15_another_number_of_that_day_is_no_pair_by_itself(stem):
    result = run(people(name=["韦国华"], certificate_no=[old_form(PERSON)]), people(name=["韦国华"], certificate_no=[number(stem)]))
    assert pairs_of(result) == set()
    assert {row[0] for row in said(result)} <= {"only_in_handbook", "only_in_system", "pair_ambiguous"}


@pytest.mark.parametrize(("text", "holds"), [
    (old_form(PERSON), True), ("450499681332421", False), ("450499680230421", False), ("45049968031242", False), ("4504996803124211", False), ("45049968o312421", False),
])
def test_case_15_a_number_of_15_digits_cannot_be_checked_but_its_day_can(text, holds):
    assert (READER.read(text, CERTIFICATE).problem is None) == holds
    assert same_number(text, PERSON) == (holds and text == old_form(PERSON))


def test_case_15_nobody_born_after_1999_has_an_old_form():
    young = number("45049920080312421")
    assert not same_number(old_form(young), young)


# 16: what is wrong with a number

@pytest.mark.parametrize("area", ["450401", "450481", "830000", "450499", "659099"])
def test_case_16_an_area_code_is_never_a_fault(area):
    assert READER.read(number(area + "19680312421"), CERTIFICATE).problem is None


ENDING_IN_X = next(one for serial in range(100, 400) if (one := number(f"45049919680312{serial}")).endswith("X"))


@pytest.mark.parametrize("ending", ["X", "x", "Ｘ", "ｘ"])
def test_case_16_every_x_is_the_same(ending):
    assert READER.read(ENDING_IN_X[:17] + ending, CERTIFICATE).normal == ENDING_IN_X


@pytest.mark.parametrize(("text", "part"), [
    (PERSON[:17] + ("0" if PERSON[17] != "0" else "1"), "第18位"), (number("45049919680230421"), "日历上没有这一天"), (number("45049919681301421"), "日历上没有这一天"),
    (PERSON[:16], "只有 16 位"), (PERSON + "1", "有 19 位"), (PERSON[:8] + "O" + PERSON[9:], "不该有的字符"), (PERSON + "99", "第19位起"),
])
def test_case_16_a_bad_number_is_said_with_the_part_that_is_wrong(text, part):
    value = READER.read(text, CERTIFICATE)
    assert value.problem == "malformed_certificate" and part in value.why
    result = run(people(name=["韦国华"], certificate_no=[text], person_code=["700001"]), people(name=["韦国华"], certificate_no=[PERSON], person_code=["700001"]))
    (row,) = result.findings.to_pylist()
    assert (row["kind"], row["verdict"]) == ("malformed", "handbook_wrong") and part in row["reason"]


# 17: the number of a disability certificate

@pytest.mark.parametrize(("ours", "theirs"), [("43", "42"), ("43", "13"), ("43B1", "43B2"), ("43B1", "42B1")])
def test_case_17_another_level_is_one_difference_of_the_same_person(ours, theirs):
    result = run(people(name=["韦国华"], certificate_no=[PERSON + ours]), people(name=["韦国华"], certificate_no=[PERSON + theirs]))
    assert pairs_of(result) == {(2, 2)} and said(result) == [("field", "certificate_no", "undecided")]
    assert result.pairs.to_pylist()[0]["method"] == "citizen_id"


@pytest.mark.parametrize("suffix", ["43", "43B1", "11", "74"])
def test_case_17_in_the_column_of_citizens_numbers_it_is_recognised(suffix):
    assert READER.read(PERSON + suffix, FIELDS["citizen_id"]).problem is None
    result = run(people(name=["韦国华"], citizen_id=[PERSON + suffix]), people(name=["韦国华"], certificate_no=[PERSON]))
    assert pairs_of(result) == {(2, 2)} and said(result, "malformed") == []


# 18: a key that occurs twice

TWICE = people(name=["韦国华", "韦国华", "黄大山"], certificate_no=[PERSON, PERSON, number("45049919550102003")], work_place=["南宁", "广州", "玉林"])


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 0, 2)])
def test_case_18_a_number_that_stands_twice_is_said_once_a_file_and_multiplies_nothing(order):
    result = run(TWICE, [TWICE[at] for at in order])
    assert sorted(row[0] for row in said(result)) == ["duplicate", "duplicate"]
    assert sorted(row["handbook_row"] is None for row in result.findings.to_pylist()) == [False, True]
    assert len(pairs_of(result)) == 2


# 19: blanks and dummies join nobody

DUMMIES = [None, "0", "无", "/", "0" * 18, "1" * 18, "9" * 18, "999999" + "1" * 12, "暂无"]


@pytest.mark.parametrize("dummy", DUMMIES, ids=str)
@pytest.mark.parametrize("column", ["certificate_no", "person_code"])
def test_case_19_a_dummy_pairs_no_strangers_and_nobody_is_lost(column, dummy):
    ours = people(name=["韦国华", "黄大山"], birth_date=["1968-03-12", "1955-01-02"], **{column: [dummy, dummy]})
    theirs = people(name=["李秀芳", "陈志强"], birth_date=["1990-07-01", "1982-11-30"], **{column: [dummy, dummy]})
    result = run(ours, theirs)
    assert pairs_of(result) == set()
    assert sorted(row[0] for row in said(result, "only_in_handbook", "only_in_system", "duplicate")) == ["only_in_handbook"] * 2 + ["only_in_system"] * 2
    same = run(ours, list(reversed(ours)))  # by name and birth in one village they are found all the same
    assert pairs_of(same) == {(2, 3), (3, 2)} and said(same) == []


@pytest.mark.parametrize("dummy", ["0", "000000", "无", "/", None])
def test_case_19_families_with_a_dummy_code_stay_families(dummy):
    members = rows("""
        village | household_code | name   | relation_to_head | household_phone
        甲村    | 0              | 韦国华 | 户主             | 10000000001
        甲村    | 0              | 韦小明 | 之子             | 10000000001
        甲村    | 0              | 黄大山 | 户主             | 10000000002
        甲村    | 0              | 黄小山 | 之子             | 10000000002
    """)
    ours = [{**row, "household_code": dummy} for row in members]
    result = run(ours, [{**row, "household_code": f"100{at // 2}"} for at, row in enumerate(ours)])
    assert pairs_of(result) == {(2, 2), (3, 3), (4, 4), (5, 5)}
    assert {row[1] for row in said(result)} <= {"household_code"}  # what is missing may be said, the telephones agree


# 20: characters nobody sees

UNSEEN = {"no-break space": "\u00a0", "wide space": "\u3000", "zero width": "\u200b", "joiner": "\u200d", "byte order mark": "\ufeff", "tab": "\t", "line feed": "\n",
          "carriage return": "\r\n", "soft hyphen": "\u00ad", "direction mark": "\u200e", "thin space": "\u2009", "quote": "'"}  # fmt: skip


@pytest.mark.parametrize("shape", ["{0}{1}", "{1}{0}", "{2}{0}{3}"], ids=["before", "after", "within"])
@pytest.mark.parametrize("unseen", UNSEEN.values(), ids=UNSEEN)
def test_case_20_what_nobody_sees_is_cleaned_counted_and_kept(unseen, shape):
    if unseen == "'" and shape != "{0}{1}":
        pytest.skip("a quote stands before a text only")
    dirty = {"name": "韦国华", "certificate_no": PERSON, "person_code": "7000012345", "household_phone": "10000000001"}
    clean = dict(dirty)
    for name, text in dirty.items():
        if unseen != "'" or name != "name":
            dirty[name] = shape.format(unseen, text, text[:1], text[1:])
    result = run([{"village": "甲村", **dirty}], [{"village": "甲村", **clean}])
    assert pairs_of(result) == {(2, 2)} and said(result) == []
    changed = {name for name in dirty if dirty[name] != clean[name]}
    assert {one["field"] for one in result.summary["form"]} == changed and all(one["count"] == 1 for one in result.summary["form"])
    assert {one["field"]: one["handbook"] for one in result.summary["form"]} == {name: dirty[name] for name in changed}  # as it was written


def test_case_20_full_width_digits_are_digits():
    wide = "".join(chr(ord(one) + 0xFEE0) for one in PERSON)
    assert READER.read(wide + "　", CERTIFICATE).normal == PERSON


# 21: persons without household, a stated size that is not the rows', households without persons

HOMES = """
    household_code | village | name   | certificate_no     | relation_to_head | household_size
    1001           | 甲村    | 韦国华 | {0}                | 户主             | {size}
    1001           | 甲村    | 黄秀兰 | {1}                | 配偶             | {size}
    1001           | 甲村    | 韦小明 | {2}                | 之子             | {size}
    {rest}
"""
LIST = [number(f"4504991980010100{at}") for at in range(1, 8)]


def test_case_21_a_stated_size_an_empty_household_and_an_unknown_one_are_three_findings_that_name_both_sides():
    def register(*rest):
        return HOMES.format(*LIST, size=4, rest="\n".join(rest))

    two = [f"1002 | 甲村 | 陈大力 | {LIST[3]} | 户主 | 2", f"1002 | 甲村 | 李桂花 | {LIST[4]} | 配偶 | 2"]
    ours, theirs = register(*two, f"1009 | 甲村 | 覃文远 | {LIST[5]} | 户主 | 1"), register(f"1001 | 甲村 | 韦小燕 | {LIST[6]} | 之女 | 4", *two, "1003 | 甲村 | 潘富贵 |  | 户主 | 1")
    result = run(ours, theirs)
    found = {(row["kind"], row["household_code"]): row for row in result.findings.to_pylist()}
    assert set(found) == {("only_in_system", "1001"), ("only_in_system", "1003"), ("only_in_handbook", "1009")}
    first = found["only_in_system", "1001"]
    assert first["verdict"] == "handbook_wrong" and "手册第2行“人数”为“4”" in first["reason"] and "列3人" in first["reason"] and "系统第5行" in first["reason"]
    assert all("手册" in row["reason"] and "系统" in row["reason"] for row in found.values())
    assert (result.summary["inputs"]["handbook"]["rows"], result.summary["inputs"]["system"]["rows"]) == (6, 7)


def test_case_21_a_size_that_both_registers_rows_contradict_is_a_difference_of_its_own():
    ours, theirs = HOMES.format(*LIST, size=4, rest=""), HOMES.format(*LIST, size=3, rest="")
    assert said(run(ours, theirs)) == [("field", "household_size", "handbook_wrong")]
    assert said(run(theirs, ours)) == [("field", "household_size", "system_wrong")]


def test_one_character_is_not_made_the_same_sound_by_dots():
    assert names_alike("古丽·买买提", "古丽·买买江") == ONE_CHARACTER
