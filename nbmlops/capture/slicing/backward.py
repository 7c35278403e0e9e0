"""The walk from a cell back through the executions before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.capture.slicing.trace import Trace


def slice_of(traces: Sequence[Trace], last: int) -> list[int]:
    """Return the positions of the executions that one depends on, in order, itself last.

    An execution is in when it bound a name that is needed (which then is needed no more, and what the execution read is
    needed instead), or changed an object that a needed name reaches.

    Examples
    --------
    >>> from nbmlops.capture.slicing.trace import Trace
    >>> traces = [
    ...     Trace(bound=frozenset({"a"})),
    ...     Trace(bound=frozenset({"b"})),
    ...     Trace(reads=frozenset({"a"}), changed=frozenset({"a"})),
    ...     Trace(reads=frozenset({"a"})),
    ... ]
    >>> slice_of(traces, 3)
    [0, 2, 3]
    """
    deletions: set[int] = set()
    while True:
        taken, more = _walk(traces, last, deletions)
        if more <= deletions:
            return sorted(taken)
        deletions |= more


def _walk(traces: Sequence[Trace], last: int, deletions: set[int]) -> tuple[list[int], set[int]]:
    """Walk back once; give what is in, and which deletions matter since a name would else still be there."""
    needed = set(traces[last].reads)
    taken = [last]
    gone: dict[str, int] = {}
    more: set[int] = set()
    for position in range(last - 1, -1, -1):
        trace = traces[position]
        if needed.isdisjoint(trace.touched) and position not in deletions:
            continue  # of a long session this is almost every cell
        if needed & trace.bound or needed & trace.maybe or needed & trace.changed or position in deletions:
            more.update(gone.pop(name) for name in trace.bound & gone.keys())
            shifted = {f"_{name}" for name in ("_", "__") if f"_{name}" in needed} if trace.shifts else set()
            needed -= trace.bound | trace.deleted
            needed |= trace.reads
            needed |= {name[1:] for name in shifted}
            taken.append(position)
        else:
            # a name that was deleted is found elsewhere, among the builtins, or nowhere
            for name in needed & trace.deleted:
                gone[name] = position
            needed -= trace.deleted
    return taken, more
