"""Refusals of visits: a code for machines, words for people."""

from bangfu.base.errors import Refused, StandsAlready

__all__ = ["NotNow", "Refused", "StandsAlready"]


class NotNow(Refused):
    code = "not_now"
