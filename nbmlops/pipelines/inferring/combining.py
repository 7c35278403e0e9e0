"""One notebook's evidence put together: what its code says, and what its runs did."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nbmlops.pipelines.paths import meet

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbmlops.pipelines.inferring.captured import Lineage
    from nbmlops.pipelines.inferring.places import Places
    from nbmlops.pipelines.inferring.uses import Found, Kind, Use


@dataclass
class Facts:
    """What a notebook takes and gives, each in the order of the code.

    ``updates`` are files that it changes in place: what was there before stays in part. ``tables_read`` and
    ``tables_written`` are, by file, tables of data bases. ``names_read`` and ``names_written`` are of the workspace.
    """

    reads: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    updates: list[str] = field(default_factory=list)
    tables_read: dict[str, set[str]] = field(default_factory=dict)
    tables_written: dict[str, set[str]] = field(default_factory=dict)
    names_read: list[tuple[Kind, str]] = field(default_factory=list)
    names_written: list[tuple[Kind, str]] = field(default_factory=list)

    @property
    def changed(self) -> list[str]:
        """What it writes in whole or in part."""
        return list(dict.fromkeys([*self.writes, *self.updates]))


def facts_of(code: Found, lineage: Lineage, places: Places) -> Facts:
    """Return what a notebook takes and gives.

    Runs of its present code are believed; what they did not say, such as what a native writer wrote, comes from the
    code, and so do the parameters in paths. Runs of other code count only where the code could not be followed.
    """
    said = [replace(use, path=places.written(use.path)) if use.kind == "file" else use for use in code.uses]
    seen = lineage.uses if lineage.runs else lineage.stale if code.open or not said else []
    found = Facts()
    for use in [*said, *_new(seen, said, places)]:
        if use.kind != "file":
            _take_name(found, use)
        elif places.is_data(use.path):
            _take(found, use, places)
    return found


def _new(seen: Iterable[Use], said: Sequence[Use], places: Places) -> list[Use]:
    """Return what runs did and the code does not say: a path that the code says with parameters is said."""
    result = []
    for use in seen:
        if use.kind != "file":
            result.append(use)
            continue
        parts = places.parts(use.path)
        same = [one for one in said if one.kind == "file" and meet(places.parts(one.path), parts)]
        tables = [one for one in same if one.table and places.parts(one.path) == parts]
        if tables:
            # connecting to a data base opens it: its tables say more, unless it was changed and no table is
            if use.how != "read" and all(one.how == "read" for one in tables):
                result.append(replace(use, how="update", table="*"))
        elif not any((one.how == "read") == (use.how == "read") for one in same):
            result.append(use)
    return result


def _take_name(found: Facts, use: Use) -> None:
    name = (use.kind, use.path)
    if use.how == "read":
        if name not in found.names_written and name not in found.names_read:
            found.names_read.append(name)
    elif name not in found.names_written:
        found.names_written.append(name)


def _take(found: Facts, use: Use, places: Places) -> None:
    path, parts = use.path, places.parts(use.path)
    if use.table:
        _take_table(found, use)
        return
    if use.how == "read":
        # what it has written itself before is none of the others' business
        made = [places.parts(one) for one in found.writes]
        if not any(_is_within(parts, one) for one in made) and path not in found.reads:
            found.reads.append(path)
    elif use.how == "write":
        if path not in found.changed:
            (found.updates if path in found.reads else found.writes).append(path)
    elif path not in found.changed:
        found.updates.append(path)


def _take_table(found: Facts, use: Use) -> None:
    own = found.tables_written.setdefault(use.path, set())
    if use.how == "read":
        if use.table not in own:
            found.tables_read.setdefault(use.path, set()).add(use.table)
            if use.path not in found.reads:
                found.reads.append(use.path)
    else:
        own.add(use.table)
        if use.path not in found.changed:
            found.updates.append(use.path)


def _is_within(parts: tuple[str, ...], made: tuple[str, ...]) -> bool:
    """Tell whether all that a path means was made: it is the same, or lies in a folder that was."""
    return parts[: len(made)] == made
