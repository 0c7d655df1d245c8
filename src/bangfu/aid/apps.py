"""The room's start: the ledger's triggers are there whenever no migration is at work, and what a desk checks before an issue is known."""

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate, pre_migrate


def _aside(using: str, plan: list[tuple[object, bool]], **_said: object) -> None:
    """Take the triggers away while this room's tables change: SQLite does not rename a table that a trigger names, and drops those of a rebuilt one."""
    from . import guards

    if any(migration.app_label == "aid" for migration, _backwards in plan):  # type: ignore[attr-defined]
        guards.remove(connections[using])


def _guard(sender: AppConfig, using: str, **_said: object) -> None:
    from . import guards

    connection = connections[using]
    if {"aid_entry", "aid_closedmonth"} <= set(connection.introspection.table_names()) and guards.missing(connection):
        guards.install(connection)


class AidConfig(AppConfig):
    """Listens for the beginning and the end of migrations."""

    name = "bangfu.aid"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen for them, and let the yearly cap of rewards be asked before anything is issued."""
        from . import movements, rewards

        movements.BEFORE_ISSUE.append(rewards.within_cap)
        pre_migrate.connect(_aside, sender=self)
        post_migrate.connect(_guard, sender=self)
