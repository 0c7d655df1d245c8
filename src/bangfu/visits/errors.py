"""Refusals of visits: a code for machines, words for people."""


class Refused(Exception):
    """An act cannot be done as asked; str() says why and what to do."""

    code = "refused"


class StandsAlready(Refused):
    code = "stands_already"


class NotNow(Refused):
    code = "not_now"
