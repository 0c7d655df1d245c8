"""GLOSSARY.md is true: it has every model and every choice that a table may hold."""

import re
from pathlib import Path

from django.apps import apps
from django.db import models

GLOSSARY = Path(__file__).parents[2] / "GLOSSARY.md"


def words():
    """Every word of ours: the names of models, and the values of their choices."""
    for model in apps.get_models():
        if model.__module__.startswith("bangfu."):
            yield re.sub(r"(?<!^)(?=[A-Z])", "_", model.__name__).lower()
            for field in model._meta.get_fields():
                if isinstance(field, models.CharField) and field.choices:
                    yield from (str(value) for value, _label in field.flatchoices)


def test_every_model_and_every_choice_stands_in_it():
    known = set(re.findall(r"`(\w+)`", GLOSSARY.read_text(encoding="utf-8")))
    assert set(words()) - known - {""} == set()
