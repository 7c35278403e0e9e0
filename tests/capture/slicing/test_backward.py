"""The walk back by where names were touched gives what a walk through every execution gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nbmlops.capture.slicing.backward import Touched, slice_of
from nbmlops.capture.slicing.trace import Trace

NAMES = st.frozensets(st.sampled_from(["a", "b", "c", "d", "_", "__", "___", "file:x"]), max_size=3)
TRACES = st.lists(
    st.builds(Trace, reads=NAMES, bound=NAMES, maybe=NAMES, deleted=NAMES, changed=NAMES, shifts=st.booleans()),
    min_size=1,
    max_size=14,
)


def through_all(traces: list[Trace], last: int) -> list[int]:
    """Walk back through every execution, as often as deletions turn out to matter."""
    deletions: set[int] = set()
    while True:
        needed, taken, gone, more = set(traces[last].reads), [last], {}, set()
        for position in range(last - 1, -1, -1):
            trace = traces[position]
            if needed & (trace.bound | trace.maybe | trace.changed) or position in deletions:
                more |= {gone.pop(name) for name in trace.bound & gone.keys()}
                shifted = {name[1:] for name in ("__", "___") if name in needed} if trace.shifts else set()
                needed = (needed - trace.bound - trace.deleted) | trace.reads | shifted
                taken.append(position)
            else:
                gone |= dict.fromkeys(needed & trace.deleted, position)
                needed -= trace.deleted
        if more <= deletions:
            return sorted(taken)
        deletions |= more


@given(TRACES, st.data())
def test_the_slice_is_that_of_a_walk_through_all(traces: list[Trace], data: st.DataObject) -> None:
    last = data.draw(st.integers(0, len(traces) - 1))
    assert slice_of(traces, last) == through_all(traces, last)


@given(TRACES)
def test_one_index_serves_every_cell_of_a_session(traces: list[Trace]) -> None:
    touched = Touched()
    for position, trace in enumerate(traces):
        touched.add(trace)
        assert slice_of(traces, position, touched) == through_all(traces, position)
    assert [slice_of(traces, at, touched) for at in range(len(traces))] == [
        through_all(traces, at) for at in range(len(traces))
    ]
