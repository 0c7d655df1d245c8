"""The database itself refuses to change, delete or empty the trail."""

from django.db import migrations

SQLITE = [
    f"CREATE TRIGGER trail_no_{act} BEFORE {act} ON base_trailentry BEGIN SELECT RAISE(ABORT, 'the trail is append-only'); END"
    for act in ("UPDATE", "DELETE")
]
POSTGRESQL = [
    "CREATE FUNCTION trail_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the trail is append-only'; END $$",
    "CREATE TRIGGER trail_stays BEFORE UPDATE OR DELETE ON base_trailentry FOR EACH ROW EXECUTE FUNCTION trail_stays()",
    "CREATE TRIGGER trail_stays_whole BEFORE TRUNCATE ON base_trailentry FOR EACH STATEMENT EXECUTE FUNCTION trail_stays()",
]


def guard(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("base", "0001_initial")]
    operations = [migrations.RunPython(guard, migrations.RunPython.noop)]
