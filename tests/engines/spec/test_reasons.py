"""Every sentence in the 依据 column names values and counts that stand in the rows it cites."""

import re
from datetime import date, datetime

import pytest
from python_calamine import CalamineWorkbook

from bangfu.demo.files import write_town
from bangfu.engines.reconcile.outputs import WORKLIST, write_outputs
from bangfu.engines.reconcile.run import reconcile
from bangfu.engines.relations.dictionary import FIELDS
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.workbook import read_extract
from bangfu.rulebooks import SAMPLE, load_rulebook

HEADERS = load_headers(SAMPLE)
BY_LABEL = {field.label: name for name, field in FIELDS.items()}
PLACE = r"(手册|系统)(?:“([^”]+)”表)?第(\d+)行"
CITED = re.compile(PLACE + r"((?:、?“[^“”]+”(?:为“[^”]*”|为空))+)")
CELL = re.compile(r"“([^“”]+)”(?:为“([^”]*)”|(为空))")
DIGITS = re.compile(PLACE + r"“证件号码”第(\d+)(?:–(\d+))?位为“([^”]+)”")
SAID_TWICE = re.compile(PLACE + r"“([^”]+)”为“([^”]*)”（同样的(\d+)行）")


@pytest.mark.parametrize(("asked", "least"), [({"seed": 20171020, "errors": 0.06}, 20), ({"seed": 3, "errors": 0.15, "hard": True, "profile": "G3"}, 60)])
def test_every_reason_can_be_checked_by_hand(tmp_path, asked, least):
    paths = write_town(tmp_path, **asked)
    extracts = {side: read_extract(paths[side], side=side, headers=HEADERS) for side in ("handbook", "system")}
    result = reconcile(extracts["handbook"], extracts["system"], rulebook=load_rulebook(SAMPLE), as_of=date(2023, 12, 20), month="2017-10", version="t")
    write_outputs(result, tmp_path / "o", run={}, made_at=datetime(2017, 10, 20, 9), made_by="", documents=True, mask=False)
    rows = {}
    for word, extract in (("手册", extracts["handbook"]), ("系统", extracts["system"])):
        for line in extract.table.to_pylist():
            rows[word, line["sheet"], line["row"]] = rows[word, None, line["row"]] = line
    sentences = []
    book = CalamineWorkbook.from_path(str(tmp_path / "o" / WORKLIST))
    for name in book.sheet_names:
        sheet = book.get_sheet_by_name(name).to_python()
        if sheet and "依据" in sheet[0]:
            sentences += [row[sheet[0].index("依据")] for row in sheet[1:] if len(row) > 1 and row[sheet[0].index("依据")]]
    assert len(sentences) == result.findings.num_rows
    checked = 0
    for sentence in sentences:
        found = 0
        for word, sheet, row, cells in CITED.findall(sentence):
            line = rows[word, sheet or None, int(row)]
            for label, value, empty in CELL.findall(cells):
                if label == "证件号码" and not value and not empty:
                    continue
                stands = line.get(BY_LABEL.get(label, ""))
                assert (stands or "") == ("" if empty else value), sentence
                found += 1
        for word, sheet, row, first, last, value in DIGITS.findall(sentence):
            number = re.sub(r"\s", "", rows[word, sheet or None, int(row)]["certificate_no"]).upper()
            assert number[int(first) - 1:int(last or first)] == value, sentence
            found += 1
        for word, sheet, row, label, value, count in SAID_TWICE.findall(sentence):
            line = rows[word, sheet or None, int(row)]
            same = [one for key, one in rows.items() if key[0] == word and key[1] is not None and one["household_code"] == line["household_code"]
                    and one[BY_LABEL[label]] == value]
            assert len(same) == int(count), sentence
        if kept := re.search(r"对应上的(\d+)人中，手册有(\d+)人登记了“(.+?)”，系统有(\d+)人", sentence):
            name = BY_LABEL[kept[3]]
            pairs = [(rows["手册", pair["handbook_sheet"] or None, pair["handbook_row"]], rows["系统", pair["system_sheet"] or None, pair["system_row"]])
                     for pair in result.pairs.to_pylist() if f"，{pair['handbook_sheet'] or ''}" in sentence or "本村" in sentence]
            assert (len(pairs), sum(bool(ours[name]) for ours, _ in pairs), sum(bool(theirs[name]) for _, theirs in pairs)) == (
                int(kept[1]), int(kept[2]), int(kept[4])), sentence
        for word, sheet, row, count in re.findall(PLACE + r"“户主”为“[^”]*”（同户(\d+)行这样写）", sentence):
            line = rows[word, sheet or None, int(row)]
            assert sum(key[0] == word and key[1] is not None and one["household_code"] == line["household_code"] and one["head_name"] == line["head_name"]
                       for key, one in rows.items()) == int(count), sentence
        for word, sheet, row in re.findall(PLACE, sentence):
            assert (word, sheet or None, int(row)) in rows, sentence
            found += 1
        assert found, sentence
        checked += found
    assert checked > least
