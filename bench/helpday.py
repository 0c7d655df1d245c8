"""A visit day of a large town: how fast its pages are, and how long all its sheets take as one PDF.

    ./bangfu bench helpday [--households 2000] [--caseworkers 300] [--rounds 60]        BANGFU_DATABASE=postgres://… for PostgreSQL (an empty database)

Pages are asked for through Django, without a network. Beside them stands the floor: the calendar, a page that asks nothing of registers.
"""

import argparse
import os
import random
import tempfile
import threading
import time
from datetime import date, datetime
from pathlib import Path


def main() -> int:
    """Measure and print one table."""
    ask = argparse.ArgumentParser(prog="bangfu bench helpday")
    ask.add_argument("--households", type=int, default=2000)
    ask.add_argument("--caseworkers", type=int, default=300)
    ask.add_argument("--rounds", type=int, default=60)
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        from bangfu.config import office

        office.prepare(Path(folder) / "data", demo=True)
        from django.conf import settings
        from django.db import connection
        from django.test import Client

        from bangfu.accounts.models import Officer
        from bangfu.base import jobs
        from bangfu.base.models import Job
        from bangfu.visits.models import VisitDay

        settings.PERIODIC = {}
        village, day = town(Path(folder), asked.households, asked.caseworkers)
        print(f"{connection.vendor}: {VisitDay.objects.get(date=day).slots.count()} households, {asked.caseworkers} caseworkers, {VisitDay.objects.count()} visit days")
        client = Client(SERVER_NAME="localhost")
        floor = 0.0
        for who, name, address in (("liang", "calendar (floor)", "/calendar/2017/"), ("liang", "board of the town", f"/visits/{day}/"), ("liang", "list of a village", f"/visits/{day}/village/{village}/"),
                                   ("liang", "days", "/visits/"), ("liang", "not seen since", "/visits/not-seen/"), ("bench1", "a caseworker's own", "/visits/own/"),
                                   ("liang", "the chain of the town", "/chain/")):  # fmt: skip
            client.force_login(Officer.objects.get(username=who), backend="django.contrib.auth.backends.ModelBackend")
            taken = []
            for _round in range(asked.rounds + 3):
                began = time.perf_counter()
                status = client.get(address).status_code
                taken.append(time.perf_counter() - began)
                assert status == 200, (address, status)
            taken = sorted(taken[3:])
            p50, p95 = taken[len(taken) // 2], taken[int(0.95 * len(taken))]
            floor = floor or p50
            print(f"{name:24} p50 {1000 * p50:6.0f} ms   p95 {1000 * p95:6.0f} ms   {p50 / floor:5.1f} x floor")
        client.force_login(Officer.objects.get(username="liang"), backend="django.contrib.auth.backends.ModelBackend")
        began = time.perf_counter()
        client.post(f"/visits/{day}/sheets/")
        jobs.worker(threading.Event(), once=True)
        job = Job.objects.get(kind="sheets_pdf")
        print(f"all sheets as one PDF    {time.perf_counter() - began:6.1f} s   {job.said or job.state}")
    return 0


def town(folder: Path, households: int, caseworkers: int) -> tuple[str, str]:
    """Make the demo's town so large; returns a village and the visit day nobody has gone on yet, and fills the one before with visits."""
    from django.apps import apps
    from django.db import transaction

    from bangfu.accounts.models import Officer
    from bangfu.base import clock
    from bangfu.base.calendar_rules import SHANGHAI
    from bangfu.base.codes import new_code
    from bangfu.base.models import Job
    from bangfu.chain.models import Assignment, Link
    from bangfu.demo.files import write_town
    from bangfu.engines.relations.headers import load_headers
    from bangfu.engines.relations.workbook import read_extract
    from bangfu.registry import actions
    from bangfu.registry.models import Area, Change, ClusterVillage, Household, Member, Person, Status
    from bangfu.registry.values import RULEBOOK, reader
    from bangfu.visits import actions as visits
    from bangfu.visits import keeping
    from bangfu.visits.models import Visit, Visitor

    with transaction.atomic():
        for room in ("visits", "chain"):
            for model in apps.get_app_config(room).get_models():
                model.objects.all()._raw_delete("default")
        for model in (Change, Status, Member, Household, Person, ClusterVillage):
            model.objects.all()._raw_delete("default")
    path = write_town(folder, size=None, persons=round(households * 3.62), seed=5, errors=0.0, kind="csv")["system"]
    extract = read_extract(path, side="system", headers=load_headers(RULEBOOK))
    names = dict.fromkeys(extract.table["village"].to_pylist())
    actions.know_areas((f"450481108{at + 300}", name) for at, name in enumerate(names) if not Area.objects.filter(name=name).exists())
    actions.take_in(extract, reader=reader(date(2017, 9, 20)), villages={one.name: one for one in Area.objects.all() if one.is_village}, label="bench", data_date=date(2017, 9, 20), by=None)
    officers = Officer.objects.bulk_create(Officer(username=f"bench{at}", name=f"帮扶{at}", role="cadre", area="450481108000", password="!") for at in range(caseworkers))
    homes, rng = list(Household.objects.order_by("village", "code")), random.Random(1)
    Assignment.objects.bulk_create(Assignment(link=Link.CASEWORKER, household=home, officer=officers[at * caseworkers // len(homes)], starts_on=date(2017, 3, 1), at=clock.now())
                                   for at, home in enumerate(homes))  # fmt: skip
    where, days = Area.objects.get(code="450481108000"), [date(2017, 9, 7), date(2017, 9, 21), date(2017, 10, 9), date(2017, 10, 19)]
    for on in days:
        day = visits.publish(town=where, on=on, by=None)
        share = 0.3 if on == days[-1] else 0.9
        moment = datetime(on.year, on.month, on.day, 16, tzinfo=SHANGHAI)
        made = Visit.objects.bulk_create(Visit(code=new_code(), household_id=slot.household_id, visited_on=on, received_at=moment, recorded_at=moment, by_id=slot.caseworker_id, found="家里都好")
                                         for slot in day.slots.all() if rng.random() < share)  # fmt: skip
        Visitor.objects.bulk_create(Visitor(visit=one, officer_id=one.by_id, went_as="caseworker") for one in made)
    list(keeping.keep(Job()))  # what the worker does at night
    return homes[0].village_id, days[-1].isoformat()


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    raise SystemExit(main())
