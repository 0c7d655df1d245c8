"""Run by test_aid.py as a process of its own: `many_lines.py LINES` puts so many lines on 发放表, one for each village, in the installation that is running.

Each present member of the demo town gets money, some a quilt as well. Prints the sheets' codes, check letter included, with how many lines each row has;
`many_lines.py left` prints what became of them: lines signed for, lines still open, and what is wrong with the ledger (nothing).
"""

import json
import os
import sys
from datetime import date

os.environ["DJANGO_SETTINGS_MODULE"] = "bangfu.config.settings"
import django

django.setup()

from bangfu.accounts.models import Officer  # noqa: E402
from bangfu.aid import batches, distribution, movements, verify  # noqa: E402
from bangfu.aid.models import Batch, BatchState, Candidate, Commodity, FundSource, Line, Lot, Programme  # noqa: E402
from bangfu.base import clock  # noqa: E402
from bangfu.base.codes import new_code, with_check  # noqa: E402
from bangfu.registry.models import Area, Member  # noqa: E402

TODAY = date(2017, 10, 20)


def main(lines):
    town, clerk, leader = Area.objects.get(code="450481108000"), Officer.objects.get(username="liang"), Officer.objects.get(username="meng")
    members = list(Member.objects.filter(ends_on=None).select_related("person", "household").order_by("household__code", "pk"))
    both = lines - len(members)
    source = FundSource.objects.create(code=new_code(), town=town, name="大批资金", kind="fiscal")
    programme = Programme.objects.create(code=new_code(), town=town, name="大批项目", kind="livelihood_reward")
    movements.receive(source=source, fen=50_000 * len(members), on=TODAY, by=clerk, key="in")
    quilts = batches.known(town, "棉被", "床")
    lot = Lot.objects.create(code=new_code(), source=source, commodity=quilts, delivered=both, on=TODAY)
    movements.take_into_store(lot=lot, quantity=both, on=TODAY, by=clerk, key="store")
    batch = batches.draft(programme=programme, source=source, title="大批", on=TODAY, by=clerk)
    for name in ("钱", "钱和棉被"):
        batches.set_standard(batch=batch, name=name, commodity=Commodity.objects.get(pk="fen"), quantity=50_000)
    batches.set_standard(batch=batch, name="钱和棉被", commodity=quilts, quantity=1, lot=lot)
    Candidate.objects.bulk_create(Candidate(batch=batch, household=one.household, person=one.person, standard="钱和棉被" if at * both // len(members) < (at + 1) * both // len(members) else "钱", place=at + 1)
                                  for at, one in enumerate(members))  # fmt: skip
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.CHECKED, checked_by=clerk, checked_at=clock.now())
    batches.approve(batch=batch, by=leader, on=TODAY)
    batch.refresh_from_db()
    return [[with_check(sheet.code), [len(row.lines) for row in distribution.rows_of(sheet)]] for sheet in distribution.sheets_by_village(batch=batch, by=clerk)]


def left():
    lines = Line.objects.filter(batch__title__startswith="大批")
    return {"signed": lines.filter(receipts__isnull=False).distinct().count(), "open": lines.open().count(), "reversed": lines.exclude(reversal=None).count(), "wrong": [verify.broken()[1], *verify.recount()]}


if __name__ == "__main__":
    print(json.dumps(left() if sys.argv[1] == "left" else main(int(sys.argv[1]))))
