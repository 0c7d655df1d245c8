"""Refusals of the registry: a code for machines, words for people."""


class Refused(Exception):
    """An act cannot be done as asked; str() says why and what to do."""

    code = "refused"


class StandsAlready(Refused):
    code = "stands_already"


class SomebodyChangedIt(Refused):
    code = "changed_meanwhile"


class LeavingDiffers(Refused):
    """Households leave by this, and nobody has said of how many that is meant."""

    code = "leaving_differs"
