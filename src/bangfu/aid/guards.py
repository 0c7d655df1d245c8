"""What the database itself refuses of the ledger, on SQLite and PostgreSQL alike, whoever writes.

Legs, lines and receipts are inserted before their entry; the entry's trigger looks at the whole of it while nobody else can write, so
that an entry is there whole and right or not at all. Each refusal begins with the invariant's number. A migration that rebuilds a table
on SQLite drops the table's triggers without a word: they are put back after every migration (apps.py), and `missing` says which are gone.
"""

from collections.abc import Iterator

LOCK = 4_504_811  # of PostgreSQL's advisory locks: one writer of the ledger at a time
NO_DIGEST = "0" * 64
KEPT = ("entry", "leg", "line", "receipt", "account", "closedmonth")  # never changed, never deleted; an Aside may be purged and not changed

_RECIPIENT = "SELECT g.account_id FROM aid_line l JOIN aid_leg g ON g.id = l.leg_id WHERE l.id ="
CHECKS = (
    ("number", "NEW.id <> (SELECT COALESCE(MAX(id), 0) + 1 FROM aid_entry)"),
    ("I11", f"NEW.before <> COALESCE((SELECT digest FROM aid_entry WHERE id = NEW.id - 1), '{NO_DIGEST}')"),
    ("I9", 'EXISTS (SELECT 1 FROM aid_closedmonth m WHERE m.town_id = NEW.town_id AND SUBSTR(CAST(m.month AS TEXT), 1, 7) = SUBSTR(CAST(NEW."on" AS TEXT), 1, 7))'),
    ("day", 'EXISTS (SELECT 1 FROM aid_leg WHERE entry_id = NEW.id AND "on" <> NEW."on")'),
    ("I1", "EXISTS (SELECT 1 FROM aid_leg WHERE entry_id = NEW.id GROUP BY commodity_id HAVING SUM(quantity) <> 0)"),
    ("legs", "EXISTS (SELECT 1 FROM aid_leg WHERE entry_id = NEW.id) = (NEW.kind IN ('signed', 'signature_cancelled'))"),
    ("I2", """EXISTS (SELECT 1 FROM (
        SELECT SUM(SUM(g.quantity)) OVER (PARTITION BY g.account_id, g.commodity_id ORDER BY g."on") AS there
        FROM aid_leg g JOIN aid_account a ON a.id = g.account_id
        WHERE a.kind IN ('source', 'programme', 'batch', 'store') AND g.account_id IN (SELECT account_id FROM aid_leg WHERE entry_id = NEW.id)
        GROUP BY g.account_id, g.commodity_id, g."on") s WHERE there < 0)"""),
    ("line", """EXISTS (SELECT 1 FROM aid_line l JOIN aid_leg g ON g.id = l.leg_id JOIN aid_account a ON a.id = g.account_id WHERE l.entry_id = NEW.id AND (
        NEW.kind NOT IN ('issued', 'history') OR g.entry_id <> l.entry_id OR g.quantity <> l.quantity OR g.commodity_id <> l.commodity_id OR a.kind <> 'recipient'
        OR a.household_id <> l.household_id))"""),
    ("line", """NEW.kind IN ('issued', 'history') AND EXISTS (SELECT 1 FROM aid_leg g JOIN aid_account a ON a.id = g.account_id
        WHERE g.entry_id = NEW.id AND a.kind = 'recipient' AND NOT EXISTS (SELECT 1 FROM aid_line l WHERE l.leg_id = g.id))"""),
    ("line", """EXISTS (SELECT 1 FROM (SELECT l.drawn_from_id AS account_id, l.commodity_id, SUM(l.quantity) AS drawn FROM aid_line l WHERE l.entry_id = NEW.id
        GROUP BY l.drawn_from_id, l.commodity_id) d WHERE drawn <> COALESCE((SELECT -SUM(g.quantity) FROM aid_leg g
        WHERE g.entry_id = NEW.id AND g.account_id = d.account_id AND g.commodity_id = d.commodity_id AND g.quantity < 0), 0))"""),
    ("I5", f"""NEW.reverses_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM aid_line l WHERE l.id = NEW.reverses_id
        AND (SELECT COUNT(*) FROM aid_leg g WHERE g.entry_id = NEW.id) = 2
        AND EXISTS (SELECT 1 FROM aid_leg g WHERE g.entry_id = NEW.id AND g.account_id = ({_RECIPIENT} NEW.reverses_id) AND g.commodity_id = l.commodity_id AND g.quantity = -l.quantity)
        AND EXISTS (SELECT 1 FROM aid_leg g WHERE g.entry_id = NEW.id AND g.account_id = l.drawn_from_id AND g.commodity_id = l.commodity_id AND g.quantity = l.quantity))"""),
    ("I5", """NEW.reverses_id IS NOT NULL AND EXISTS (SELECT 1 FROM aid_entry e WHERE e.refunds_id = NEW.reverses_id
        AND NOT EXISTS (SELECT 1 FROM aid_entry u WHERE u.undoes_id = e.id))"""),
    ("I5", """NEW.undoes_id IS NOT NULL AND (EXISTS (SELECT 1 FROM aid_leg WHERE entry_id IN (NEW.id, NEW.undoes_id) GROUP BY account_id, commodity_id HAVING SUM(quantity) <> 0)
        OR EXISTS (SELECT 1 FROM aid_line WHERE entry_id = NEW.undoes_id) OR EXISTS (SELECT 1 FROM aid_receipt WHERE entry_id = NEW.undoes_id)
        OR EXISTS (SELECT 1 FROM aid_entry e WHERE e.id = NEW.undoes_id AND e.kind = 'reversed'))"""),
    ("I7", """EXISTS (SELECT 1 FROM aid_receipt WHERE entry_id = NEW.id) AND NEW.kind NOT IN ('signed', 'history')
        OR NEW.kind = 'signed' AND NOT EXISTS (SELECT 1 FROM aid_receipt WHERE entry_id = NEW.id)"""),
    ("I7", """EXISTS (SELECT 1 FROM aid_receipt r JOIN aid_line l ON l.id = r.line_id WHERE r.line_id IN (SELECT line_id FROM aid_receipt WHERE entry_id = NEW.id)
        AND NOT EXISTS (SELECT 1 FROM aid_entry c WHERE c.cancels_id = r.id) GROUP BY r.line_id, l.quantity HAVING SUM(r.quantity) > l.quantity)"""),
    ("I7", "EXISTS (SELECT 1 FROM aid_receipt r JOIN aid_entry e ON e.reverses_id = r.line_id WHERE r.entry_id = NEW.id)"),
    ("I7", f"""NEW.refunds_id IS NOT NULL AND (
        EXISTS (SELECT 1 FROM aid_entry e WHERE e.reverses_id = NEW.refunds_id)
        OR NOT EXISTS (SELECT 1 FROM aid_leg g JOIN aid_line l ON l.id = NEW.refunds_id WHERE g.entry_id = NEW.id AND g.account_id = ({_RECIPIENT} NEW.refunds_id)
            AND g.commodity_id = l.commodity_id AND g.quantity < 0)
        OR (SELECT COALESCE(-SUM(g.quantity), 0) FROM aid_leg g WHERE g.account_id = ({_RECIPIENT} NEW.refunds_id)
            AND (g.entry_id = NEW.id OR g.entry_id IN (SELECT e.id FROM aid_entry e WHERE e.refunds_id = NEW.refunds_id
            AND NOT EXISTS (SELECT 1 FROM aid_entry u WHERE u.undoes_id = e.id))))
         > (SELECT COALESCE(SUM(r.quantity), 0) FROM aid_receipt r WHERE r.line_id = NEW.refunds_id AND NOT EXISTS (SELECT 1 FROM aid_entry c WHERE c.cancels_id = r.id)))"""),
    ("I7", """NEW.cancels_id IS NOT NULL AND EXISTS (SELECT 1 FROM aid_receipt v JOIN aid_line l ON l.id = v.line_id JOIN aid_leg o ON o.id = l.leg_id WHERE v.id = NEW.cancels_id
        AND (SELECT COALESCE(-SUM(g.quantity), 0) FROM aid_leg g JOIN aid_entry e ON e.id = g.entry_id WHERE e.refunds_id = l.id AND g.account_id = o.account_id
            AND NOT EXISTS (SELECT 1 FROM aid_entry u WHERE u.undoes_id = e.id))
         > (SELECT COALESCE(SUM(r.quantity), 0) FROM aid_receipt r WHERE r.line_id = l.id AND r.id <> v.id AND NOT EXISTS (SELECT 1 FROM aid_entry c WHERE c.cancels_id = r.id)))"""),
)  # fmt: skip
JOINS = ("leg", "line", "receipt")  # none may join an entry that is there


