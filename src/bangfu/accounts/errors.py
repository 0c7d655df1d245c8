"""Why a change of an account is refused, as a sentence for whoever asked."""


class Refused(Exception):
    """What was asked would leave the office without an administrator, or is not for oneself to do."""
