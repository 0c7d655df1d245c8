"""The demo town's registry: the invented export taken in through the same action as a clerk's file."""

import shutil
import tempfile
from datetime import date
from pathlib import Path

from bangfu.accounts.models import Officer
from bangfu.demo.files import write_town
from bangfu.demo.words import HOME_TOWN, HOME_VILLAGES
from bangfu.engines.relations.headers import load_headers
from bangfu.engines.relations.workbook import read_extract

from . import actions
from .models import Area, Household, Person
from .values import BASES, RULEBOOK, put, reader

CODES = ("001", "201", "202", "203", "204", "205", "206", "207", "208", "209", "210", "211", "212", "213", "214")
ABOVE = [("450000000000", "广西壮族自治区"), ("450400000000", "梧州市"), ("450481000000", "岑溪市"), ("450481108000", HOME_TOWN)]
SEED, DATA_DATE = 20171020, date(2017, 9, 20)


CLUSTERS = {"东片": ("001", "201", "202", "203", "204"), "南片": ("205", "206", "207", "208", "209"), "西片": ("210", "211", "212", "213", "214")}
SEEN = (("house_area_m2", "120", "visit"), ("safe_water", "是", "visit"), ("household_dropout", "否", "booklet"))


def next_export(folder: Path) -> Path:
    """Write the export of a month later into a folder unless it is there: the same town with differences and faults, to try the import on."""
    path = folder / "系统导出_20171020.xlsx"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as beside:
            shutil.copy(write_town(Path(beside), seed=SEED, errors=0.04)["system"], path)
    return path


def fill() -> int:
    """Fill an empty registry with the demo town; returns the number of persons, 0 when it is filled already."""
    actions.know_areas([*ABOVE, *((f"450481108{code}", name) for code, name in zip(CODES, HOME_VILLAGES, strict=True))])
    if Household.objects.exists():
        return 0
    villages = {area.name: area for area in Area.objects.exclude(code__endswith="000")}
    with tempfile.TemporaryDirectory() as folder:
        path = write_town(Path(folder), seed=SEED, errors=0.0)["system"]
        extract = read_extract(path, side="system", headers=load_headers(RULEBOOK))
    count = actions.take_in(extract, reader=reader(DATA_DATE), villages=villages, label="全国系统导出", data_date=DATA_DATE, by=None)
    example = Person.objects.filter(name__startswith="覃", sex="女", memberships__relation_to_head__in=("户主", "配偶")).order_by("pk").first()
    if example is not None:  # whom the instructions look for
        put(example, "name", "覃秀兰")
        example.save()
    clusters = {f"450481108{code}": name for name, codes in CLUSTERS.items() for code in codes}
    actions.arrange_clusters(town=Area.objects.get(code=ABOVE[-1][0]), names=clusters, on=date(2017, 3, 1), by=None)
    secretary = Officer.objects.get(username="qin")
    for household in Household.objects.in_scope(secretary).order_by("code")[:2]:
        for column, value, basis in SEEN:
            actions.record_value(household=household, person=None, column=column, value=value, seen=0, basis=BASES[basis], on=date(2017, 10, 19), by=secretary)
    return count
