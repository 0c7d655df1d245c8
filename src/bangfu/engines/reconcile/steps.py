"""Steps and the desk they run on: named relations in, one named relation out.

A set step is one SQL statement over named relations. A village step is a pure Python function over the few rows left of
one village. There is no third kind. The desk keeps every relation under its step's name, with its row count and time, so
that a fall from 3,000 to 40 is noticed before it is believed. The desk here is DuckDB's; a cluster's would run the same steps.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pyarrow as pa

Rows = list[dict[str, Any]]
Progress = Callable[[str, int, int], None]


def name_in_sql(column: str) -> str:
    """Return a column's name as SQL takes it, whatever somebody wrote into a header."""
    return '"' + column.replace('"', '""') + '"'


def text_in_sql(text: str) -> str:
    """Return a text as SQL takes it."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class SetStep:
    """One SQL statement. `needs`: the relations it reads; a missing one fails before anything runs."""

    name: str
    needs: tuple[str, ...]
    sql: str


@dataclass(frozen=True)
class VillageStep:
    """A pure function of one village's rows of each relation it needs; gives rows of `schema`.

    by  the column of each relation that names the village
    """

    name: str
    needs: Mapping[str, str]
    schema: pa.Schema
    function: Callable[..., Iterable[Mapping[str, Any]]]


@dataclass
class Desk:
    """Runs steps on DuckDB and remembers what each gave."""

    threads: int = 2
    memory: str | None = None
    counts: list[dict[str, Any]] = field(default_factory=list)
    names: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.con = duckdb.connect(config={"threads": self.threads, "preserve_insertion_order": True})
        self.con.execute("SET enable_progress_bar = false")
        if self.memory:
            self.con.execute(f"SET memory_limit = {text_in_sql(self.memory)}")
        self.con.execute("SET temp_directory = ''")  # people's data is never spilled to disk

    def put(self, name: str, table: pa.Table) -> None:
        """Hand a relation to the desk under a name."""
        self.con.register("incoming", table)
        self.con.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM incoming')
        self.con.unregister("incoming")
        self.names.add(name)

    def run(self, step: SetStep | VillageStep, **facts: Any) -> None:
        """Run one step; its relation stands under its name. Raises KeyError for a relation that is not there."""
        if missing := [need for need in step.needs if need not in self.names]:
            raise KeyError(f"{step.name} needs {', '.join(missing)}")
        began = time.perf_counter()
        if isinstance(step, SetStep):
            rows = self.first(f'CREATE OR REPLACE TABLE "{step.name}" AS {step.sql}', **facts)[0]
            self.names.add(step.name)
        else:
            table = pa.Table.from_pylist(list(self._villages(step, facts)), schema=step.schema)
            rows = table.num_rows
            self.put(step.name, table)
        self.counts.append({"step": step.name, "rows": rows, "seconds": round(time.perf_counter() - began, 3)})

    def _villages(self, step: VillageStep, facts: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
        """Call a village step once a village, in the order of the villages' names."""
        grouped: dict[str, dict[Any, Rows]] = {}
        for name, by in step.needs.items():
            rows = self.rows(f'SELECT * FROM "{name}"')
            groups: dict[Any, Rows] = {}
            for row in rows:
                groups.setdefault(row[by], []).append(row)
            grouped[name] = groups
        for village in sorted({village for groups in grouped.values() for village in groups}, key=lambda one: (one is None, str(one))):
            yield from step.function(*(groups.get(village, []) for groups in grouped.values()), **facts)

    def add(self, name: str, step: SetStep) -> None:
        """Add what a set step gives to a relation that is there."""
        if missing := [need for need in step.needs if need not in self.names]:
            raise KeyError(f"{step.name} needs {', '.join(missing)}")
        began = time.perf_counter()
        added = self.first(f'INSERT INTO "{name}" {step.sql}')[0]
        self.counts.append({"step": step.name, "rows": added, "seconds": round(time.perf_counter() - began, 3)})

    def view(self, name: str, sql: str) -> None:
        """Name a question; it is asked anew wherever its name is used."""
        self.con.execute(f'CREATE OR REPLACE VIEW "{name}" AS {sql}')
        self.names.add(name)

    def drop(self, *names: str) -> None:
        """Forget relations that no later step reads; they are the largest ones."""
        for name in names:
            self.con.execute(f'DROP TABLE "{name}"')
            self.names.discard(name)

    def first(self, sql: str, **facts: Any) -> tuple[Any, ...]:
        """Return the only row a statement gives; () where it gives none."""
        rows = self.con.execute(sql, facts or None).fetchall()
        return rows[0] if rows else ()

    def table(self, sql: str, **facts: Any) -> pa.Table:
        """Return the result of a query as an Arrow table."""
        return self.con.sql(sql, params=facts or None).to_arrow_table()

    def rows(self, sql: str, **facts: Any) -> Rows:
        """Return the result of a query as dictionaries."""
        rows: Rows = self.table(sql, **facts).to_pylist()
        return rows

    @contextmanager
    def beside(self, question: str) -> Iterator[Callable[[], pa.Table]]:
        """Ask a question while other work goes on; the relations it reads must not change meanwhile. What is given waits for the answer."""
        with ThreadPoolExecutor(1) as other:
            yield other.submit(lambda: self.con.cursor().sql(question).to_arrow_table()).result

    def close(self) -> None:
        self.con.close()
