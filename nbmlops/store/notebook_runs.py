"""The runs of notebooks, as the registry knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbmlops.store.database import Database


def notebooks_run(database: Database) -> list[tuple[str, str]]:
    """Return id and notebook of each finished run of a notebook, newest first; the notebook as it was named."""
    return [
        (str(run), str(notebook))
        for run, notebook in database.rows(
            "SELECT id, notebook FROM runs WHERE notebook IS NOT NULL AND status = 'finished' AND deleted_at IS NULL "
            "ORDER BY id DESC"
        )
    ]
