"""How long an import of 100,000 persons takes: read and previewed, taken in; its memory, and how long another officer's save waits meanwhile.

bangfu bench intake [--persons 100000]; BANGFU_DATABASE chooses PostgreSQL (an empty database). Beside it stands the floor: the same rows
read from the file and nothing done with them.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path


def main() -> int:
    """Measure and print one table."""
    ask = argparse.ArgumentParser(prog="bangfu bench intake")
    ask.add_argument("--persons", type=int, default=100_000)
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        from bangfu.config import office

        office.prepare(Path(folder) / "data", demo=True)
        from django.apps import apps
        from django.conf import settings
        from django.db import connection, transaction

        from bangfu.accounts.models import Officer
        from bangfu.base import jobs
        from bangfu.demo.files import write_town
        from bangfu.engines.relations.headers import load_headers
        from bangfu.engines.relations.workbook import read_extract
        from bangfu.registry import actions, import_actions
        from bangfu.registry.models import Area, Change, Household, Member, Person, Status, Upload
        from bangfu.registry.values import RULEBOOK

        settings.PERIODIC = {}
        own = Household.objects.filter(village_id="450481108202").order_by("code").first()  # where the other officer saves
        with transaction.atomic():  # keys are looked at when it ends
            for room in ("visits", "chain"):
                for model in apps.get_app_config(room).get_models():
                    model.objects.all()._raw_delete("default")
        for model in (Change, Status, Member):
            model.objects.all().delete()
        Household.objects.exclude(pk=own.pk).delete()
        Household.objects.update(code="1")
        Person.objects.all().delete()
        path = write_town(Path(folder) / "town", size=None, persons=asked.persons, seed=5, errors=0.0, kind="csv")["system"]
        began = time.perf_counter()
        extract = read_extract(path, side="system", headers=load_headers(RULEBOOK))
        floor = time.perf_counter() - began
        names = dict.fromkeys(extract.table["village"].to_pylist())
        del extract
        actions.know_areas((f"4505{at // 200 + 1:02d}{at // 100 % 2 + 100:03d}{at % 100 + 200:03d}", name) for at, name in enumerate(names) if not Area.objects.filter(name=name).exists())
        by = Officer.objects.get(username="liang")
        by.area = "450000000000"
        by.save()
        upload = import_actions.receive(name=path.name, chunks=[path.read_bytes()], data_date=date(2017, 10, 20), by=by)
        taken = {}
        for what in ("preview", "taking in"):
            ended, waits = threading.Event(), []
            other = threading.Thread(target=saves, args=(ended, waits), daemon=True)
            other.start()
            worker = subprocess.Popen([sys.executable, "-c", WORKER], env=os.environ | {"DJANGO_SETTINGS_MODULE": "bangfu.config.settings"})
            began = time.perf_counter()
            _pid, status, used = os.wait4(worker.pid, 0)
            taken[what] = time.perf_counter() - began, used.ru_maxrss / 1024, max(waits, default=0.0), len(waits)
            ended.set()
            other.join()
            assert status == 0
            upload = Upload.objects.get(pk=upload.pk)
            if what == "preview":
                counts = upload.said.get("counts"), upload.state
                import_actions.accept(upload=upload, leaving=0, by=by)
        print(f"{asked.persons} persons, {connection.vendor}: {counts}, then {upload.state}, {Household.objects.count()} households; floor (reading the file) {floor:.1f} s")
        for what, (seconds, memory, wait, count) in taken.items():
            print(f"{what:10} {seconds:6.1f} s   {memory:5.0f} MB   another officer's {count} saves waited at most {wait:.2f} s")
        jobs.ask_for_what_is_due()
        print(f"this process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB", file=sys.stderr)
    return 0


WORKER = """
import threading
import django
django.setup()
from django.conf import settings
settings.PERIODIC = {}
from bangfu.base import jobs
jobs.worker(threading.Event(), once=True)
"""


def saves(ended: threading.Event, waits: list[float]) -> None:
    """Put a value right again and again, as an officer would, and note how long each save takes."""
    from django.db import connection

    from bangfu.accounts.models import Officer
    from bangfu.registry import actions
    from bangfu.registry.models import Household

    by, household, number = Officer.objects.get(username="qin"), Household.objects.filter(village_id="450481108202").order_by("code").first(), 0
    while not ended.wait(0.5):
        last = actions.last_change(household, None, "address")
        number += 1
        began = time.perf_counter()
        actions.record_value(household=household, person=None, column="address", value=f"某屯 {os.getpid()} {number} {len(waits)}", seen=last.pk if last else 0,
                             basis="入户了解", on=date(2017, 10, 19), by=by)
        waits.append(time.perf_counter() - began)
    connection.close()


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    raise SystemExit(main())
