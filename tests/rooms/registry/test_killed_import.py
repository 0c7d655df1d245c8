"""Case 26: worker and server killed in turn in the middle of an import: it goes on and ends, wholly, and what others saved in between is there.

BANGFU_KILLS says how often (default 3), BANGFU_PERSONS how many persons the export has that is imported into an empty register (default 0: a
month later in the demo town); -s shows the figures. On PostgreSQL it runs in databases of its own.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bangfu.demo.files import write_town

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("killed_import.py")
KILLS = int(os.environ.get("BANGFU_KILLS", "3"))
PERSONS = int(os.environ.get("BANGFU_PERSONS", "0"))


@pytest.fixture
def imported(tmp_path):
    """A function that imports a file in an office of its own: imported("name", file, kills, seconds undisturbed) -> what became of it."""
    own = []

    def run(name, file, kills, took):
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("BANGFU_", "DJANGO_"))} | {
            "BANGFU_DATA": str(tmp_path / name), "PYTHONPATH": str(ROOT / "src")}
        if url := os.environ.get("BANGFU_DATABASE"):
            database = f"{url.rsplit('/', 1)[1]}_killed_{os.getpid()}_{name}"
            environment["BANGFU_DATABASE"] = f"{url.rsplit('/', 1)[0]}/{database}"
            own.append((url, database))
            sql(url, f"CREATE DATABASE {database}")
        done = subprocess.run([sys.executable, SCRIPT, file, str(PERSONS), str(kills), *map(str, took)], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        print(name, done.stdout)  # the figures, for -s
        return json.loads(done.stdout)

    yield run
    for url, database in own:
        sql(url, f"DROP DATABASE {database} WITH (FORCE)")


def sql(url, text):
    import psycopg

    with psycopg.connect(url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as connection:
        connection.execute(text)


@pytest.mark.skipif(os.name == "nt", reason="kills processes")
def test_an_import_whose_worker_and_server_are_killed_ends_as_if_they_had_not_been(imported, tmp_path):
    town = {"size": None, "persons": PERSONS, "seed": 5, "errors": 0.0, "kind": "csv"} if PERSONS else {"seed": 20171020, "errors": 0.2}
    file = write_town(tmp_path / "town", **town)["system"]
    undisturbed = imported("whole", file, 0, (0, 0))
    killed = imported("killed", file, KILLS, undisturbed["took"].values())
    assert len(killed["killed"]) == KILLS and killed["resumed"] > 0
    for one in (undisturbed, killed):
        assert one["state"] == "taken" and one["saved"] and one["stands"]
        assert (one["lost"], one["made_up"], one["answers"], one["trail_broken_at"], one["files_left"], one["log"]) == (0, 0, {}, None, [], "")
    assert (killed["digest"], killed["staged"]) == (undisturbed["digest"], undisturbed["staged"])
