"""The proofs of a workspace: reproduce a run, or all of them. Every door calls these methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.errors import InvalidInput
from nbmlops.replay import REPEATS, factors
from nbmlops.replay.program import Options, expected_seconds
from nbmlops.replay.reproducing import Reproduction
from nbmlops.replay.scratch import is_same
from nbmlops.replay.why import Attribution
from nbmlops.store.proofs import Proofs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nbmlops.artifacts import LocalStore
    from nbmlops.environments import Environments
    from nbmlops.records import Replay, RunDetail
    from nbmlops.tracking.recorder import Recorder
    from nbmlops.tracking.runs import Runs


class Proving:
    """Replays runs of a workspace.

    Parameters
    ----------
    recorder, blobs, runs, environments
        The workspace's.
    """

    def __init__(self, recorder: Recorder, blobs: LocalStore, runs: Runs, environments: Environments) -> None:
        self._environments = environments
        self._recorder = recorder
        self._blobs = blobs
        self._runs = runs

    def reproduce(
        self,
        ref: str = "@last",
        options: Options | None = None,
        progress: Callable[[int], None] | None = None,
        told: Callable[[str], object] = lambda _: None,
    ) -> Replay:
        """Replay a run in a fresh process and keep the verdict; see `Workspace.reproduce`."""
        self._recorder.background.wait()  # what is still being kept of the run
        run = self.target(ref)
        options = options or Options()
        rebuilt = self._environments.rebuild(run, told=told) if options.rebuild_env else None
        database = self._recorder.database
        replay = Reproduction(database, self._blobs, run, options, progress, rebuilt).reproduce()
        if not replay.interrupted:
            Proofs(self._recorder.database).add_replay(run.id, replay)
        return replay

    def target(self, ref: str) -> RunDetail:
        """Return the run that is replayed for a name: one fit of a cell is proven by its whole cell."""
        run = self._runs.show(ref)
        while run.parent is not None and not run.slice:
            run = self._runs.show(run.parent)
        return run

    def expected_seconds(self, ref: str) -> float:
        """Return what a replay will about cost."""
        return expected_seconds(self.target(ref))

    def candidates(self, filter: str = "", *, changed: bool = False) -> list[RunDetail]:
        """Return the runs that can be reproduced, oldest first; with ``changed`` those not proven as things are now."""
        found = []
        for run in reversed(self._runs.list(filter)):
            if run.status == "running":
                continue
            detail = self._runs.show(run.id)
            if self.is_replayable(detail) and (not changed or _is_unproven(detail)):
                found.append(detail)
        return found

    def is_replayable(self, run: RunDetail) -> bool:
        """Tell whether a run has cells that can be run again; one fit of a cell has none of its own."""
        return bool(run.slice) and not Proofs(self._recorder.database).facts(run.id).get("block")

    def reproduce_all(
        self,
        filter: str = "",
        options: Options | None = None,
        *,
        changed: bool = False,
        told: Callable[[RunDetail, int, int], None] | None = None,
    ) -> Iterator[Replay]:
        """Replay runs one after the other; see `Workspace.reproduce_all`."""
        found = self.candidates(filter, changed=changed)
        for position, run in enumerate(found):
            if told is not None:
                told(run, position, len(found))
            replay = self.reproduce(run.id, options)
            yield replay
            if replay.interrupted:
                return

    def why(
        self,
        refs: Sequence[str] = (),
        *,
        metric: str | None = None,
        repeats: int = REPEATS,
        options: Options | None = None,
        told: Callable[[int, int], None] | None = None,
    ) -> Attribution:
        """Return the question why two runs differ, ready to be answered; see `Workspace.why`."""
        self._recorder.background.wait()
        if len(refs) == 2:
            a, b = (self.target(ref) for ref in refs)
        elif not refs:
            pair = self._runs.compare([]).runs
            a, b = (self.target(run.id) for run in (pair[0], pair[-1]))
        else:
            raise InvalidInput(f"{len(refs)} runs were named.", "Name two: nbmlops why rf·2 rf")
        return Attribution(
            self._recorder.database, self._blobs, a, b, metric=metric, repeats=repeats, options=options, told=told
        )


def check_timeout(timeout: float | None) -> float | None:
    """Return a time limit in seconds.

    Raises
    ------
    InvalidInput
        It is not above 0.
    """
    if timeout is not None and not timeout > 0:
        raise InvalidInput(f"timeout cannot be {timeout}.", "Give seconds above 0.")
    return timeout


def _is_unproven(run: RunDetail) -> bool:
    """Tell whether a run was never proven, or something it depends on has changed since it ran."""
    if run.verdict is None or factors.edited_cells(run):
        return True
    return any(one.kind in ("file", "module") and not is_same(Path(one.path), one) for one in run.inputs)
