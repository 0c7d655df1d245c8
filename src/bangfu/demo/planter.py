"""The hand that plants faults in a town: writes a value on one side and keeps the log of what was done.

Neighbours: faults.py has the usual kinds of fault and plants them, hard.py the kinds that only hard towns have.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from .town import SIDES, Town

CHOICES = {
    "poverty_cause": ["因病", "因残", "因学", "缺技术", "缺劳动力", "缺资金", "因灾"], "poverty_kind": ["一般贫困户", "低保贫困户", "一般农户"],
    "lifted_year": ["2014", "2015", "2016"], "dangerous_house": ["是", "否"], "safe_water": ["是", "否"],
    "monitored_from": ["2015-03", "2015-09", "2016-02", "2016-11"], "household_kind": ["脱贫户", "一般农户"],
    "risk_1": ["因病", "因残", "因学", "缺劳动力", "因自然灾害"],
    "education_level": ["文盲或半文盲", "小学", "初中", "高中"], "health_status": ["健康", "长期慢性病", "患有大病"],
    "resident_medical": ["是", "否"], "resident_pension": ["是", "否"], "serious_illness_cover": ["是", "否"], "employee_medical": ["是", "否"],
    "subsistence_allowance": ["农村低保", "未享受"], "ethnicity": ["汉族", "壮族", "瑶族"], "work_months": [str(n) for n in range(13)],
}  # fmt: skip
PARTS = ("wage_income_fen", "business_income_fen", "property_income_fen", "transfer_income_fen")


@dataclass
class Planted:
    """What was done to the structure of a side; differences of values are found by comparing."""

    kind: str
    side: str
    persons: list[int]
    note: str = ""


@dataclass
class Planter:
    """Plants faults in one town; `log` names the kind of fault of each (person, field), `structure` the rest."""

    town: Town
    rng: np.random.Generator
    hard: bool = False
    log: dict[tuple[int, str], str] = field(default_factory=dict)
    structure: list[Planted] = field(default_factory=list)
    touched: set[int] = field(default_factory=set)  # households

    def set(self, side: str, person: int, name: str, value: str | None, kind: str) -> bool:
        """Write a value on one side; False when it says so already."""
        column = self.town.said[side][name]
        if column[person] == value:
            return False
        if side == "handbook" and self.town.true["village"][person] in self.town.not_kept.get(name, ()):
            return False
        column[person] = value
        self.log[person, name] = kind
        return True

    def set_household(self, side: str, person: int, name: str, value: str | None, kind: str) -> bool:
        return all([self.set(side, one, name, value, kind) for one in self.town.members(person)])

    def other(self, name: str, value: str | None) -> str:
        return str(self.rng.choice([choice for choice in CHOICES[name] if choice != value]))

    def digit_off(self, text: str, first: int, end: int | None = None) -> str:
        """Return a text with one of its digits from place `first` on changed."""
        at = int(self.rng.integers(first, len(text) if end is None else end))
        return text[:at] + str((int(text[at]) + int(self.rng.integers(1, 10))) % 10) + text[at + 1:]

    def wrong_sides(self, who: str) -> tuple[str, ...]:
        return SIDES if who == "both" else (who,)


Fault = Callable[[Planter, int, str], bool]
