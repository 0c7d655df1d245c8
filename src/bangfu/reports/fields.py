"""Figures as they stand in a text: {慰问.户数}, {慰问.金额}, {助学.人数}, {产业.百香果苗}, {慰问.户数@思回村}, {手填.12.来访登记簿}. Pure.

A text is read once into plain pieces and fields; what a field counts is figures.py's.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DESKS = {"慰问": "sympathy_grant", "微心愿": "micro_wish", "助学": "study_aid", "产业": "livelihood_support", "奖补": "livelihood_reward"}
COUNTED = {"户数": "households", "人数": "persons", "金额": "money", "件数": "receipts"}
BY_HAND, LONGEST = "手填", 60
_FIELD = re.compile(r"\{([^{}]*)\}")


class NotAField(ValueError):
    """What stands in braces is no field; str() says what is wrong."""


@dataclass(frozen=True)
class Field:
    """One figure asked for. measure: households, persons, money, receipts, goods (`of` its name), by_hand (`of` its source, `typed` the figure)."""

    text: str
    desk: str = ""
    measure: str = ""
    of: str = ""
    village: str = ""
    typed: str = ""

    @property
    def kind(self) -> str:
        return DESKS.get(self.desk, "")


def parse(said: str) -> Field:
    """Return the field that stands between braces. Raises NotAField."""
    text = said.strip()
    if len(text) > LONGEST:
        raise NotAField(f"{{{text[:20]}…}}：太长了，一个数最多写 {LONGEST} 个字")
    desk, _dot, rest = text.partition(".")
    if desk == BY_HAND:
        found = re.fullmatch(r"(\d[\d,]*(?:\.\d+)?[^.\d]{0,8})\.(.+)", rest)
        if found is None or len(found[1]) > 40:
            raise NotAField(f"{{{text}}}：手填的数要写来源，如 {{手填.12.来访登记簿}}")
        return Field(text, measure="by_hand", typed=found[1], of=found[2].strip())
    if desk not in DESKS:
        raise NotAField(f"{{{text}}}：没有“{desk}”。可以写：{'、'.join(DESKS)}、{BY_HAND}")
    what, _at, village = rest.partition("@")
    if not what:
        raise NotAField(f"{{{text}}}：点后面写 {'、'.join(COUNTED)}，或物品的名称")
    measure = COUNTED.get(what, "goods")
    return Field(text, desk, measure, of=what if measure == "goods" else "", village=village.strip())


def pieces(text: str) -> Iterator[str | Field]:
    """Yield a text's plain pieces and its fields, in order. Raises NotAField for the first that is none."""
    at = 0
    for found in _FIELD.finditer(text):
        if found.start() > at:
            yield text[at:found.start()]
        yield parse(found[1])
        at = found.end()
    if at < len(text):
        yield text[at:]


def problems(text: str) -> list[str]:
    """Return everything that is wrong with a text's fields, all at once."""
    found = []
    for one in _FIELD.finditer(text):
        try:
            parse(one[1])
        except NotAField as wrong:
            found.append(str(wrong))
    if text.count("{") != text.count("}"):
        found.append("花括号没有成对")
    return found
