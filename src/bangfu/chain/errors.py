"""Refusals of the chain: a code for machines, words for people."""

from bangfu.base.errors import Refused, StandsAlready

__all__ = ["NotBefore", "Refused", "StandsAlready"]


class NotBefore(Refused):
    code = "not_before"
