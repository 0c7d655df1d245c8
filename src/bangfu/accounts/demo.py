"""The demo's officers, all invented; one of each role (cadres are the chain's)."""

from .actions import open_account
from .models import Officer
from .roles import Role

TOWN, VILLAGE = "450481108000", "450481108202"
OFFICERS = (
    ("liang", "梁秀珍", Role.TOWN_CLERK, TOWN), ("qin", "覃桂英", Role.FIRST_SECRETARY, VILLAGE), ("meng", "蒙建宁", Role.TOWN_LEADER, TOWN), ("gan", "甘海明", Role.SYSTEM_ADMINISTRATOR, TOWN),
    ("luo", "罗美玲", Role.SECURITY_OFFICER, TOWN), ("yan", "严国安", Role.AUDITOR, TOWN),
)  # fmt: skip

CADRES = ("zu3", "ren3z")  # of the many the chain makes, those to try: a team leader (包村组长) and a caseworker of that village


def make_officers() -> None:
    """Make the demo's accounts unless they are there."""
    for username, name, role, area in OFFICERS:
        if not Officer.objects.filter(username=username).exists():
            open_account(username=username, name=name, role=role, area=area, password=None)
