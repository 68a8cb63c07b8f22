"""The rows of one table, whose columns are the fields of a dataclass."""

from __future__ import annotations

from dataclasses import fields
from typing import Any, Generic, TypeVar

from engram.storage.store import Row, Store

T = TypeVar("T")

# What a column holds, by the type of its field.
KINDS: dict[str, Any] = {
    "str": str, "int": int, "float": float | int, "str | None": str | None,
    "int | None": int | None, "float | None": float | int | None,
}  # fmt: skip


class Rows(Generic[T]):
    """The rows of `table` in `store`, each a `kind`; damaged ones are left out."""

    def __init__(self, store: Store, table: str, kind: type[T]) -> None:
        self._store, self._table, self._kind = store, table, kind
        columns = fields(kind)  # type: ignore[arg-type]  # a dataclass, which has no type of its own
        self._kinds = [KINDS[str(one.type)] for one in columns]
        self._columns = ", ".join(one.name for one in columns)

    def find(self, where: str = "", *values: object) -> list[T]:
        """The rows for which `where`, the rest of the SELECT, is true of `values`."""
        sql = f"SELECT {self._columns} FROM {self._table} {where}"
        return [self._kind(*row) for row in self._store.read(sql, *values, kinds=self._kinds)]

    def first(self, where: str, *values: object) -> T | None:
        """The first of these rows, if there is any."""
        return next(iter(self.find(where, *values)), None)

    def count(self, where: str, *values: object) -> int:
        """How many these rows are."""
        sql = f"SELECT count(*) FROM {self._table} {where}"
        return self._store.value(sql, *values, default=0)

    def adding(self, *, conflict: str = "DO NOTHING", **values: object) -> Row:
        """The statement that adds a row with `values`; on a `conflict` it does that."""
        marks = ", ".join("?" * len(values))
        into = f"INSERT INTO {self._table} ({', '.join(values)}) VALUES ({marks})"
        return f"{into} ON CONFLICT {conflict}", *values.values()
