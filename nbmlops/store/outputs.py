"""The files that runs wrote, as the registry knows them."""

from __future__ import annotations

from dataclasses import astuple
from typing import TYPE_CHECKING

from nbmlops.records import Output
from nbmlops.store.runs import PUT_OUTPUT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.store.database import Database


class Outputs:
    """Reads and writes what runs wrote."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def of(self, run: str) -> list[Output]:
        """Return what a run wrote, by path."""
        rows = self.database.query(
            "SELECT path, named, fingerprint, bytes, kept FROM outputs_written WHERE run_id = ? ORDER BY path", [run]
        )
        return [Output(**row) for row in rows]

    def put(self, run: str, outputs: Iterable[Output]) -> None:
        """Note what a run wrote; one of the same path is replaced."""
        self.database.write_many(PUT_OUTPUT, [(run, *astuple(one)) for one in outputs])

    def note_content(self, run: str, path: str, fingerprint: str, size: int) -> None:
        """Say what a file held after the run."""
        self.database.write(
            "UPDATE outputs_written SET fingerprint = ?, bytes = ? WHERE run_id = ? AND path = ?",
            (fingerprint, size, run, path),
        )
