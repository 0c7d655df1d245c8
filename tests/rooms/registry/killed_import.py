"""Run by test_killed_import.py as processes of their own: `ask FILE` hands a file in and accepts it, `work` is a worker, `digest` tells the register."""

import hashlib
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402

settings.PERIODIC = {}

from bangfu.accounts.models import Officer  # noqa: E402
from bangfu.base import jobs  # noqa: E402
from bangfu.registry import actions, import_actions  # noqa: E402
from bangfu.registry.models import Change, Household, Member, Person, Status, Upload  # noqa: E402
from bangfu.registry.values import columns_of, value_of  # noqa: E402

jobs.LEASE, jobs.HEARTBEAT = timedelta(seconds=1.5), 0.3


def digest():
    """Return a hash of everything the register says, in the open, in an order of its own; without keys of rows and moments."""
    said = []
    for one in Household.objects.order_by("code"):
        said.append((one.code, one.village_id, sorted((name, value_of(one, name)) for name in columns_of(one) - {"address"})))
        said += sorted((row.kind, str(row.starts_on), row.ended, str(row.ends_on)) for row in Status.objects.filter(household=one))
        for row in Member.objects.filter(household=one).select_related("person").order_by("person__code", "person__name", "pk"):
            said.append((row.person.code, row.relation_to_head, str(row.starts_on), str(row.ends_on), row.ended_by,
                         sorted((name, value_of(row.person, name)) for name in columns_of(row.person))))
    counts = (Household.objects.count(), Person.objects.count(), Member.objects.count(), Status.objects.count(), Change.objects.exclude(column="address").count())
    return hashlib.sha256(repr((said, counts)).encode()).hexdigest()[:16]


match sys.argv[1]:
    case "ask":
        by, path = Officer.objects.get(username="liang"), Path(sys.argv[2])
        upload = import_actions.receive(name=path.name, chunks=[path.read_bytes()], data_date=date(2017, 10, 20), by=by)
        print(upload.code)
    case "accept":
        until = time.monotonic() + 60
        while (upload := Upload.objects.get(code=sys.argv[2])).state != "preview" and time.monotonic() < until:
            time.sleep(0.1)
        import_actions.accept(upload=upload, leaving=0, by=Officer.objects.get(username="liang"))
    case "save":  # another officer saves in between
        household = Household.objects.order_by("code").exclude(code__in=sys.argv[2:]).first()
        last = actions.last_change(household, None, "address")
        actions.record_value(household=household, person=None, column="address", value=f"某屯 {time.time()}", seen=last.pk if last else 0, basis="入户了解",
                             on=date(2017, 10, 19), by=Officer.objects.get(username="liang"))
        print(Change.objects.filter(column="address").count())
    case "staged":
        until = time.monotonic() + 60
        while Upload.objects.get(code=sys.argv[2]).state == "reading" and time.monotonic() < until:
            jobs.worker(threading.Event(), once=True)
        print(*Upload.objects.get(code=sys.argv[2]).staged.values_list("code", flat=True))
    case "state":
        print(Upload.objects.get(code=sys.argv[2]).state, digest(), Change.objects.filter(column="address").count())
    case "work":
        jobs.worker(threading.Event())
