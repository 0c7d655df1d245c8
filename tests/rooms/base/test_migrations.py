"""The tables the code means are the tables the migrations make."""

from django.core.management import call_command


def test_no_migration_is_missing(db):
    call_command("makemigrations", "base", "accounts", "registry", check=True, dry_run=True, verbosity=0)
