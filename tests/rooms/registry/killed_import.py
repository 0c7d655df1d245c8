"""Run by test_killed_import.py as a process of its own: `killed_import.py FILE PERSONS KILLS READING TAKING` imports a file in an office of its own.

The office is started as a user starts it, and its worker and its server are killed in turn, KILLS times, at random moments of the work: the
first half while the file is read, the others while it is taken in (READING, TAKING: the seconds each takes undisturbed). Through the server
one officer saves again and again in a household that no file has, another looks at the import's page. Prints what became of it as JSON.
"""

import atexit
import hashlib
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import date
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

from bangfu.config import office

DATA = Path(os.environ["BANGFU_DATA"])
office.prepare(DATA, demo=True)

from django.apps import apps  # noqa: E402
from django.db import transaction  # noqa: E402
from django.db.models import Prefetch, Sum  # noqa: E402
from django.utils import timezone  # noqa: E402

from bangfu.accounts.models import Officer  # noqa: E402
from bangfu.base import sealing, trail  # noqa: E402
from bangfu.base.models import Job, JobState  # noqa: E402
from bangfu.engines.relations.headers import load_headers  # noqa: E402
from bangfu.engines.relations.workbook import read_extract  # noqa: E402
from bangfu.registry import actions, import_actions  # noqa: E402
from bangfu.registry.models import Change, Household, Member, Person, Source, Status, Upload  # noqa: E402
from bangfu.registry.values import RULEBOOK, columns_of, value_of  # noqa: E402

OWN = "1"  # the household another officer saves in


def make_room(file, persons):
    """Have the household for saves; for a generated town of many persons an otherwise empty register that knows its villages."""
    if persons:
        with transaction.atomic():  # keys are looked at when it ends
            for room in ("visits", "chain"):
                for model in apps.get_app_config(room).get_models():
                    model.objects.all()._raw_delete("default")
        for model in (Change, Status, Member, Household, Person):
            model.objects.all().delete()
        names = dict.fromkeys(read_extract(file, side="system", headers=load_headers(RULEBOOK)).table["village"].to_pylist())
        known = set(actions.Area.objects.values_list("name", flat=True))
        actions.know_areas((f"4505{at // 200 + 1:02d}{at // 100 % 2 + 100:03d}{at % 100 + 200:03d}", name) for at, name in enumerate(names) if name not in known)
        Officer.objects.filter(username="liang").update(area="450000000000")
    Household.objects.create(code=OWN, village_id="450481108202", source=Source.objects.first())


