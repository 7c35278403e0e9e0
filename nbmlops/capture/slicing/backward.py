"""The walk from a cell back through the executions before it."""

from __future__ import annotations

import bisect
import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbmlops.capture.slicing.trace import Trace


class Touched:
    """Where each name was touched: the positions of the executions after which it is another, or may be.

    A session of a thousand cells is not walked through for each run: only where a name was touched that is needed.

    Parameters
    ----------
    traces : iterable of Trace
        Executions, in order.
    """

    def __init__(self, traces: Iterable[Trace] = ()) -> None:
        self._places: dict[str, list[int]] = {}
        self._count = 0
        for trace in traces:
            self.add(trace)

    def add(self, trace: Trace) -> None:
        """Note the next execution."""
        for name in trace.touched:
            self._places.setdefault(name, []).append(self._count)
        self._count += 1

    def before(self, name: str, position: int) -> int | None:
        """Return the last position before one at which a name was touched."""
        places = self._places.get(name, ())
        at = bisect.bisect_left(places, position)
        return places[at - 1] if at else None


def slice_of(traces: Sequence[Trace], last: int, touched: Touched | None = None) -> list[int]:
    """Return the positions of the executions that one depends on, in order, itself last.

    An execution is in when it bound a name that is needed (which then is needed no more, and what the execution read is
    needed instead), or changed an object that a needed name reaches.

    Parameters
    ----------
    traces : sequence of Trace
        All executions.
    last : int
        The position of the one that is asked about.
    touched : Touched, optional
        Of these executions.

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
    touched = Touched(traces) if touched is None else touched
    deletions: set[int] = set()
    while True:
        taken, more = _walk(traces, last, deletions, touched)
        if more <= deletions:
            return sorted(taken)
        deletions |= more


def _walk(traces: Sequence[Trace], last: int, deletions: set[int], touched: Touched) -> tuple[list[int], set[int]]:
    """Walk back once; give what is in, and which deletions matter since a name would else still be there."""
    needed = set(traces[last].reads)
    taken = [last]
    gone: dict[str, int] = {}
    more: set[int] = set()
    waiting = [-position for position in deletions if position < last]
    seen = set(waiting)
    heapq.heapify(waiting)

    def look_before(names: Iterable[str], position: int) -> None:
        for name in names:
            found = touched.before(name, position)
            if found is not None and -found not in seen:
                seen.add(-found)
                heapq.heappush(waiting, -found)

    look_before(needed, last)
    while waiting:
        position = -heapq.heappop(waiting)
        trace = traces[position]
        before = set(needed)
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
        look_before((needed & trace.touched) | (needed - before), position)
    return taken, more
