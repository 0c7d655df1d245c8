"""Cells may hold anything: a run never stops for a value, and the two documents are written."""

import random
from dataclasses import replace
from datetime import date, datetime

import pyarrow as pa
import pytest

from bangfu.demo.files import write_town
from bangfu.engines.reconcile.outputs import write_outputs
from bangfu.engines.reconcile.run import reconcile
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.workbook import read_extract
from bangfu.rulebooks import SAMPLE, load_rulebook

WEIRD = [None, "0", "-1", "1e999", "NaN", "inf", "#N/A", "无", "/", "—", "是", "否", "999999199001010000", "45049919650312011", "4.5E+17", "2017-02-30",
         "20170230", "男女", "户主", "２０１７", "约3000", "3-5", "(12)", "𠮷", "长" * 3000, "*", "4504***", "1.2.3", "12万元", "，", "10000000001、", "+86",
         "00000", "2017.1", "99999", "1899-01-01", "残疾", "“”为“", "💥", "%s{}", "=1+1"]  # fmt: skip


@pytest.mark.parametrize("seed", range(6))
def test_any_text_in_any_cell_is_carried_to_the_end(tmp_path, seed):
    rng = random.Random(seed)
    paths = write_town(tmp_path, size="tiny", seed=seed, hard=True, errors=0.2, profile=rng.choice(["G1", "G2", "G3"]))
    extracts = []
    for side in ("handbook", "system"):
        extract = read_extract(paths[side], side=side, headers=load_headers(SAMPLE))
        columns = {}
        for name in extract.table.column_names:
            cells = extract.table[name].to_pylist()
            if name not in ("row", "sheet"):
                share = rng.choice([0, 0.05, 0.5, 1])
                cells = pa.array([rng.choice(WEIRD) if rng.random() < share else cell for cell in cells], pa.string())
            columns[name] = cells
        extracts.append(replace(extract, table=pa.table(columns)))
    result = reconcile(extracts[0], extracts[1], rulebook=load_rulebook(SAMPLE), as_of=date(2017, 10, 20), month="2017-10", version="t")
    paths = write_outputs(result, tmp_path / "o", run={}, made_at=datetime(2017, 10, 20), made_by="", documents=True, mask=bool(seed % 2))
    assert len(paths) == 6 and all(result.findings["reason"].to_pylist())
