"""Which statuses a household's columns tell of, as a pure rule. The history itself is rows of the model Status.

A day, a month or a year is known, or nothing: dates are ISO texts of that length, "" = 何时起不清楚.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


class StatusKind(models.TextChoices):
    """What a household is on the register; the last three are the kinds of 监测对象."""

    REGISTERED = "registered", _("建档立卡户")
    LIFTED = "lifted", _("脱贫户")
    RELAPSE = "relapse", _("返贫户")
    UNSTABLE_LIFTED = "unstable_lifted", _("脱贫不稳定户")
    NEAR_POOR = "near_poor", _("边缘易致贫户")
    SUDDEN_HARDSHIP = "sudden_hardship", _("突发严重困难户")


MONITORED = (StatusKind.UNSTABLE_LIFTED, StatusKind.NEAR_POOR, StatusKind.SUDDEN_HARDSHIP)
POOR = frozenset({"一般贫困户", "低保贫困户", "五保户"})
_MONITORED_AS = {"脱贫不稳定户": StatusKind.UNSTABLE_LIFTED, "边缘易致贫户": StatusKind.NEAR_POOR, "突发严重困难户": StatusKind.SUDDEN_HARDSHIP}


@dataclass(frozen=True)
class Said:
    """A status as a file tells of it."""

    kind: StatusKind
    since: str = ""
    until: str = ""
    ended: bool = False


def told_by(facts: Mapping[str, str]) -> list[Said]:
    """Return the statuses of a household's columns (dictionary names, normal forms), in the order they came."""
    lifted, flag, kind = facts.get("lifted_status", ""), facts.get("lifted_flag", ""), facts.get("household_kind", "")
    has_left = lifted.startswith("已脱贫") or flag == "已脱贫" or kind == "脱贫户"
    fell_back = lifted == "返贫" or flag == "返贫"
    on_register = has_left or fell_back or facts.get("poverty_kind") in POOR
    said = []
    if on_register:
        said.append(Said(StatusKind.REGISTERED, facts.get("identified_on") or facts.get("newly_identified_year", ""), ended=lifted == "注销"))
    if has_left:
        said.append(Said(StatusKind.LIFTED, facts.get("lifted_year", "")))
    if fell_back:
        said.append(Said(StatusKind.RELAPSE))
    if monitored := _MONITORED_AS.get(facts.get("monitored_kind", "")):
        until = facts.get("monitored_to", "")
        said.append(Said(monitored, facts.get("monitored_from", ""), until, ended=bool(until) or facts.get("risk_cleared") == "是"))
    return said


def first_day(text: str) -> date | None:
    """Return the first day of a day, month or year in normal form; None when it is none of them."""
    try:
        return date.fromisoformat(text + "-01-01"[len(text) - 4:] if len(text) in (4, 7) else text)
    except ValueError:
        return None


def known_to(text: str) -> str:
    """Return how exactly a date is known: year, month, day, or "" for not at all."""
    return {4: "year", 7: "month", 10: "day"}.get(len(text), "") if first_day(text) else ""
