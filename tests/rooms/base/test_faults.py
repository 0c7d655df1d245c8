"""A locked database, a full disk, a missing key: one sentence, nothing half done, and no value in the log."""

import logging
import os
import subprocess
import sys

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.urls import reverse

from bangfu.base.logs import Formatter
from bangfu.base.sealing import KeyMissing
from bangfu.registry import actions
from bangfu.registry.models import Change, Household

SAID = {"value": "96", "seen": 0, "basis": "visit", "on": "2017-10-18"}


@pytest.mark.parametrize(("error", "words"), [
    (OperationalError("database is locked"), "数据库正忙"), (OperationalError("database or disk is full"), "磁盘满了"),
    (OperationalError("could not extend file: No space left on device"), "磁盘满了"), (OperationalError("connection refused"), "连不上数据库"),
    (KeyMissing("现在的密钥打不开。"), "现在的密钥打不开"), (IntegrityError("Key (name)=(覃秀兰) exists"), "现在的时间"),
])
def test_a_fault_is_one_sentence_and_its_words_are_in_no_log(signed_in, monkeypatch, caplog, error, words):
    def fails(**_):
        raise error

    client = signed_in("qin")
    client.raise_request_exception = False
    household = Household.objects.filter(village_id="450481108202", changes=None).first()
    monkeypatch.setattr(actions, "record_value", fails)
    answer = client.post(reverse("registry:record", args=[household.code, 0, "house_area_m2"]), SAID)
    text = answer.content.decode()
    assert answer.status_code == 500 and words in text and "没有保存任何改动" in text and "Traceback" not in text and "覃秀兰" not in text
    handlers = [one for name in ("", "django", "django.request") for one in logging.getLogger(name).handlers if type(one) is logging.StreamHandler]
    assert [type(one.formatter) for one in handlers] == [Formatter]
    logged = "".join(Formatter("%(message)s").format(record) for record in caplog.records if record.exc_info)
    assert "test_faults.py" in logged and str(error) not in logged


REAL = """
import os, sqlite3, sys
from pathlib import Path
from bangfu.config import office
data = Path(sys.argv[1])
office.prepare(data, demo=True)
from django.db import connection
from django.test import Client
from bangfu.accounts.models import Officer
from bangfu.registry.models import Change, Household
connection.settings_dict["OPTIONS"]["timeout"] = 0.2
connection.close()
client = Client(raise_request_exception=False, HTTP_HOST="localhost")
client.force_login(Officer.objects.get(username="qin"), backend="django.contrib.auth.backends.ModelBackend")
household = Household.objects.filter(village_id="450481108202", changes=None).first()
address = f"/households/{household.code}/values/0/address/"
said = {"value": "某屯" * 90, "seen": 0, "basis": "visit", "on": "2017-10-18"}
other = sqlite3.connect(data / "bangfu.sqlite3", isolation_level=None)
other.execute("BEGIN IMMEDIATE")
locked = client.post(address, said)
other.execute("ROLLBACK")
with connection.cursor() as cursor:
    cursor.execute("PRAGMA page_count")
    cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
for _ in range(200):  # until the free room in the pages is used up
    full = client.post(address, said)
    if full.status_code != 302:
        break
    seen = Change.objects.filter(household=household).first().pk
    said |= {"value": ("某屯" if "甲" in said["value"] else "甲屯") * 90, "seen": seen}
kept = Change.objects.filter(household=household).count()
print(locked.status_code, "数据库正忙" in locked.content.decode(), full.status_code, "磁盘满了" in full.content.decode(), household.changes.count() == kept)
"""


@pytest.mark.skipif(bool(os.environ.get("BANGFU_DATABASE")), reason="of the built-in database")
def test_a_really_locked_and_a_really_full_database_are_said_in_words(tmp_path):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("BANGFU_", "DJANGO_"))}
    done = subprocess.run([sys.executable, "-c", REAL, str(tmp_path)], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["500", "True", "500", "True", "True"], done.stdout + done.stderr[-2000:]
    assert "OperationalError" in done.stderr and "is locked" not in done.stderr and "disk is full" not in done.stderr


def test_the_database_in_use_is_the_one_that_was_asked_for(db):
    assert connection.vendor == ("postgresql" if os.environ.get("BANGFU_DATABASE") else "sqlite")
    assert Change.objects.exists()
