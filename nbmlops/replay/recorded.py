"""What is known of a run's outcome, read in the same way from its own registry and from that of its replay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.store.proofs import Proofs

if TYPE_CHECKING:
    from nbmlops.store.database import Database


def recorded(database: Database, run: str) -> dict[str, Any]:
    """Return the facts of a run that a replay compares."""
    facts = Proofs(database).facts(run)
    environments = database.rows(
        "SELECT e.facts FROM runs AS r JOIN environments AS e ON e.key = r.environment_key WHERE r.id = ?", [run]
    )
    datasets = database.query(
        "SELECT name, source, fingerprint, rows, columns FROM datasets_used WHERE run_id = ? ORDER BY name", [run]
    )
    [(status, error)] = database.rows("SELECT status, error FROM runs WHERE id = ?", [run])
    return {
        "status": status,
        "error": error,
        "values": facts.get("values", {}),
        "outcome": facts.get("outcome", {}),
        "settings": facts.get("settings", {}),
        "machine": facts.get("machine", {}),
        "assumptions": facts.get("assumptions", []),
        "environment": environments[0][0] if environments else "{}",
        "datasets": datasets,
    }
