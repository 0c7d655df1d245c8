"""Run by test_cases.py as processes of their own: `work` is a worker; with a file four officers save values and visits through the pages while it is taken in, and one clicks twice."""

import logging
import sys
import threading
import time
from datetime import date
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402

settings.PERIODIC, settings.ALLOWED_HOSTS = {}, ["testserver"]
logging.disable(logging.CRITICAL)

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402

from bangfu.accounts.models import Officer  # noqa: E402
from bangfu.base import jobs  # noqa: E402
from bangfu.engines.relations.headers import load_headers  # noqa: E402
from bangfu.engines.relations.workbook import read_extract  # noqa: E402
from bangfu.registry import actions, import_actions  # noqa: E402
from bangfu.registry.models import Area, Change, Household, Upload  # noqa: E402
from bangfu.registry.values import RULEBOOK  # noqa: E402
from bangfu.visits.models import Visit  # noqa: E402

if sys.argv[1] == "work":
    jobs.worker(threading.Event())
path = Path(sys.argv[1])
extract = read_extract(path, side="system", headers=load_headers(RULEBOOK))
unknown = sorted(set(extract.table["village"].to_pylist()) - set(Area.objects.values_list("name", flat=True)))
actions.know_areas((f"450481108{number}", name) for number, name in enumerate(unknown, start=300))
code = import_actions.receive(name=path.name, chunks=[path.read_bytes()], data_date=date(2017, 10, 20), by=Officer.objects.get(username="liang")).code
waits: list[float] = []
wrong: list[str] = []
ended = threading.Event()


def timed(ask, expected):
    began = time.monotonic()
    try:
        status = ask().status_code
    except Exception as failure:  # whatever reaches an officer
        wrong.append(repr(failure))
    else:
        if status != expected:
            wrong.append(str(status))
    waits.append(time.monotonic() - began)


def save(household, officer):
    client, seen, number = Client(), 0, 0
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("registry:record", args=[household.code, 0, "address"])
    while not ended.is_set():
        number += 1
        timed(lambda number=number, seen=seen: client.post(address, {"value": f"第{number}屯", "basis": "visit", "on": "2017-10-19", "seen": seen}), 302)
        seen = Change.objects.filter(household=household, column="address").order_by("-pk").values_list("pk", flat=True).first() or 0
        went = {"visited_on": "2017-10-19", "mode": "home", "went": [officer.pk], "once": f"busy {household.pk} {number}", "found": f"第{number}次"}
        timed(lambda went=went: client.post(reverse("visits:record", args=[household.code]), went), 302)
        timed(lambda: client.get(reverse("registry:card", args=[household.code])), 200)
    connection.close()


def accept(officer):
    client = Client()
    client.force_login(officer, backend="django.contrib.auth.backends.ModelBackend")
    timed(lambda: client.post(reverse("registry:choose", args=[code]), {"act": "accept"}), 302)
    connection.close()


def wait_for(state, seconds=240):
    until = time.monotonic() + seconds
    while Upload.objects.get(code=code).state != state and time.monotonic() < until:
        time.sleep(0.1)


officer = Officer.objects.get(username="liang")
users = [threading.Thread(target=save, args=(one, officer)) for one in Household.objects.order_by("code")[:4]]
for one in users:
    one.start()
wait_for("preview")
clicks = [threading.Thread(target=accept, args=(officer,)) for _ in range(2)]
for one in clicks:
    one.start()
wait_for("taken")
ended.set()
for one in (*clicks, *users):
    one.join()
print(Upload.objects.get(code=code).state, Change.objects.filter(column="address").count(), Visit.objects.filter(once__startswith="busy ").count(), len(waits), f"{max(waits):.2f}", *wrong)
