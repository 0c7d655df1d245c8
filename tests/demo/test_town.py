"""The invented town: its households obey the register's rules, its files say what its truth says they say."""

import csv
import hashlib
from collections import Counter
from datetime import date

import numpy as np
import pyarrow.parquet as pq
import pytest

from bangfu.cli import main
from bangfu.demo.faults import MASKED, masked, plant
from bangfu.demo.files import write_town
from bangfu.demo.habits import habits_of
from bangfu.demo.hard import FOLLOWS, HARD_HOUSEHOLD, HARD_PERSON
from bangfu.demo.town import WORKING, make_town
from bangfu.demo.truth import expected
from bangfu.engines.relations.codes import load_codes
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.identity import birth_in_number, citizen_id, sex_in_number
from bangfu.engines.relations.values import Reader, asks_yes_no
from bangfu.engines.relations.workbook import read_extract
from bangfu.rulebooks import SAMPLE

CODES, HEADERS = load_codes(SAMPLE), load_headers(SAMPLE)


def test_a_household_obeys_the_rules_of_the_register_before_faults():
    town = make_town(size="large", seed=11)
    says = town.true
    seen = set()
    for person in range(town.persons):
        number = citizen_id(says["certificate_no"][person])
        assert number and number.startswith("450499") and number not in seen
        seen.add(number)
        assert birth_in_number(number).isoformat() == says["birth_date"][person] and sex_in_number(number) == says["sex"][person]
        assert (says["school_stage"][person] is None) != (says["education_level"][person] is None)
        if int(says["age"][person]) < 16 or says["school_stage"][person]:
            assert says["work_capacity"][person] in ("无劳动力", "丧失劳动力")
        assert {says["resident_medical"][person], says["employee_medical"][person]} == {"是", "否"}
        assert (len(says["certificate_no"][person]) == 20) == (says["health_status"][person] == "残疾")
    for at in range(len(town.starts) - 1):
        members = range(town.starts[at], town.starts[at + 1])
        assert [says["relation_to_head"][one] for one in members].count("户主") == 1
        assert says["household_size"][members[0]] == str(len(members))
        fen = {name: round(float(says[name][members[0]]) * 100) for name in says if name.endswith("_income_fen") or name == "business_cost_fen"}
        parts = sum(fen[f"{kind}_income_fen"] for kind in ("wage", "business", "property", "transfer"))
        assert parts - fen["business_cost_fen"] == fen["net_income_fen"] and parts == fen["gross_income_fen"]


@pytest.mark.parametrize("asked", [{"errors": 0.08}, {"profile": "G2", "hard": True, "errors": 0.15}, {"profile": "G3", "kind": "csv"}])
def test_what_stands_in_the_files_is_what_the_truth_says_of_them(tmp_path, asked):
    paths = write_town(tmp_path, seed=5, **asked)
    said, rows = {}, {}
    for side in ("handbook", "system"):
        extract = read_extract(paths[side], side=side, headers=HEADERS)
        assert extract.malformed == ()
        reader = Reader(CODES, date(2023, 12, 20))
        asks = {column.field: asks_yes_no(column.header, extract.profile, column.field) for column in extract.columns}
        for line in extract.table.to_pylist():
            rows[side, line["sheet"] if asked.get("kind") != "csv" else "", str(line["row"])] = line
        said[side] = lambda line, name, reader=reader, asks=asks: reader.read(line[name], FIELDS[name], asks=asks[name]).normal
    spots = {"handbook": {}, "system": {}}
    with paths["truth_people"].open(encoding="utf-8-sig") as file:
        for person in csv.DictReader(file):
            for side, name in (("handbook", "booklet"), ("system", "export")):
                if person[f"{name}_row"] and not person["extra"]:
                    line = rows[side, person[f"{name}_sheet"], person[f"{name}_row"]]
                    spots[side][person["person"]] = line
                    spots[side].setdefault(person["household"], line)
    checked = 0
    with paths["truth"].open(encoding="utf-8-sig") as file:
        for row in csv.DictReader(file):
            name = "work_capacity" if row["field"] == "can_work" else row["field"]
            if row["finding"] != "field" or row["field"] in ("can_work", "subsistence_allowance"):
                continue
            values = [said[side](spots[side][row["person"] or row["household"]], name) for side in ("handbook", "system")]
            meant = [Reader(CODES, date(2023, 12, 20)).read(row[f"{side}_value"], FIELDS[name]).normal for side in ("booklet", "export")]
            assert values == meant and values[0] != values[1], row
            checked += 1
    assert checked > 20


