"""帮扶：who answers for which household, what was promised and given, and whether the handbook tells the truth."""

__version__ = "0.1.0"
