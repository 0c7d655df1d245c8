"""Long work: asked once, done once, stopped, killed and gone on with; its pages."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from bangfu.base import jobs
from bangfu.base.models import Job, Periodic

SLOW = "tests.rooms.base.slow_work.work"


class NoHeart:
    """In a test's transaction nobody else sees the job."""

    def __init__(self, job):
        self.ended = self.lost = threading.Event()

    def start(self):
        pass

    join = start


@pytest.fixture
def kinds(db, settings, monkeypatch):
    settings.JOBS = settings.JOBS | {"slow": ("慢慢写", SLOW), "fails": ("出错", "tests.rooms.base.slow_work.fails")}
    settings.PERIODIC = {}
    monkeypatch.setattr(jobs, "_Heart", NoHeart)
    monkeypatch.setattr(jobs, "SHOWN_EVERY", 0)


def test_a_job_is_done_and_says_what_it_did(kinds, tmp_path):
    job = jobs.ask("slow", about=str(tmp_path / "x"), by="liang")
    jobs.worker(threading.Event(), once=True)
    job.refresh_from_db()
    assert (job.state, job.said, job.starts, job.lease_until) == ("done", "10 行", 1, None)
    assert (tmp_path / "x").read_text().split() == [str(n) for n in range(10)]


def test_what_is_asked_twice_is_done_once_and_may_be_asked_again_afterwards(kinds, tmp_path):
    first, second = (jobs.ask("slow", about=str(tmp_path / "x"), by="liang", once="import 7") for _ in range(2))
    assert first == second
    jobs.worker(threading.Event(), once=True)
    assert jobs.ask("slow", about=str(tmp_path / "x"), by="liang", once="import 7") != first


def test_an_unknown_kind_is_not_taken(kinds):
    with pytest.raises(KeyError):
        jobs.ask("nonsense", by="liang")


def test_a_lease_that_ran_out_is_taken_up_and_the_first_worker_writes_no_more(kinds, tmp_path):
    """Case 26: a killed worker's job is not running for ever; it is taken up when the lease of 15 s has run out."""
    jobs.ask("slow", about=str(tmp_path / "x"), by="liang")
    first = jobs.claim("one")
    assert jobs.claim("two") is None
    Job.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    second = jobs.claim("two")
    assert second == first and second.starts == 2
    jobs.run(first)
    assert Job.objects.get().state == "running" and Job.objects.get().worker == "two"
    jobs.run(second)
    assert Job.objects.get().state == "done"


def test_a_failure_is_said_without_its_words(kinds):
    jobs.ask("fails", by="liang")
    jobs.worker(threading.Event(), once=True)
    job = Job.objects.get()
    assert job.state == "failed" and job.code in job.said and "覃秀兰" not in job.said


def test_a_busy_database_is_waited_for_and_in_the_end_given_up(kinds, monkeypatch):
    def busy(job):
        raise OperationalError("database is locked")
        yield

    monkeypatch.setattr(jobs, "import_string", lambda name: busy)
    jobs.ask("slow", by="liang")
    for _ in range(jobs.STARTS):
        Job.objects.update(not_before=None)
        jobs.run(jobs.claim("one"))
    job = Job.objects.get()
    assert job.state == "failed" and "试了 8 次" in job.said


def test_work_is_stopped_between_two_steps_or_before_it_begins(kinds, tmp_path):
    before, running = (jobs.ask("slow", about=str(tmp_path / name), by="liang") for name in "ab")
    jobs.stop(before)
    claimed = jobs.claim("one")
    assert claimed == running
    jobs.stop(running)
    jobs.run(claimed)
    assert [one.state for one in Job.objects.order_by("pk")] == ["stopped", "stopped"]
    assert not (tmp_path / "a").exists() and len((tmp_path / "b").read_text().split()) == 1


def test_periodic_work_is_asked_for_once_when_it_is_due(kinds, settings):
    settings.PERIODIC = {"verify_trail": 60}
    for _ in range(3):
        jobs.ask_for_what_is_due()
    assert Job.objects.count() == 1 and Periodic.objects.get().due_at > timezone.now() + timedelta(minutes=59)
    jobs.worker(threading.Event(), once=True)
    assert Job.objects.get().state == "done" and "前后相接" in Job.objects.get().said


def test_the_page_shows_how_far_it_is_to_whom_it_concerns(kinds, signed_in, tmp_path):
    job = jobs.ask("slow", about=str(tmp_path / "x"), by="liang")
    Job.objects.update(state="running", step="写", done=3, total=10)
    address = reverse("base:job", args=[job.code])
    text = signed_in("liang").get(address).content.decode()
    assert "写：3 / 10" in text and 'value="30"' in text and "停止" in text
    assert signed_in("qin").get(address).status_code == 404 == signed_in("qin").post(reverse("base:job_stop", args=[job.code])).status_code
    assert signed_in("gan").get(reverse("base:jobs")).content.decode().count(job.code) == 2
    assert signed_in("liang").post(reverse("base:job_stop", args=[job.code])).status_code == 302 and Job.objects.get().stop_asked


WORKER = """
import os, sys, threading
from datetime import timedelta
from django.conf import settings
import django
django.setup()
settings.JOBS = settings.JOBS | {"slow": ("slow", "tests.rooms.base.slow_work.work")}
settings.PERIODIC = {}
from bangfu.base import jobs
jobs.LEASE, jobs.HEARTBEAT = timedelta(seconds=1), 0.2
jobs.worker(threading.Event())
"""
ASK = WORKER.replace("jobs.LEASE", "[jobs.ask('slow', about=one, by='x') for one in sys.argv[1:]]; sys.exit()\njobs.LEASE")


@pytest.mark.skipif(os.name == "nt" or bool(os.environ.get("BANGFU_DATABASE")), reason="kills processes; a database of its own")
def test_two_workers_killed_again_and_again_do_every_part_of_every_job_once(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BANGFU_")} | {
        "BANGFU_DATA": str(tmp_path), "BANGFU_DEMO": "yes", "DJANGO_SETTINGS_MODULE": "bangfu.config.settings", "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    make = f"from pathlib import Path; from bangfu.config import office; office.prepare(Path(r'{tmp_path}'), demo=True)"
    assert subprocess.run([sys.executable, "-c", make], env=environment, check=False).returncode == 0
    files = [tmp_path / f"job{n}.txt" for n in range(4)]
    assert subprocess.run([sys.executable, "-c", ASK, *map(str, files)], env=environment, check=False).returncode == 0
    started = [subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stderr=subprocess.DEVNULL) for _ in range(2)]
    kills, until = 0, time.monotonic() + 60
    while time.monotonic() < until and sum(len(one.read_text().split()) for one in files if one.exists()) < 40:
        time.sleep(0.9 + 0.37 * kills % 1)
        if kills < 5:
            victim = started.pop(0)
            victim.send_signal(signal.SIGKILL)
            victim.wait()
            started.append(subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stderr=subprocess.DEVNULL))
            kills += 1
    for one in started:
        one.kill()
        one.wait()
    assert kills >= 3 and [one.read_text().split() for one in files] == [[str(n) for n in range(10)]] * 4
