"""What a person may call a run, and which run is meant by it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput, NotFound, did_you_mean

if TYPE_CHECKING:
    from nbmlops.store.run_reader import RunReader

LISTING = "nbmlops runs list   or   %runs"
_NUMBERED = re.compile(r"(?P<base>.+)[·.](?P<ordinal>\d{1,9})")


def resolve_run(reader: RunReader, ref: str) -> str:
    """Return the id of the run that a person means.

    Parameters
    ----------
    reader : RunReader
        The registry's runs.
    ref : str
        ``@last``, ``@last-2``, ``@best:auc``, an id or a unique part of one, or a name: ``rf`` is its newest run,
        ``rf·2`` (or ``rf.2``) one of them.

    Raises
    ------
    NotFound
        No run fits; the nearest names stand in the hint.
    InvalidInput
        Several ids hold the part.
    """
    ref = ref.strip()
    if ref.startswith("@"):
        return _by_word(reader, ref)
    found = _by_name(reader, ref)
    if found is not None:
        return found
    if re.fullmatch(r"[0-9a-f]{4,32}", ref):
        rows = reader.database.rows(
            "SELECT id, name FROM runs WHERE id LIKE ? AND deleted_at IS NULL LIMIT 6", [f"%{ref}%"]
        )
        if len(rows) == 1:
            return str(rows[0][0])
        if rows:
            several = ", ".join(f"{name} ({run[-8:]})" for run, name in rows)
            raise InvalidInput(f"{ref!r} is part of several ids: {several}.", "Write more of the id, or the name.")
    rows = reader.database.rows("SELECT name FROM runs WHERE deleted_at IS NULL ORDER BY id DESC LIMIT 5000")
    raise NotFound(f"no run named {ref!r}.", did_you_mean(ref, dict.fromkeys(name for (name,) in rows), LISTING))


def resolve_deleted(reader: RunReader, ref: str) -> str:
    """Return the id of a deleted run by its name or a part of its id.

    Raises
    ------
    NotFound
        No deleted run fits.
    """
    deleted = reader.database.rows("SELECT id, name FROM runs WHERE deleted_at IS NOT NULL ORDER BY id DESC")
    for run, name in deleted:
        if ref in (name, run):
            return str(run)
    parts = [run for run, _ in deleted if len(ref) >= 4 and ref in run]
    if len(parts) != 1:
        names = [name for _, name in deleted]
        raise NotFound(f"no deleted run named {ref!r}.", did_you_mean(ref, names, "nbmlops runs list"))
    return str(parts[0])


def _by_name(reader: RunReader, ref: str) -> str | None:
    numbered = _NUMBERED.fullmatch(ref)
    rows = reader.database.rows(
        """
        SELECT id FROM runs WHERE deleted_at IS NULL AND (id = ?1 OR base = ?1 OR (base = ?2 AND ordinal = ?3))
        ORDER BY id = ?1 DESC, base = ?1 DESC, ordinal DESC LIMIT 1
        """,
        [ref, numbered["base"] if numbered else None, int(numbered["ordinal"]) if numbered else None],
    )
    return str(rows[0][0]) if rows else None


def _by_word(reader: RunReader, ref: str) -> str:
    if match := re.fullmatch(r"@last(?:-(\d{1,9}))?", ref):
        rows = reader.database.rows(
            "SELECT id FROM runs WHERE deleted_at IS NULL AND source != 'fit' ORDER BY id DESC LIMIT 1 OFFSET ?",
            [int(match[1] or 0)],
        )
        if not rows:
            raise NotFound(f"there is no run {ref}: the workspace does not hold so many.", f"List them: {LISTING}")
        return str(rows[0][0])
    if ref.startswith("@best:"):
        metric = ref.removeprefix("@best:")
        found = reader.best(metric)
        if found is None:
            names = sorted(reader.known().metric)
            raise NotFound(f"no run has a metric named {metric!r}.", did_you_mean(metric, names, LISTING))
        return found[0]
    raise InvalidInput(f"{ref!r} is not a run.", "Use @last, @last-2 or @best:METRIC, a name, or a part of an id.")