def _names() -> Iterator[tuple[str, str]]:
    """Every trigger's name and its table."""
    for table in (*KEPT, "aside"):
        yield f"aid_{table}_stays", f"aid_{table}"
    for table in JOINS:
        yield f"aid_{table}_comes_first", f"aid_{table}"
    yield "aid_entry_is_right", "aid_entry"


def _sqlite() -> Iterator[str]:
    for table in (*KEPT, "aside"):
        yield f"CREATE TRIGGER aid_{table}_stays BEFORE UPDATE ON aid_{table} BEGIN SELECT RAISE(ABORT, 'I4 the ledger is append-only'); END"
        if table in KEPT:
            yield f"CREATE TRIGGER aid_{table}_stays_whole BEFORE DELETE ON aid_{table} BEGIN SELECT RAISE(ABORT, 'I4 the ledger is append-only'); END"
    for table in JOINS:
        yield (f"CREATE TRIGGER aid_{table}_comes_first BEFORE INSERT ON aid_{table} WHEN EXISTS (SELECT 1 FROM aid_entry WHERE id = NEW.entry_id) "
               "BEGIN SELECT RAISE(ABORT, 'I4 nothing joins an entry'); END")  # fmt: skip
    checks = "".join(f"SELECT RAISE(ABORT, '{code} refused by the ledger') WHERE {check};\n" for code, check in CHECKS)
    yield f"CREATE TRIGGER aid_entry_is_right BEFORE INSERT ON aid_entry BEGIN {checks} END"


