"""What 本单位数据保护一览 tells of columns: read from the data dictionary, so that the page cannot say less than is masked."""

from django.utils.translation import gettext

from bangfu.engines.relations.dictionary import FIELDS


def masked_columns(level: str) -> list[str]:
    """Return the labels of the columns of a level, each once, in the dictionary's order."""
    return list(dict.fromkeys(gettext(field.label) for field in FIELDS.values() if field.sensitivity == level))
