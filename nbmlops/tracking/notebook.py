"""A notebook as its cells run: what each did is noted in memory, and on disk when the cell is tracked."""

from __future__ import annotations

import contextlib
import os
import sys
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.after_import import AfterImport
from nbmlops.capture.cells import ExecutedCell, changed_names
from nbmlops.capture.data import DataUse
from nbmlops.capture.hardware import Sampler
from nbmlops.capture.observer import Observation, Observer, current_observer
from nbmlops.capture.patches import Patches
from nbmlops.capture.printed import Printed
from nbmlops.capture.randomness import note_generators, note_late, seed_everything
from nbmlops.capture.readers import ReaderPatches
from nbmlops.capture.slicing.files import note_address, note_read
from nbmlops.capture.slicing.history import History
from nbmlops.capture.values import note_scalars
from nbmlops.errors import InvalidInput
from nbmlops.store.ids import now
from nbmlops.tracking.active import ActiveRun, open_run
from nbmlops.tracking.after_the_fact import Remains, scalars_of, what_remains
from nbmlops.tracking.cell_closing import CellFacts, close_cell_run
from nbmlops.tracking.checks import check_name, check_tags
from nbmlops.tracking.collection import no_collection
from nbmlops.tracking.directive import Directive
from nbmlops.tracking.inputs import inputs_of
from nbmlops.tracking.kept_models import describe_fit
from nbmlops.tracking.late import join_late_metrics
from nbmlops.tracking.limits import notebook_limits
from nbmlops.tracking.local_modules import LocalModules
from nbmlops.tracking.outputs import outputs_of
from nbmlops.tracking.report import CellReport, report_on
from nbmlops.tracking.saved_notebook import SavedNotebook

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Sequence

    from nbmlops.config import Capture
    from nbmlops.records import Status
    from nbmlops.tracking.recorder import Recorder


@dataclass
class _Open:
    """The run of the cell that is running."""

    run: ActiveRun
    directive: Directive
    sampler: Sampler
    data: DataUse
    pid: int = field(default_factory=os.getpid)


@dataclass
class _Done:
    """What is remembered of a cell for ``%track that``."""

    cell: ExecutedCell
    observation: Observation
    status: Status
    error: str | None
    printed: Printed | None = None
    value: Any = None
    scalars: dict[str, Any] = field(default_factory=dict)
    run: str | None = None
    joined: frozenset[str] = frozenset()
    """Metrics of the cell that joined the runs of other cells."""


