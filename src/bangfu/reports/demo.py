"""The demo's bulletin of the help day, a draft: its figures are counted when it is looked at."""

import tomllib
from datetime import date

from bangfu.accounts.models import Officer
from bangfu.aid.demo import DATA
from bangfu.registry.models import Area

from . import actions
from .models import Bulletin


def fill() -> None:
    """Write the demo's bulletin unless there is one."""
    town = Area.objects.filter(code="450481108000").first()
    if town is None or Bulletin.objects.exists():
        return
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    on: date = data["handed"]
    actions.write(bulletin=None, town=town, title=data["bulletin"]["title"], starts_on=on, ends_on=on, text=data["bulletin"]["text"].strip(), by=Officer.objects.get(username="liang"))
