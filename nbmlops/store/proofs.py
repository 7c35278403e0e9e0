"""What runs read from outside, and the replays that proved them or did not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from nbmlops.store.ids import new_id, now
from nbmlops.store.processes import this_process

if TYPE_CHECKING:
    from nbmlops.records import Replay
    from nbmlops.store.database import Database

_REPLAY = "INSERT INTO replays VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class Proofs:
    """Inputs and replays of runs in a registry."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def keep(self, run: str, path: str, fingerprint: str | None, bytes_: int | None, kept: str) -> None:
        """Say what became of an input after the card: its content, and whether it was kept."""
        self.database.write(
            "UPDATE inputs_read SET fingerprint = coalesce(?, fingerprint), bytes = coalesce(?, bytes), kept = ? "
            "WHERE run_id = ? AND path = ?",
            (fingerprint, bytes_, kept, run, path),
        )

    def add_replay(self, run: str, replay: Replay) -> None:
        """Keep a replay, and its verdict on the run, in one transaction."""
        with self.database.transaction() as connection:
            connection.execute(
                _REPLAY,
                (
                    new_id(),
                    run,
                    replay.verdict,
                    replay.reason,
                    json.dumps(replay.to_json()),
                    this_process().host,
                    replay.started_at or now(),
                    replay.duration_s,
                ),
            )
            connection.execute("UPDATE runs SET verdict = ? WHERE id = ?", (replay.verdict, run))

    def generator_states(self, run: str) -> list[dict[str, bytes]]:
        """Return the packed states before each cell of a run's slice."""
        positions = self.database.rows("SELECT generator_states FROM slices WHERE run_id = ? ORDER BY position", [run])
        wanted = [json.loads(text or "{}") for (text,) in positions]
        digests = {digest for states in wanted for digest in states.values()}
        marks = ", ".join("?" * len(digests))
        known = dict(
            self.database.rows(f"SELECT digest, state FROM generator_states WHERE digest IN ({marks})", list(digests))
        )
        return [{name: bytes(known[digest]) for name, digest in states.items() if digest in known} for states in wanted]

    def facts(self, run: str) -> dict[str, Any]:
        """Return everything that a run's capture noted, as it stands in the registry."""
        rows = self.database.rows("SELECT facts FROM captures WHERE run_id = ?", [run])
        return json.loads(rows[0][0]) if rows else {}
