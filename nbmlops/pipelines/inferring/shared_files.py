"""Files that several notebooks write: data bases and the like that one after the other changes in place."""

from __future__ import annotations

import functools
import itertools
from typing import TYPE_CHECKING

from nbmlops.pipelines.graph import ordered
from nbmlops.pipelines.inferring.uses import ALL_TABLES

if TYPE_CHECKING:
    from nbmlops.pipelines.inferring.drawing import Draft, Drawing


def order_writers(drawing: Drawing) -> None:
    """Bring the writers of each file into an order, and let each but the first take the file as an input."""
    for path, writers in _shared(drawing).items():
        order, reason, is_guess = _order(path, writers)
        if is_guess:
            names = ", ".join(draft.name for draft in order)
            drawing.unsure.append(f"{names} all write {path}: in which order is a guess, put one in after")
        for before, draft in itertools.pairwise(order):
            draft.after.setdefault(before.name, f"both write {path}, {reason}")
            if path in draft.facts.updates:
                draft.inputs.append(path)
            else:  # it writes the file anew: what the one before made is gone
                before.outputs = [one for one in before.outputs if one != path]
                drawing.unsure.append(f"{draft.name} writes {path} anew that {before.name} writes too")
        _place_readers(drawing, path, order)


def _shared(drawing: Drawing) -> dict[str, list[Draft]]:
    by_parts: dict[tuple[str, ...], dict[str, Draft]] = {}
    named: dict[tuple[str, ...], str] = {}
    for draft in drawing.drafts:
        for path in draft.outputs:
            parts = drawing.places.parts(path)
            named.setdefault(parts, path)
            by_parts.setdefault(parts, {})[draft.name] = draft
    return {named[parts]: list(found.values()) for parts, found in by_parts.items() if len(found) > 1}


def _order(path: str, writers: list[Draft]) -> tuple[list[Draft], str, bool]:
    """Return the writers in order, how that is known, and whether it is a guess."""
    edges: dict[str, list[str]] = {draft.name: [] for draft in writers}
    for draft in writers:
        for other in writers:
            if other is not draft and (
                _tables_between(path, other, draft) or (path in other.facts.writes and path in draft.facts.updates)
            ):
                edges[draft.name].append(other.name)
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


def _tables_between(path: str, before: Draft, draft: Draft) -> bool:
    made = before.facts.tables_written.get(path, set()) - {ALL_TABLES}
    return bool(made & draft.facts.tables_read.get(path, set()))


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


def _place_readers(drawing: Drawing, path: str, order: list[Draft]) -> None:
    """Let who updates a file come after those readers whose number stands before its own."""
    for reader in drawing.drafts:
        if reader in order or path not in reader.facts.reads or reader.number is None:
            continue
        later = [draft for draft in order[1:] if draft.number is not None and _by_number(reader, draft) < 0]
        if later and path in later[0].facts.updates:
            later[0].after.setdefault(reader.name, f"it reads {path} before, by the numbers of their names")
