"""Case 26: the worker killed again and again in the middle of an import: it goes on and ends, wholly, and a save in between is there.

BANGFU_KILLS says how often (default 3); on PostgreSQL it runs in a database of its own.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bangfu.demo.files import write_town

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = Path(__file__).with_name("killed_import.py")
KILLS = int(os.environ.get("BANGFU_KILLS", "3"))


@pytest.fixture
def place(tmp_path):
    """The environment of an installation of its own with the demo town, made anew by a call: place("a") -> environment."""
    own = []

    def make(name):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("BANGFU_")} | {
            "BANGFU_DATA": str(tmp_path / name), "BANGFU_DEMO": "yes", "DJANGO_SETTINGS_MODULE": "bangfu.config.settings", "PYTHONPATH": str(ROOT)}
        if url := os.environ.get("BANGFU_DATABASE"):
            database = f"{url.rsplit('/', 1)[1]}_killed_{os.getpid()}_{name}"
            environment["BANGFU_DATABASE"] = f"{url.rsplit('/', 1)[0]}/{database}"
            own.append((url, database))
            sql(url, f"CREATE DATABASE {database}")
        start = f"from pathlib import Path; from bangfu.config import office; office.prepare(Path(r'{tmp_path / name}'), demo=True)"
        done = subprocess.run([sys.executable, "-c", start], env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return environment

    yield make
    for url, database in own:
        sql(url, f"DROP DATABASE {database} WITH (FORCE)")


def sql(url, text):
    import psycopg

    with psycopg.connect(url.rsplit("/", 1)[0] + "/postgres", autocommit=True) as connection:
        connection.execute(text)


def run(environment, *arguments):
    done = subprocess.run([sys.executable, SCRIPT, *arguments], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def worker(environment):
    return subprocess.Popen([sys.executable, SCRIPT, "work"], env=environment, stderr=subprocess.DEVNULL)


def imported(environment, file, kills, rng):
    """Import a file while the worker is killed; returns the register's digest, how many saves another made, and the kills."""
    [code] = run(environment, "ask", str(file))
    at_work, done, saves = worker(environment), 0, 0
    staged: list[str] = []  # households the file changes; the other officer saves in another one
    accepting = subprocess.Popen([sys.executable, SCRIPT, "accept", code], env=environment)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        time.sleep(rng.uniform(0.2, 2.2) if done < kills else 0.5)
        if done < kills:
            at_work.send_signal(signal.SIGKILL)
            at_work.wait()
            done += 1
            staged = staged or run(environment, "staged", code)
            saves = int(run(environment, "save", *staged)[0])
            at_work = worker(environment)
        elif run(environment, "state", code)[0] == "taken":
            break
    accepting.wait(60)
    at_work.kill()
    at_work.wait()
    state, digest, there = run(environment, "state", code)
    assert state == "taken" and int(there) == saves
    return digest, done


@pytest.mark.skipif(os.name == "nt", reason="kills processes")
def test_an_import_whose_worker_is_killed_ends_as_if_it_had_not_been(place, tmp_path):
    file = write_town(tmp_path / "town", seed=20171020, errors=0.2)["system"]
    rng = random.Random(7)
    undisturbed, _none = imported(place("whole"), file, 0, rng)
    killed, kills = imported(place("killed"), file, KILLS, rng)
    assert kills == KILLS
    assert killed == undisturbed