def _postgresql() -> Iterator[str]:
    def function(name: str, body: str) -> str:
        return f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock({LOCK}); {body} RETURN NEW; END $$"

    yield "CREATE OR REPLACE FUNCTION aid_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'I4 the ledger is append-only'; END $$"
    for table in (*KEPT, "aside"):
        acts = "UPDATE OR DELETE" if table in KEPT else "UPDATE"
        yield f"CREATE TRIGGER aid_{table}_stays BEFORE {acts} ON aid_{table} FOR EACH ROW EXECUTE FUNCTION aid_stays()"
        if table in KEPT:
            yield f"CREATE TRIGGER aid_{table}_stays_whole BEFORE TRUNCATE ON aid_{table} FOR EACH STATEMENT EXECUTE FUNCTION aid_stays()"
    yield function("aid_comes_first", "IF EXISTS (SELECT 1 FROM aid_entry WHERE id = NEW.entry_id) THEN RAISE EXCEPTION 'I4 nothing joins an entry'; END IF;")
    for table in JOINS:
        yield f"CREATE TRIGGER aid_{table}_comes_first BEFORE INSERT ON aid_{table} FOR EACH ROW EXECUTE FUNCTION aid_comes_first()"
    yield function("aid_waits", "")
    yield "CREATE TRIGGER aid_closedmonth_waits BEFORE INSERT ON aid_closedmonth FOR EACH ROW EXECUTE FUNCTION aid_waits()"
    yield function("aid_entry_is_right", "".join(f"IF {check} THEN RAISE EXCEPTION '{code} refused by the ledger'; END IF;\n" for code, check in CHECKS))
    yield "CREATE TRIGGER aid_entry_is_right BEFORE INSERT ON aid_entry FOR EACH ROW EXECUTE FUNCTION aid_entry_is_right()"


def missing(connection) -> list[str]:
    """Return the triggers that are not there."""
    asked = "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'" if connection.vendor == "postgresql" else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    with connection.cursor() as cursor:
        cursor.execute(asked)
        there = {row[0] for row in cursor.fetchall()}
    return [name for name, _table in _names() if name not in there]


def install(connection) -> None:
    """Put every trigger in place, anew."""
    remove(connection)
    with connection.cursor() as cursor:
        for statement in _postgresql() if connection.vendor == "postgresql" else _sqlite():
            cursor.execute(statement)


def remove(connection) -> None:
    """Take every trigger away: for putting them in anew, and for tests of what then notices."""
    there = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for name, table in [*_names(), *((f"aid_{table}_stays_whole", f"aid_{table}") for table in KEPT), ("aid_closedmonth_waits", "aid_closedmonth")]:
            if table not in there:
                continue
            cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {table}" if connection.vendor == "postgresql" else f"DROP TRIGGER IF EXISTS {name}")
