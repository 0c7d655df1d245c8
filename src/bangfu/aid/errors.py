"""Refusals of aid: a code for machines, words for people."""

from bangfu.base.errors import Refused, StandsAlready

__all__ = ["MonthClosed", "NotEnough", "NotNow", "Refused", "StandsAlready"]


class NotEnough(Refused):
    """More was asked for than there is; str() says how much there is."""

    code = "not_enough"


class MonthClosed(Refused):
    """The month the entry is dated in takes no more."""

    code = "month_closed"


class NotNow(Refused):
    """Not in this state, or not by this officer."""

    code = "not_now"
