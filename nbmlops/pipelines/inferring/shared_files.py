"""Files that several notebooks write: data bases and the like that one after the other changes in place."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nbmlops.pipelines.graph import ordered
from nbmlops.pipelines.inferring.uses import ALL_TABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbmlops.pipelines.inferring.drawing import Draft, Drawing


def order_writers(drawing: Drawing) -> None:
    """Bring the writers of each file into an order, and let each but the first take the file as an input."""
    for shared in _shared(drawing):
        path = shared.path
        order, reason, is_guess = _order(shared)
        if is_guess:
            names = ", ".join(draft.name for draft in order)
            drawing.unsure.append(f"{names} all write {path}: in which order is a guess, put one in after")
        for before, draft in itertools.pairwise(order):
            draft.after.setdefault(before.name, f"both write {path}, {reason}")
            if shared.is_among(draft, draft.facts.updates):
                draft.inputs.append(shared.named[draft.name])
            else:  # it writes the file anew: what the one before made is gone
                before.outputs = [one for one in before.outputs if one != shared.named[before.name]]
                drawing.unsure.append(f"{draft.name} writes {path} anew that {before.name} writes too")
        _place_readers(drawing, shared, order)


@dataclass
class _Shared:
    """A file that several notebooks write, and how each of them names it."""

    parts: tuple[str, ...]
    writers: list[Draft] = field(default_factory=list)
    named: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The file as its first writer names it."""
        return self.named[self.writers[0].name]

    def is_among(self, draft: Draft, paths: Iterable[str]) -> bool:
        """Tell whether one of a notebook's paths is this file."""
        return any(draft.places.parts(path) == self.parts for path in paths)

    def tables(self, draft: Draft, by_file: Mapping[str, set[str]]) -> set[str]:
        """Return the tables of this file among a notebook's tables, as far as they are known."""
        found = [tables for path, tables in by_file.items() if draft.places.parts(path) == self.parts]
        return set[str]().union(*found) - {ALL_TABLES}

    def feeds(self, before: Draft, draft: Draft) -> bool:
        """Tell whether a writer reads what another one puts there, or goes on with a file that the other one makes."""
        made = self.tables(before, before.facts.tables_written)
        if made & self.tables(draft, draft.facts.tables_read):
            return True
        return self.is_among(before, before.facts.writes) and self.is_among(draft, draft.facts.updates)


def _shared(drawing: Drawing) -> list[_Shared]:
    found: dict[tuple[str, ...], _Shared] = {}
    for draft in drawing.drafts:
        for path in draft.outputs:
            parts = draft.places.parts(path)
            shared = found.setdefault(parts, _Shared(parts))
            if draft.name not in shared.named:
                shared.writers.append(draft)
                shared.named[draft.name] = path
    return [shared for shared in found.values() if len(shared.writers) > 1]


def _order(shared: _Shared) -> tuple[list[Draft], str, bool]:
    """Return the writers in order, how that is known, and whether it is a guess."""
    writers = shared.writers
    edges = {
        draft.name: [other.name for other in writers if other is not draft and shared.feeds(other, draft)]
        for draft in writers
    }
    numbers = [draft.number for draft in writers]
    has_numbers = None not in numbers and len(set(numbers)) == len(numbers)
    if has_numbers:
        ranked = sorted(writers, key=functools.cmp_to_key(_by_number))
        return ranked, "by the numbers of their names", False
    order, cycles = ordered(edges)
    by_name = {draft.name: draft for draft in writers}
    is_certain = not cycles and all(_reaches(edges, later, earlier) for earlier, later in itertools.pairwise(order))
    reason = "and this one reads what the other one puts there" if is_certain else "in an order that is a guess"
    return [by_name[name] for name in order], reason, not is_certain


def _by_number(one: Draft, other: Draft) -> int:
    left, right = one.number or (), other.number or ()
    # a number may have a letter where the other one goes on with a number
    left_key, right_key = (tuple((isinstance(part, str), part) for part in number) for number in (left, right))
    return (left_key > right_key) - (left_key < right_key)


def _reaches(edges: dict[str, list[str]], name: str, wanted: str) -> bool:
    waiting, seen = [name], set[str]()
    while waiting:
        one = waiting.pop()
        if one == wanted:
            return True
        if one not in seen:
            seen.add(one)
            waiting += edges[one]
    return False


def _place_readers(drawing: Drawing, shared: _Shared, order: list[Draft]) -> None:
    """Let who updates a file come after those readers whose number stands before its own."""
    for reader in drawing.drafts:
        if reader in order or reader.number is None or not shared.is_among(reader, reader.facts.reads):
            continue
        later = [draft for draft in order[1:] if draft.number is not None and _by_number(reader, draft) < 0]
        if later and shared.is_among(later[0], later[0].facts.updates):
            later[0].after.setdefault(reader.name, f"it reads {shared.path} before, by the numbers of their names")
