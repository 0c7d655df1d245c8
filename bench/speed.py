"""Speed of the data check, as a ratio to a floor in the same run on the same files.

    ./bangfu bench speed [--persons 100000] [--rounds 3]

Floor: DuckDB alone joins both files on person_code, compares row hashes and unpivots what differs: no pairing without a
key, no reading of values, no verdicts. The two take turns, each a process of its own; medians and the spread are printed.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bangfu.demo.files import write_town
from bangfu.demo.town import WHOLE

FLOOR = """
import duckdb, sys
con = duckdb.connect(config={{"threads": 2}})
names = {names!r}
cells = ", ".join(f"{{{{'f': '{{n}}', 'h': h.\\"{{n}}\\", 's': s.\\"{{n}}\\"}}}}" for n in names)
row = lambda side: "hash(" + ", ".join(f'{{side}}."{{n}}"' for n in names) + ")"
con.execute(f\"\"\"COPY (SELECT person_code, c.f, c.h, c.s FROM (SELECT h.person_code, unnest([{{cells}}]) AS c
    FROM read_parquet('{handbook}') h JOIN read_parquet('{system}') s USING (person_code) WHERE {{row('h')}} <> {{row('s')}})
    WHERE c.h IS DISTINCT FROM c.s) TO '{out}' (FORMAT parquet)\"\"\")
"""


def timed(command: list[str]) -> tuple[float, int]:
    """Return wall seconds and the peak of the largest child so far in MB."""
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000


def main() -> int:
    ask = argparse.ArgumentParser(prog="bangfu bench speed")
    ask.add_argument("--persons", type=int, default=100_000)
    ask.add_argument("--rounds", type=int, default=3)
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = write_town(Path(folder), size=None, persons=asked.persons, seed=31, kind="parquet")
        floor = FLOOR.format(names=WHOLE, handbook=paths["handbook"], system=paths["system"], out=Path(folder) / "floor.parquet")
        ours = [sys.executable, "-m", "bangfu", "reconcile", str(paths["handbook"]), str(paths["system"]), "--out", f"{folder}/out",
                "--report", "none", "--quiet"]  # fmt: skip
        pairs = []
        for _ in range(asked.rounds):
            lowest, _ = timed([sys.executable, "-c", floor])
            mine, peak = timed(ours)
            pairs.append((mine, lowest))
        ratios = sorted(mine / lowest for mine, lowest in pairs)
        print(f"{asked.persons} persons, {asked.rounds} rounds: ours {statistics.median(mine for mine, _ in pairs):.1f} s "
              f"({min(mine for mine, _ in pairs):.1f}–{max(mine for mine, _ in pairs):.1f}), peak {peak} MB; "
              f"floor {statistics.median(low for _, low in pairs):.2f} s; ratio {statistics.median(ratios):.1f} ({ratios[0]:.1f}–{ratios[-1]:.1f})")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
