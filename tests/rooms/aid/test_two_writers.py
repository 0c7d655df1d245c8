"""Two clerks write one ledger at once, and one of them is killed: in processes of their own, against an installation of their own.

BANGFU_ROUNDS says how often the last 1,000 元 are spent twice (default 30), BANGFU_SECONDS how long two write at random (default 6),
BANGFU_KILLS how often one is killed (default 5); -s shows the figures. On PostgreSQL it runs in a database of its own.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.rooms.registry.test_killed_import import ROOT, sql

SCRIPT = Path(__file__).with_name("two_writers.py")
ROUNDS, SECONDS, KILLS = int(os.environ.get("BANGFU_ROUNDS", "30")), float(os.environ.get("BANGFU_SECONDS", "6")), int(os.environ.get("BANGFU_KILLS", "5"))


class Installation:
    """An installation whose ledger other processes write."""

    def __init__(self, environment):
        self.environment = environment

    def run(self, *asked):
        done = subprocess.run([sys.executable, SCRIPT, *map(str, asked)], env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def started(self, *asked):
        """Return a process that has said it is ready."""
        one = subprocess.Popen([sys.executable, SCRIPT, *map(str, asked)], env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert one.stdout.readline() == "ready\n"
        return one

    def checked(self):
        """Return what the ledger holds, with nothing wrong in it."""
        found = json.loads(self.run("check"))
        assert found["wrong"] == []
        return found


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("BANGFU_", "DJANGO_"))} | {
        "BANGFU_DATA": str(tmp_path_factory.mktemp("two") / "office"), "BANGFU_DEMO": "yes", "PYTHONPATH": str(ROOT / "src")}  # fmt: skip
    database, url = "", os.environ.get("BANGFU_DATABASE", "")
    if url:
        database = f"{url.rsplit('/', 1)[1]}_writers_{os.getpid()}"
        environment["BANGFU_DATABASE"] = f"{url.rsplit('/', 1)[0]}/{database}"
        sql(url, f"CREATE DATABASE {database}")
    try:
        found = Installation(environment)
        found.run("prepare")
        yield found
    finally:
        if database:
            sql(url, f"DROP DATABASE {database} WITH (FORCE)")


def ended(writers):
    """Return what each writer confirmed, and what it did and was refused."""
    confirmed, counts = [], Counter()
    for one in writers:
        told = one.communicate(timeout=60)[0].splitlines()
        assert one.returncode == 0
        confirmed += [json.loads(row) for row in told[:-1]]
        counts.update(json.loads(told[-1]))
    return confirmed, counts


def test_of_two_who_spend_the_last_thousand_at_once_one_does_and_the_other_reads_what_is_left(installation):
    batches, clerks = json.loads(installation.run("batches", ROUNDS)), [installation.started("spend") for _each in range(2)]
    firsts = Counter()
    for code in batches:
        moment = time.time() + 0.05
        for number, clerk in enumerate(clerks):
            clerk.stdin.write(f"{code} {code}-{number} {moment}\n")
            clerk.stdin.flush()
        said = [json.loads(clerk.stdout.readline()) for clerk in clerks]
        firsts[[how for how, _what in said].index("issued") if "issued" in dict(said) else "nobody"] += 1
        assert sorted(how for how, _what in said) == ["issued", "not enough"], said
        words = dict(said)["not enough"]
        assert "还有 0 元" in words and "要 1,000 元" in words, words
    for clerk in clerks:
        clerk.communicate(timeout=20)
    print("who was first", dict(firsts))
    assert installation.checked()["lines"] == dict.fromkeys(batches, 1)


def test_two_who_write_at_random_leave_a_right_ledger(installation):
    before = len(installation.checked()["entries"])
    confirmed, counts = ended([installation.started("write", seed, SECONDS) for seed in (1, 2)])
    found = installation.checked()
    print(f"{len(found['entries']) - before} entries, by kind {found['kinds']}", dict(counts))
    assert not [said for said in counts if said.startswith("error")], counts
    assert all(found["entries"][f"{number}"] == digest for number, digest in confirmed)
    assert len({number for number, _digest in confirmed if number > before}) > 20
    assert counts["issue"] and counts["sign"] and counts["refused not_enough"]


@pytest.mark.skipif(os.name == "nt", reason="kills processes")
def test_a_writer_that_is_killed_leaves_a_right_ledger_and_all_that_it_confirmed(installation):
    rng, confirmed = random.Random(4), []
    other = installation.started("write", 9, 0)
    for number in range(KILLS):
        one = installation.started("write", 100 + number, 0)
        time.sleep(rng.uniform(0.1, 0.9))
        one.kill()  # SIGKILL: nothing of it runs any more
        told = one.communicate()[0]
        confirmed += [json.loads(row) for row in told[:told.rfind("\n") + 1].splitlines()]
    other.kill()
    confirmed += [json.loads(row) for row in other.communicate()[0].splitlines() if row.endswith("]")]
    found = installation.checked()
    print(f"{KILLS + 1} killed, {len(confirmed)} confirmed, {len(found['entries'])} entries")
    assert len(confirmed) > KILLS
    assert all(found["entries"].get(f"{number}") == digest for number, digest in confirmed)
    writers = [installation.started("write", 200 + number, 1.5) for number in range(2)]  # and the ledger goes on
    confirmed, counts = ended(writers)
    assert confirmed and not [said for said in counts if said.startswith("error")], counts
    installation.checked()
