"""Speed of the office's list and search at many persons, beside the database's own time for the same pages.

    ./bangfu bench office [--persons 100000] [--rounds 60]        BANGFU_DATABASE=postgres://… for PostgreSQL (an empty database)

A town of the asked size is taken in, then pages of lists and searches are asked for through Django, without a network; p50 and p95
of the whole answer and of the time its queries took are printed.
"""

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> int:
    ask = argparse.ArgumentParser(prog="bangfu bench office")
    ask.add_argument("--persons", type=int, default=100_000)
    ask.add_argument("--rounds", type=int, default=60)
    asked = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        from bangfu.config import office

        office.prepare(Path(folder) / "data", demo=True)
        from django.apps import apps
        from django.conf import settings
        from django.db import connection, reset_queries, transaction
        from django.test import Client

        from bangfu.accounts.models import Officer
        from bangfu.demo.files import write_town
        from bangfu.engines.relations.headers import load_headers
        from bangfu.engines.relations.workbook import read_extract
        from bangfu.registry import actions
        from bangfu.registry.models import Area, Change, Household, Member, Person, Status
        from bangfu.registry.values import RULEBOOK, reader

        with transaction.atomic():  # keys are looked at when it ends
            for model in [*(one for room in ("visits", "chain") for one in apps.get_app_config(room).get_models()), Change, Status, Member, Household, Person]:
                model.objects.all()._raw_delete("default")
        extract = read_extract(write_town(Path(folder), size=None, persons=asked.persons, seed=5, errors=0.0, kind="csv")["system"], side="system",
                               headers=load_headers(RULEBOOK))
        names = dict.fromkeys(extract.table["village"].to_pylist())
        actions.know_areas((f"450481{at // 200 + 108:03d}{at % 200 + 300:03d}", name) for at, name in enumerate(names))
        areas = {area.name: area for area in Area.objects.all() if area.is_village}
        began = time.perf_counter()
        persons = actions.take_in(extract, reader=reader(date(2017, 9, 20)), villages=areas, label="bench", data_date=date(2017, 9, 20), by=None)
        print(f"{persons} persons, {connection.vendor}: taken in {time.perf_counter() - began:.0f} s", file=sys.stderr)
        Officer.objects.filter(username="liang").update(area="450000000000")
        client, rng = Client(SERVER_NAME="localhost"), random.Random(1)
        client.force_login(Officer.objects.get(username="liang"), backend="django.contrib.auth.backends.ModelBackend")
        codes = [area.code for area in areas.values()]
        people = list(Person.objects.order_by("pk").values_list("name", "pinyin", "code")[:: max(1, persons // 500)])
        households = list(Household.objects.order_by("pk").values_list("code", flat=True)[::50])
        settings.DEBUG = True  # only so that the database's own time is kept

        def once(page: str) -> tuple[float, float]:
            name, pinyin, code = rng.choice(people)
            reset_queries()
            start = time.perf_counter()
            if page == "list":
                answer = client.get(f"/households/village/{rng.choice(codes)}/")
            elif page == "villages":
                answer = client.get("/households/")
            elif page == "card":
                answer = client.get(f"/households/{rng.choice(households)}/")
            else:
                answer = client.post("/households/find/", {"asked": {"name": name, "pinyin": pinyin, "surname": name[0], "code": code}[page]})
            took = time.perf_counter() - start
            assert answer.status_code == 200, (page, answer.status_code)
            return took * 1000, sum(float(one["time"]) for one in connection.queries) * 1000

        for page in ("villages", "list", "card", "name", "pinyin", "surname", "code"):
            once(page)
            taken = [once(page) for _ in range(asked.rounds)]
            whole, own = [one for one, _ in taken], [one for _, one in taken]
            print(f"{page:8} p50 {statistics.median(whole):6.1f} ms  p95 {quantile(whole, 0.95):6.1f} ms   its queries p95 {quantile(own, 0.95):6.1f} ms")
    return 0


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    raise SystemExit(main())