class Running:
    """The office at work; its server and the worker beside it can be killed."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.start()

    def start(self):
        command = [sys.executable, "-m", "bangfu", "run", "--port", str(self.port), "--data", str(DATA)]
        with (DATA / "log").open("ab") as log:
            self.server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, start_new_session=True)

    def kill_worker(self):
        """Kill the worker alone; the server starts another."""
        found = subprocess.run(["pgrep", "-P", str(self.server.pid), "-f", "bangfu worker"], capture_output=True, text=True, check=True)
        os.kill(int(found.stdout), signal.SIGKILL)

    def kill_server(self, *, whole):
        """Kill the server, `whole`: and everything it started at the same moment; then start it again."""
        (os.killpg if whole else os.kill)(self.server.pid, signal.SIGKILL)
        self.server.wait()
        until(lambda: not office.taken("127.0.0.1", self.port))
        self.start()


class Browser:
    """Somebody signed in to the office."""

    def __init__(self, port, username):
        self.address, self.username, self.opener = f"http://127.0.0.1:{port}", username, build_opener(HTTPCookieProcessor(CookieJar()))

    def ask(self, path, fields=None):
        """Return the address and the text of a page; signs in when it is asked to."""
        with self.opener.open(self.address + path, urlencode(fields).encode() if fields else None, timeout=60) as answer:
            url, text = answer.url, answer.read().decode()
        if "/sign-in/" not in url:
            return url, text
        self.ask("/accounts/demo/", {"csrfmiddlewaretoken": hidden(text, "csrfmiddlewaretoken"), "username": self.username})
        return self.ask(path)


def hidden(text, name):
    return re.search(f'name="{name}" value="([^"]*)"', text)[1]


class Others(threading.Thread):
    """An officer who saves another address again and again, and one who looks at the import; both go on when the server is back."""

    def __init__(self, port, upload):
        super().__init__(daemon=True)
        self.ended, self.sent, self.saved, self.looks, self.answers = threading.Event(), [], [], 0, Counter()
        self.saving, self.looking, self.page = Browser(port, "qin"), Browser(port, "liang"), f"/households/imports/{upload.code}/"

    def run(self):
        while not self.ended.wait(0.3):
            try:
                self.save()
                self.looking.ask(self.page)
                self.looks += 1
            except HTTPError as error:
                self.answers[error.code] += 1
            except (OSError, HTTPException):
                continue  # the server is gone; whether it kept the last save is known to nobody yet

    def save(self):
        _url, form = self.saving.ask(f"/households/{OWN}/values/0/address/")
        value = f"某屯{len(self.sent) + 1}号"
        self.sent.append(value)
        url, _text = self.saving.ask(f"/households/{OWN}/values/0/address/", {
            "csrfmiddlewaretoken": hidden(form, "csrfmiddlewaretoken"), "seen": hidden(form, "seen"), "value": value, "basis": "visit", "on": "2017-10-19"})
        if url.endswith(f"/households/{OWN}/#history"):
            self.saved.append(value)
        else:
            self.answers[url] += 1


def until(condition):
    """Wait until something is so; work that failed ends it, and so do two minutes, half an hour for a large file."""
    end = time.monotonic() + (1800 if int(sys.argv[2]) else 120)
    while not condition():
        failed = Job.objects.filter(state=JobState.FAILED).first()
        assert failed is None and time.monotonic() < end, failed and (failed.kind, failed.starts, failed.said)
        time.sleep(0.05)


def digest():
    """Return a hash of everything the register says, in the open, in an order of its own; without keys of rows, moments, and the household for saves."""
    told = hashlib.sha256()
    households = Household.objects.exclude(code=OWN).order_by("code").prefetch_related("statuses", Prefetch("members", Member.objects.select_related("person")))
    for one in households.iterator(chunk_size=500):
        statuses = sorted((row.kind, str(row.starts_on), row.ended, str(row.ends_on)) for row in one.statuses.all())
        members = sorted((row.person.code or "", row.relation_to_head, str(row.starts_on), str(row.ends_on), row.ended_by, values(row.person)) for row in one.members.all())
        told.update(repr((one.code, one.village_id, one.version, values(one), statuses, members)).encode())
    counts = [model.objects.count() for model in (Household, Person, Member, Status)] + [Change.objects.exclude(household__code=OWN).count()]
    told.update(repr(counts).encode())
    return told.hexdigest()[:16], counts


def values(thing):
    return sorted((name, value_of(thing, name)) for name in columns_of(thing))


def main(file, persons, kills, reading, taking):
    make_room(file, persons)
    upload = import_actions.receive(name=file.name, chunks=[file.read_bytes()], data_date=date(2017, 10, 20), by=Officer.objects.get(username="liang"))
    rng, running, killed, took = random.Random(7), Running(), [], {}
    atexit.register(lambda: running.server.kill())  # however this ends
    others = Others(running.port, upload)
    others.start()

    def at_work(seen, over):
        until(lambda: jobs(upload).aggregate(n=Sum("starts"))["n"] > seen or state(upload) == over)
        return jobs(upload).aggregate(n=Sum("starts"))["n"]

    seen, in_reading = 0, kills // 2
    for phase, over, many, seconds in (("reading", "preview", in_reading, reading), ("taking", "taken", kills - in_reading, taking / max(1, kills - in_reading))):
        seen = at_work(seen, over)
        began = time.monotonic()
        for _ in range(many):
            time.sleep(rng.uniform(0, seconds))
            killed.append(kill(running, upload, len(killed)))
            if not persons:  # waiting for the leases would take longer than all the rest
                jobs(upload).filter(state=JobState.RUNNING).update(lease_until=timezone.now())
            seen = at_work(seen, over)
        finished(upload, over)
        took[phase] = time.monotonic() - began
        if over == "preview":
            import_actions.accept(upload=Upload.objects.get(pk=upload.pk), leaving=0, by=upload.by)
    before = len(others.saved)
    until(lambda: len(others.saved) > before)
    others.ended.set()
    others.join(60)
    running.server.terminate()
    running.server.wait(60)
    found = [sealing.unseal(bytes.fromhex(one.new)) for one in Change.objects.filter(household__code=OWN).order_by("pk")]
    said, counts = digest()
    return {"state": state(upload), "digest": said, "counts": counts, "killed": killed, "resumed": at_work(0, "") - 2, "took": took,
            "sent": len(others.sent), "saved": len(others.saved), "found": len(found), "lost": len(set(others.saved) - set(found)),
            "made_up": len(found) - len(set(found) & set(others.sent)), "stands": value_of(Household.objects.get(code=OWN), "address") == found[-1],
            "looks": others.looks, "answers": others.answers, "staged": Counter(upload.staged.values_list("state", flat=True)),
            "trail_broken_at": trail.verify()[1], "files_left": [path.name for folder in ("open", "uploads", "incoming") for path in (DATA / folder).glob("*")],
            "log": (DATA / "log").read_text(encoding="utf-8")}


def jobs(upload):
    return Job.objects.filter(about=upload.code)


def state(upload):
    return Upload.objects.get(pk=upload.pk).state


def finished(upload, over):
    until(lambda: state(upload) == over and not jobs(upload).filter(state=JobState.RUNNING).exists())


def kill(running, upload, number):
    """Kill the worker or the server in turn; returns who was killed and at what."""
    job = jobs(upload).first()  # the newest
    at = f"{job.get_state_display()} {job.step} {job.percent}%"
    if number % 2 == 0:
        running.kill_worker()
        return f"worker, {at}"
    running.kill_server(whole=number % 4 == 1)
    return f"server, {at}"


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])), ensure_ascii=False))
