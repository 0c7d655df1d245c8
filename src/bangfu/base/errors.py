"""Refusals that rooms share: a code for machines, words for people. A room's own stand in its errors.py."""


class Refused(Exception):
    """An act cannot be done as asked; str() says why and what to do."""

    code = "refused"


class StandsAlready(Refused):
    """It was done before, or something else stands in its place."""

    code = "stands_already"
