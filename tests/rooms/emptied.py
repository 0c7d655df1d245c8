"""A register as a new installation has it: what the rooms above hold of the demo town is taken out first."""

from django.apps import apps
from django.db import transaction


def empty(*rooms):
    """Delete every row of these rooms at once; keys are looked at when it ends."""
    with transaction.atomic():
        for room in rooms:
            for model in apps.get_app_config(room).get_models():
                model._base_manager.all()._raw_delete("default")