class Notebook:
    """Follows the cells of one notebook.

    Parameters
    ----------
    namespace : dict
        The notebook's globals.
    recorder : callable
        Gives the recorder of the workspace; called when the first run opens, so that nothing is made before.
    """

    def __init__(self, namespace: dict[str, Any], recorder: Callable[[], Recorder]) -> None:
        self.namespace = namespace
        self.history = History(namespace)
        self.saved = SavedNotebook(None)
        self._path: str | None = None
        self.experiment: str | None = None
        self.auto = False
        self.batch_run: str | None = None
        self.is_showing: Callable[[], bool] | None = None
        """Tells whether the shell is writing a value, which is no output of the cell's own."""
        self._recorder = recorder
        self._observer = Observer(namespace)
        self._patches = Patches()
        self._readers = ReaderPatches(_noted, note_address)
        self._late_generators = AfterImport({"numpy.random": self._numpy_came})
        self._open: _Open | None = None
        self._began = 0.0
        self._printed = Printed()
        self._started_in = Path.cwd()
        self._modules = LocalModules(namespace)
        self._cell: ExecutedCell | None = None
        self._done: list[_Done] = []
        self._fitted: list[tuple[weakref.ref[Any], str]] = []
        self._loose: list[_Done] = []

    @property
    def path(self) -> str | None:
        """The notebook's file, as the front end names it."""
        return self._path

    @path.setter
    def path(self, path: str | None) -> None:
        self._path, self.saved = path, SavedNotebook(path)

    @property
    def cells(self) -> list[ExecutedCell]:
        """All executions of cells, in order."""
        return self.history.cells

    def start(self) -> None:
        """Begin to observe."""
        self._patches.install(self.namespace)
        self._readers.install()
        sys.meta_path.insert(0, self._late_generators)

    def stop(self) -> None:
        """Stop observing; a run that is open stays so until its cell ends."""
        self._patches.remove(self.namespace)
        self._readers.remove()
        if self._late_generators in sys.meta_path:
            sys.meta_path.remove(self._late_generators)

    def _numpy_came(self, module: types.ModuleType) -> None:
        if self._cell is not None and self._cell.generators is not None:
            note_late(self._cell.generators, module)

    @no_collection()
    def before_cell(self, cell: ExecutedCell, directive: Directive | None) -> None:
        """Note what a cell starts from, and open its run when it is tracked."""
        self._cell = cell
        if self._done and self.batch_run is None and not cell.is_only_own_magics:
            self._done[-1].observation.release()
            self._done[-1].value = None
        self._observer.begin()
        current_observer.set(self._observer)
        cell.started_at = now()
        note_scalars(cell, self.namespace)
        if directive is not None:
            if directive.seed is not None:
                seed_everything(directive.seed)
                cell.seeded = True
            cell.generators = note_generators(self.namespace)
            self._open = self._open_run(cell, directive)
        else:
            cell.generators = note_generators(self.namespace)
        self._printed = Printed(self.is_showing).start()
        self.history.before(cell)
        self._began = time.perf_counter()

    @no_collection()
    def after_cell(
        self, status: Status, error: str | None = None, execution_count: int | None = None, value: Any = None
    ) -> list[CellReport]:
        """Close the run of a cell, or let late metrics join the run that fitted their model; give what to show.

        Parameters
        ----------
        status, error, execution_count
            How the cell ended, and its number.
        value
            What its last expression gave.
        """
        duration = time.perf_counter() - self._began
        self._printed.stop()
        cell, opened = self._cell, self._open
        self._cell = self._open = None
        if cell is None:
            return []
        cell.duration_s = duration
        cell.execution_count = execution_count
        cell.failed = status != "finished"
        observation = self._observer.observation
        self._observer.begin()
        current_observer.set(None)
        self.history.after(cell)
        scalars = scalars_of(cell, self.namespace)
        done = _Done(cell, observation, status, error, self._printed, value, scalars)
        self._remember(done)
        if opened is not None:
            if opened.pid != os.getpid():
                return []
            open_run.set(None)
            hardware = opened.sampler.stop()
            return [self._close(opened.run, done, opened.directive, opened.data, hardware)]
        if self.auto and any(fit.is_predictor for fit in observation.fits):
            return [self._record(done, Directive())]
        self._loose.append(done)
        if observation.scores and self._fitted:
            slice_cells = self.history.slice_of(cell)
            joined = join_late_metrics(self._recorder(), observation, self._fitted, slice_cells, self.namespace)
            done.joined = frozenset(name for names in joined.values() for name in names)
            reader = self._recorder().reader
            return [report_on(reader, run, joined=tuple(names)) for run, names in joined.items()]
        return []

    def _remember(self, done: _Done) -> None:
        """Keep a cell for ``%track that``: its models only until the user's next cell, in a batch until the end."""
        if self.batch_run is not None:
            for fit in done.observation.fits:
                if fit.is_predictor:
                    describe_fit(fit)
        if done.cell.is_only_own_magics:
            return
        self._done.append(done)

    def track_that(self, name: str | None, execution_count: int | None = None) -> CellReport:
        """Turn a cell that ran before into a run: the last one, or the one with an execution count.

        Raises
        ------
        InvalidInput
            No such cell ran, or it is a run already.
        """
        earlier = [one for one in self._done if one.cell.effects.is_python]
        if execution_count is not None:
            earlier = [done for done in earlier if done.cell.execution_count == execution_count]
        if not earlier:
            which = f"cell [{execution_count}]" if execution_count is not None else "cell"
            raise InvalidInput(f"no {which} ran since nbmlops was loaded.", "Run the cell, then: %track that")
        done = earlier[-1]
        if done.run is not None:
            known = self._recorder().reader.by_ids([done.run])
            shown = known[0].name if known else done.run[-8:]
            raise InvalidInput(f"that cell is a run already: {shown}.", f"Look at it: %nbmlops runs show {shown}")
        return self._record(done, Directive(name=name))

    def close_batch(self) -> None:
        """Write what the untracked cells of a batch run did to the notebook's own run, which its engine ends."""
        if self.batch_run is None:
            return
        recorder = self._recorder()
        whole = ExecutedCell(
            "\n\n".join(done.cell.code for done in self._loose),
            "\n".join(done.cell.transformed for done in self._loose),
            generators=self.cells[0].generators if self.cells else None,
        )
        observation = Observation(
            [fit for done in self._loose for fit in done.observation.fits],
            [score for done in self._loose for score in done.observation.scores],
        )
        data = DataUse("off")
        known = recorder.reader.by_ids([self.batch_run])
        run = ActiveRun(recorder, self.batch_run, known[0].name, known[0].experiment, attached=True)
        facts = CellFacts(
            cell=whole,
            slice=[cell for cell in self.cells if not cell.is_only_own_magics],
            observation=observation,
            namespace=self.namespace,
            status="running",
            error=None,
            directive=Directive(),
            capture=self._limits(recorder, Directive()),
            data=data,
            hardware={},
            folder=Path.cwd(),
            own_cells=[done.cell for done in self._loose],
            changed=frozenset[str]().union(*(changed_names(done.cell) for done in self._loose)),
            inputs=inputs_of(self.cells, self.history.safe, self._modules.files()),
            outputs=outputs_of(self.cells),
            started_in=self._started_in,
            is_batch=True,
            elsewhere=frozenset[str]().union(*(done.joined for done in self._loose)),
        )
        close_cell_run(recorder, run, facts)
        recorder.background.wait()

    def run_of(self, model: Any) -> str | None:
        """Return the id of the run that fitted a model in this notebook; in a batch run that is the notebook's own."""
        return next((run for made, run in reversed(self._fitted) if made() is model), self.batch_run)

    def _record(self, done: _Done, directive: Directive) -> CellReport:
        """Make a run of a cell after the fact."""
        recorder = self._recorder()
        run = self._new_run(recorder, done.cell, directive)
        limits = self._limits(recorder, directive)
        data = DataUse(limits.data)
        remains = what_remains(done.cell, done.scalars, self.history, self.namespace)
        data.note_inputs(done.cell, remains.namespace)
        warning = "tracked after it ran: its data was fingerprinted then, and its memory was not measured"
        return self._close(run, done, directive, data, {}, remains, (warning, *remains.warnings))

    def _open_run(self, cell: ExecutedCell, directive: Directive) -> _Open:
        recorder = self._recorder()
        data = DataUse(self._limits(recorder, directive).data)
        data.note_inputs(cell, self.namespace)
        run = self._new_run(recorder, cell, directive)
        open_run.set(run)
        return _Open(run, directive, Sampler(run.beat).start(), data)

    def _new_run(self, recorder: Recorder, cell: ExecutedCell, directive: Directive) -> ActiveRun:
        tags = check_tags(directive.tags)  # before the run is open: what is refused leaves none behind
        for metric in directive.lower:
            recorder.writer.set_direction(check_name(metric, "metric"), "lower")
        run = recorder.open_run(
            directive.name,
            experiment=directive.experiment or self.experiment,
            parent=self.batch_run,
            notebook=self.path,
            cell_id=cell.cell_id,
            note=directive.note,
            started_at=cell.started_at,
        )
        if tags:
            run.tag(tags)
        return run

    def _close(
        self,
        run: ActiveRun,
        done: _Done,
        directive: Directive,
        data: DataUse,
        hardware: dict[str, Any],
        remains: Remains | None = None,
        warnings: tuple[str, ...] = (),
    ) -> CellReport:
        recorder = self._recorder()
        done.run = run.id
        sliced = self.history.slice_of(done.cell)
        facts = CellFacts(
            cell=done.cell,
            slice=sliced,
            observation=done.observation,
            namespace=self.namespace if remains is None else remains.namespace,
            status=done.status,
            error=done.error,
            directive=directive,
            capture=self._limits(recorder, directive),
            data=data,
            hardware=hardware,
            printed=done.printed,
            result=done.value,
            changed=changed_names(done.cell) if remains is None else remains.names,
            inputs=inputs_of(sliced, self.history.safe, self._modules.files()),
            outputs=outputs_of([done.cell]),
            started_in=self._started_in,
            folder=Path(self.path).parent if self.path and Path(self.path).is_absolute() else Path.cwd(),
            warnings=(*warnings, *self.history.warnings_for(sliced), *self.saved.warnings(sliced)),
        )
        try:
            children = close_cell_run(recorder, run, facts)
        except BaseException:
            # stopped, or out of space, while closing: the run must not say "running" for ever
            with contextlib.suppress(Exception):
                recorder.writer.end(run.id, done.status, done.cell.duration_s or 0.0, done.error)
            raise
        with contextlib.suppress(TypeError):  # an estimator that takes no weak reference gets no late metrics
            for fit, owner in children.owners:
                self._fitted.append((weakref.ref(fit.estimator), owner))
        if self.saved.has_file:
            recorder.background.submit(lambda: self._look_at_the_file(recorder, run.id, sliced, facts.warnings))
        return report_on(recorder.reader, run.id, children.ids)

    def _look_at_the_file(
        self, recorder: Recorder, run: str, sliced: Sequence[ExecutedCell], known: tuple[str, ...]
    ) -> None:
        """Add to a run what the notebook's file says of it, when it was not read before the card."""
        self.saved.refresh()
        new = [words for words in self.saved.warnings(sliced) if words not in known]
        if new:
            recorder.writer.add_facts(run, {"warnings": [*recorder.reader.detail(run).warnings, *new]})

    def _limits(self, recorder: Recorder, directive: Directive) -> Capture:
        return recorder.settings.capture.limited(notebook_limits.now).limited(directive.capture)


def _noted(path: str) -> str:
    """Note what a native reader is given, and let it read that."""
    note_read(path)
    return path
