"""Tracking outside of magics: ``with nbmlops.track("rf") as run: …`` in a script, a module or a cell."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.cells import ExecutedCell
from nbmlops.capture.data import DataUse
from nbmlops.capture.hardware import Sampler
from nbmlops.capture.observer import Observation, Observer, current_observer
from nbmlops.capture.patches import Patches
from nbmlops.capture.randomness import note_generators, seed_everything
from nbmlops.errors import NbmlopsError
from nbmlops.tracking.active import open_run
from nbmlops.tracking.cell_closing import CellFacts, close_cell_run
from nbmlops.tracking.checks import check_params, check_tags
from nbmlops.tracking.directive import Directive
from nbmlops.tracking.limits import notebook_limits

if TYPE_CHECKING:
    from contextvars import Token
    from types import FrameType, TracebackType

    from nbmlops.records import Status
    from nbmlops.tracking.active import ActiveRun
    from nbmlops.tracking.recorder import Recorder


class TrackedBlock:
    """A run that lasts as long as a ``with`` block; made by `nbmlops.track`."""

    def __init__(
        self,
        recorder: Recorder,
        directive: Directive,
        params: dict[str, Any],
        parent: str | None,
        frame: FrameType,
    ) -> None:
        self._recorder = recorder
        self._directive = directive
        self._params = params
        self._parent = parent
        self._frame: FrameType | None = frame
        self._token: Token[ActiveRun | None] | None = None

    def __enter__(self) -> ActiveRun:
        assert self._frame is not None
        namespace = self._frame.f_globals
        outer = open_run.get()
        file = namespace.get("__file__")
        if self._directive.seed is not None:
            seed_everything(self._directive.seed)
        tags, params = check_tags(self._directive.tags), check_params(self._params)  # before the run is open
        self._limits = self._recorder.settings.capture.limited(notebook_limits.now)
        code = _source(file) if self._limits.code == "on" else ""
        self._cell = ExecutedCell(code, "", generators=note_generators({}))
        self._run = self._recorder.open_run(
            self._directive.name,
            experiment=self._directive.experiment
            or (outer.experiment if outer else None)
            or (Path(file).stem if file else None),
            parent=self._parent or (outer.id if outer else None),
            source="script" if file else "cell",
            note=self._directive.note,
        )
        if tags:
            self._run.tag(tags)
        if params:
            self._run.log_params(params)
        # a tracked cell observes already, and what it sees belongs to the cell's run
        self._observer = Observer(namespace) if current_observer.get() is None else None
        if self._observer is not None:
            Patches.install_for_blocks(namespace)
            self._observer_token = current_observer.set(self._observer)
        self._token = open_run.set(self._run)
        self._sampler = Sampler(self._run.beat).start()
        self._began = time.perf_counter()
        return self._run

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._cell.duration_s = time.perf_counter() - self._began
        hardware = self._sampler.stop()
        if self._token is not None:
            open_run.reset(self._token)
        observation = Observation()
        if self._observer is not None:
            observation = self._observer.observation
            current_observer.reset(self._observer_token)
        status = status_of(error)
        facts = CellFacts(
            cell=self._cell,
            slice=[self._cell] if self._cell.code else [],
            observation=observation,
            namespace={},
            status=status,
            error=describe_error(error) if status != "finished" else None,
            directive=self._directive,
            capture=self._limits.limited(notebook_limits.now),
            data=DataUse("off"),
            hardware=hardware,
            folder=Path.cwd(),
            is_block=True,
        )
        self._frame = None
        try:
            close_cell_run(self._recorder, self._run, facts)
        except NbmlopsError as problem:
            if error is None:
                raise
            # the user's own exception goes on; what could not be written is said beside it
            print(f"nbmlops: not recorded: {problem}", file=sys.stderr)  # noqa: T201


def track_block(
    recorder: Recorder,
    name: str | None,
    *,
    experiment: str | None,
    tags: dict[str, str],
    note: str,
    seed: int | None,
    params: dict[str, Any],
    parent: str | None,
    depth: int,
) -> TrackedBlock:
    """Make the block of `nbmlops.track`; ``depth`` counts the frames up to the code that is tracked."""
    directive = Directive(name, experiment, tags, note, seed)
    return TrackedBlock(recorder, directive, params, parent, sys._getframe(depth + 1))  # noqa: SLF001


def status_of(error: BaseException | None) -> Status:
    """Return how something ended, by the exception that ended it."""
    if error is None:
        return "finished"
    if isinstance(error, SystemExit):
        return "finished" if error.code in (None, 0) else "failed"
    # by name: importing asyncio for one class would cost more than the rest of this module
    names = {kind.__name__ for kind in type(error).__mro__}
    return "interrupted" if names & {"KeyboardInterrupt", "CancelledError"} else "failed"


def describe_error(error: BaseException | None) -> str | None:
    """Return an exception as one line; one that cannot be shown is named by its type."""
    if error is None:
        return None
    try:
        text = str(error).strip()
    except Exception:  # noqa: BLE001 - the user's __str__ may do anything
        text = ""
    first = text.splitlines()[0][:500] if text else ""
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def _source(file: str | None) -> str:
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
