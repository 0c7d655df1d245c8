"""A figure's ledger query as plain SQL, written apart from figures.py, so that one recounts what the other counts."""

from datetime import date

from .fields import Field

_COUNTS = {"households": "COUNT(DISTINCT l.household_id)", "persons": "COUNT(DISTINCT l.person_id)", "receipts": "COUNT(DISTINCT r.line_id)", "money": "COALESCE(SUM(r.quantity), 0)",
           "goods": "COALESCE(SUM(r.quantity), 0)"}  # fmt: skip


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def sql(one: Field, *, town: str, start: date, end: date, at: int) -> str:
    """Return a query whose one row has one column: the figure of a field as the ledger stood at a position. For SQLite and PostgreSQL."""
    where = [f"e.town_id = {_quoted(town)}", f"p.kind = {_quoted(one.kind)}", f'r."on" BETWEEN {_quoted(f"{start}")} AND {_quoted(f"{end}")}', f"e.id <= {at}", "NOT l.is_replacement",
             f"NOT EXISTS (SELECT 1 FROM aid_entry x WHERE x.id <= {at} AND (x.reverses_id = l.id OR x.cancels_id = r.id))"]  # fmt: skip
    joins = "aid_receipt r JOIN aid_entry e ON e.id = r.entry_id JOIN aid_line l ON l.id = r.line_id JOIN aid_batch b ON b.id = l.batch_id JOIN aid_programme p ON p.id = b.programme_id"
    if one.measure == "money":
        where.append("l.commodity_id = 'fen'")
    if one.measure == "goods":
        joins += " JOIN aid_commodity c ON c.code = l.commodity_id"
        where.append(f"c.code <> 'fen' AND c.name = {_quoted(one.of)}")
    if one.village:
        joins += " JOIN registry_household h ON h.id = l.household_id JOIN registry_area v ON v.code = h.village_id"
        where.append(f"v.name = {_quoted(one.village)}")
    return f"SELECT {_COUNTS[one.measure]} FROM {joins} WHERE {' AND '.join(where)}"
