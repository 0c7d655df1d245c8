"""A figure in a bulletin's text as a link to its list."""

from collections.abc import Mapping

from django import template
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString

from bangfu.reports.fields import parse
from bangfu.reports.models import Bulletin

register = template.Library()


@register.simple_tag
def figure_link(bulletin: Bulletin, codes: Mapping[str, str], field: str, words: str) -> SafeString:
    """Return a figure that opens the list it was counted from; one typed by hand says so."""
    if parse(field).measure == "by_hand":
        return format_html('<span title="{}">{}</span>', field, words)
    address = reverse("reports:figure", args=[codes[field]]) if field in codes else f"{reverse('reports:list', args=[bulletin.code])}?{urlencode({'field': field})}"
    return format_html('<a href="{}">{}</a>', address, words)