def test_the_same_seed_gives_the_same_files_and_another_seed_others(tmp_path):
    read = {}
    for folder, seed in (("a", 4), ("b", 4), ("c", 5)):
        read[folder] = {name: path.read_bytes() for name, path in write_town(tmp_path / folder, size="tiny", seed=seed).items()}
    assert read["a"] == read["b"]
    assert read["a"]["handbook"] != read["c"]["handbook"]


def test_faults_reach_the_share_asked_for_on_the_sides_agreed():
    town = make_town(size="large", seed=2)
    planter = plant(town, share=0.10, seed=2)
    hit = {person for person, _ in planter.log} | {person for fault in planter.structure for person in fault.persons}
    assert 0.095 < len(hit) / town.persons < 0.13
    wrong = [row.wrong for row in expected(planter)]
    assert wrong.count("system") > wrong.count("both") > 0 and wrong.count("handbook") > wrong.count("neither") > 0


def test_people_with_capacity_are_of_working_age():
    town = make_town(seed=8)
    assert all(int(town.true["age"][one]) >= 16 for one in range(town.persons) if town.true["work_capacity"][one] in WORKING)


def test_the_command_writes_two_registers_and_two_truths(tmp_path, capsys):
    assert main(["demo-data", "--size", "tiny", "--seed", "3", "--out", str(tmp_path), "--profile", "G2", "--errors", "10%"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["truth.csv", "truth_people.csv", "手册登记_20221020.xlsx", "系统导出_20221020.xlsx"]
    with pytest.raises(SystemExit):
        main(["demo-data", "--persons", "0", "--out", str(tmp_path)])
    assert "应是 1 或更大的整数" in capsys.readouterr().err


def test_villages_keep_what_they_are_asked_to_keep():
    town = make_town(size="demo", seed=3)
    asked = {"person_code": 0.2, "household_code": 0.1, "certificate_no": 0.1, MASKED: 0.2}
    planter = plant(town, share=0.1, seed=3, left_out=asked)
    villages = set(town.true["village"])
    chosen = [town.not_kept["person_code"], town.not_kept["household_code"], town.not_kept["certificate_no"], town.masked]
    assert [len(one) for one in chosen] == [round(len(villages) * share) or 1 for share in asked.values()]
    assert sum(map(len, chosen)) == len(set().union(*chosen))  # never two in one village
    ours = town.said["handbook"]
    for person in range(town.persons):
        village, number = town.true["village"][person], ours["certificate_no"][person]
        assert (number is None) >= (village in town.not_kept["certificate_no"])
        assert ("*" in (number or "")) == (village in town.masked and number is not None)
    rows = expected(planter)
    assert {(row.field, row.village) for row in rows if row.kind == "not_kept"} >= {("certificate_no", village) for village in town.masked}
    for row in rows:  # a number whose shown ends agree is no difference
        if row.field == "certificate_no" and row.village in town.masked and row.kind == "field":
            assert masked(row.export_value) != row.booklet_value
    hard = make_town(size="demo", seed=3)
    plant(hard, share=0.15, seed=3, hard=True)
    assert all(len(hard.not_kept[name]) == 1 for name in ("person_code", "household_code", "certificate_no")) and not hard.masked


def test_the_command_takes_shares_of_villages(tmp_path, capsys):
    assert main(["demo-data", "--out", str(tmp_path), "--masked-id", "40%", "--no-code", "20%", "--format", "csv", "--errors", "0%"]) == 0
    text = next(tmp_path.glob("手册登记_*.csv")).read_bytes().decode("gb18030")
    assert "********" in text
    capsys.readouterr()


def test_a_dialect_never_makes_two_values_of_a_village_one():
    town = make_town(persons=6000, seed=12, whole=True)
    for village in sorted(set(town.true["village"])):
        here = np.flatnonzero(town.true["village"] == village)
        for name, write in habits_of(village, 12, "dialect").items():
            values = {str(value) for value in town.true[name][here] if value is not None}
            assert len({write(value) for value in values}) == len(values), (village, name)


def test_with_dialects_most_rows_look_different_and_no_new_difference_is_planted(tmp_path):
    truths = {}
    for dialects in (False, True):
        paths = write_town(tmp_path / str(dialects), size=None, persons=1500, seed=3, kind="parquet", dialects=dialects)
        ours, theirs = (pq.read_table(paths[side]).to_pylist() for side in ("handbook", "system"))
        theirs = {row["person_code"]: row for row in theirs}
        truths[dialects] = paths["truth"].read_bytes(), sum(row != theirs.get(row["person_code"]) for row in ours) / len(ours)
    assert truths[False][0] == truths[True][0]
    assert truths[False][1] < 0.1 and truths[True][1] > 0.9


def test_what_only_hard_towns_have_leaves_the_others_as_they_were(tmp_path):
    paths = write_town(tmp_path, seed=1, kind="csv")
    assert {name: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for name, path in paths.items()} == {
        "handbook": "6447e1478c0bd543", "system": "571e94680b861ddc", "truth": "b2dfe7ebb18b28b4", "truth_people": "e68bd64b60d88c55"}


def hard_town(seed=6, **asked):
    town = make_town(size=None, persons=12_000, seed=seed, whole=True)
    return town, plant(town, share=0.15, seed=seed, hard=True, **asked)


def test_a_hard_town_has_every_hard_kind_and_the_truth_says_what_each_should_give():
    town, planter = hard_town()
    rows = expected(planter)
    kinds = {row.fault for row in rows} | {fault.kind for fault in planter.structure}
    silent = {"id_old_form", "double_with_other_code"}  # written otherwise; a doubled row
    assert {fault.__name__ for fault, _ in HARD_PERSON + HARD_HOUSEHOLD} - silent <= kinds and "twin_muddled" in kinds
    assert not kinds & {"id_old_form", FOLLOWS}
    true, said = town.true, town.said
    assert any(fault.note == "重复一行，人编号不同" for fault in planter.structure)
    assert any(len(number or "") == 15 for side in said for number in said[side]["certificate_no"])
    by_kind = {row.fault: row for row in rows}
    assert by_kind["size_wrong"].decidable and by_kind["code_reused"].decidable and by_kind["part_digit"].decidable
    assert not by_kind["disability_level"].decidable and not by_kind["married_away"].decidable and not by_kind["part_and_totals"].decidable
    heads = [row for row in rows if row.fault == "head_died"]
    assert {row.kind for row in heads} == {"only_in_handbook", "only_in_system", "field"} and {row.true_value for row in heads if row.kind == "field"} == {"户主"}
    names = list(zip(true["village"], true["name"], strict=True))
    assert len(set(names)) < len(names) and any("·" in name for _, name in names)
    written = [(said["handbook"]["name"][one], said["system"]["name"][one]) for one in range(town.persons) if "·" in true["name"][one]]
    assert any(ours != theirs for ours, theirs in written)
    several = Counter((row.household, row.person) for row in rows if row.fault in ("several_keys", "twin_muddled"))
    assert {2, 3, 4} <= set(several.values())


def test_a_number_wrong_by_itself_is_expected_where_the_booklet_hides_or_lacks_its_own():
    town, planter = hard_town(left_out={MASKED: 0.3, "certificate_no": 0.3})
    rows = [row for row in expected(planter) if row.kind == "malformed"]
    assert {row.village in town.masked for row in rows} == {True, False}
    for row in rows:
        assert (row.wrong, row.verdict, row.decidable) == ("system", "system_wrong", True) and citizen_id(row.export_value) is None
    seen = {row.wrong for row in expected(planter) if row.kind == "field" and row.field == "certificate_no" and "*" in row.booklet_value}
    assert seen >= {"system", "handbook"}  # what the mask leaves to be seen tells who is wrong
