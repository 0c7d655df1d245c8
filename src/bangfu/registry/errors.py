"""Refusals of the registry: a code for machines, words for people."""

from bangfu.base.errors import Refused, StandsAlready

__all__ = ["LeavingDiffers", "Refused", "SomebodyChangedIt", "StandsAlready"]


class SomebodyChangedIt(Refused):
    code = "changed_meanwhile"


class LeavingDiffers(Refused):
    """Households leave by this, and nobody has said of how many that is meant."""

    code = "leaving_differs"
