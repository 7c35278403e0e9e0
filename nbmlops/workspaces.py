"""A workspace: the one object that every door (magic, command, route, Python) calls."""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.artifacts import LocalStore
from nbmlops.backups import check_target, pack, unpack
from nbmlops.collecting import collect
from nbmlops.config import SETTINGS_FILE, Capture, Settings, locate_workspace, save_settings
from nbmlops.damage import damage_in
from nbmlops.environments import Environments
from nbmlops.environments.environments import FOLDER as ENVIRONMENTS
from nbmlops.errors import AlreadyExists, NotFound, WorkspaceUnusable
from nbmlops.measuring import Measuring
from nbmlops.records import Artifact
from nbmlops.registry import Models
from nbmlops.registry.lockfile import FILE as LOCK
from nbmlops.registry.lockfile import check_lock, write_lock
from nbmlops.replay import REPEATS
from nbmlops.store.database import FILE
from nbmlops.store.ids import now
from nbmlops.tracking.recorder import BLOBS, Recorder, user_name
from nbmlops.tracking.runs import Runs
from nbmlops.tracking.scope import TrackedBlock, track_block

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from nbmlops.datasets import Datasets
    from nbmlops.events import Events
    from nbmlops.features import Features
    from nbmlops.integration.checking import CiOptions
    from nbmlops.integration.deploying import DeployLimits, Deployment
    from nbmlops.integration.records import CiReport
    from nbmlops.monitoring import Monitors
    from nbmlops.monitoring.cards import ModelCard
    from nbmlops.pipelines.graph import Graph
    from nbmlops.pipelines.pipelines import Pipelines
    from nbmlops.pipelines.records import StepRun
    from nbmlops.pipelines.scheduling.scheduler import Scheduler
    from nbmlops.records import Replay, Why
    from nbmlops.replay.proving import Proving

_CACHE = "cache"


class Workspace(Measuring):
    """A workspace, opened. Make one with `nbmlops.workspace`.

    ``runs``, ``models``, ``datasets``, ``features``, ``pipelines``, ``scheduler``, ``events``, ``monitors`` and
    ``environments`` hold the operations on what their names say.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.recorder = Recorder.at(path)
        self.database = self.recorder.database
        self.blobs = LocalStore(path / BLOBS)
        self.runs = Runs(self.recorder)
        self.models = Models(self.database, self.blobs, user_name())
        self.environments = Environments(self.database, path / ENVIRONMENTS)

    # each of these brings a package of its own, which a cell or a command that has no need of it does not wait for

    @functools.cached_property
    def datasets(self) -> Datasets:
        """The versions of data."""
        from nbmlops.datasets import Datasets

        return Datasets(self.database, self.blobs, user_name(), self.path / _CACHE)

    @functools.cached_property
    def features(self) -> Features:
        """The feature views."""
        from nbmlops.features import Features

        return Features(self.database, self.datasets, user_name())

    @functools.cached_property
    def pipelines(self) -> Pipelines:
        """The pipelines."""
        from nbmlops.pipelines.pipelines import Pipelines

        return Pipelines(self.recorder, self.models, self.scheduler)

    @functools.cached_property
    def scheduler(self) -> Scheduler:
        """What starts pipelines, and lets monitors look, by itself."""
        from nbmlops.pipelines.scheduling.scheduler import Scheduler

        return Scheduler(self.recorder, self.path)

    @functools.cached_property
    def events(self) -> Events:
        """What happened, and may start a pipeline."""
        from nbmlops.events import Events

        return Events(self.database, user_name())

    @functools.cached_property
    def monitors(self) -> Monitors:
        """What watches data, and its alerts."""
        from nbmlops.monitoring import Monitors

        return Monitors(
            self.database,
            self.models,
            self.datasets,
            self.runs,
            self.events,
            self.path.parent,
            user_name(),
            lambda: self.scheduler,
        )

    @functools.cached_property
    def proving(self) -> Proving:
        """What replays runs."""
        from nbmlops.replay.proving import Proving

        return Proving(self.recorder, self.blobs, self.runs, self.environments)

    @classmethod
    def open(
        cls, path: str | os.PathLike[str] | None = None, *, create: bool = False, start: Path | None = None
    ) -> Workspace:
        """Open the workspace that is meant: the argument, ``NBMLOPS_HOME``, or the nearest one upward.

        Raises
        ------
        NotFound
            There is none and ``create`` is false.
        WorkspaceUnusable
            It cannot be opened; the message says why.
        """
        return cls(locate_workspace(path, create=create, start=start))

    def __enter__(self) -> Workspace:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<workspace {self.path}>"

    def close(self) -> None:
        """Wait for what is still to be written, and close the registry and the online store."""
        self.recorder.close()
        if "features" in self.__dict__:
            self.features.online.close()

    def is_current(self) -> bool:
        """Tell whether the file that is open here is still the workspace's; after a restore it is another one."""
        try:
            self.database.check_place()
        except WorkspaceUnusable:
            return False
        return True

    def track(
        self,
        name: str | None = None,
        *,
        experiment: str | None = None,
        tags: dict[str, str] | None = None,
        note: str = "",
        seed: int | None = None,
        params: dict[str, Any] | None = None,
        parent: str | None = None,
        depth: int = 0,
    ) -> TrackedBlock:
        """Record a run while a ``with`` block lasts; see `nbmlops.track`."""
        return track_block(
            self.recorder,
            name,
            experiment=experiment,
            tags=tags or {},
            note=note,
            seed=seed,
            params=params or {},
            parent=parent,
            depth=depth + 1,
        )

    def reproduce(
        self,
        run: str = "@last",
        *,
        current_data: bool = False,
        allow: bool = False,
        timeout: float | None = None,
        rebuild_env: bool = False,
        progress: Callable[[int], None] | None = None,
        told: Callable[[str], object] = lambda _: None,
    ) -> Replay:
        """Replay a run in a fresh process that can do no harm, and compare; the verdict is kept with the run.

        Parameters
        ----------
        run : str
            Which one; a fit of a cell with several is proven by its whole cell.
        current_data : bool
            Take files as they are now instead of as they were read.
        allow : bool
            Let the replay write elsewhere, start processes and reach the network.
        timeout : float, optional
            Seconds after which it is stopped; ten times the recorded duration by default, at least two minutes.
        rebuild_env : bool
            Replay in the environment that the run had, built again by uv where it is not there yet.
        progress : callable, optional
            Told the position of each cell that begins.
        told : callable, optional
            Told in words how far the environment is.

        Returns
        -------
        Replay
            Verdict (*identical*, *equivalent*, *diverged*, *not_replayable*), the factors with their evidence, what was
            compared. A replay that is refused something, fails, or takes too long is a verdict, not an error.

        Raises
        ------
        NotFound
            There is no such run.
        """
        from nbmlops.replay.program import Options
        from nbmlops.replay.proving import check_timeout

        options = Options(current_data, allow, check_timeout(timeout), rebuild_env)
        return self.proving.reproduce(run, options, progress, told)

    def reproduce_all(
        self, filter: str = "", *, changed: bool = False, told: Callable[..., None] | None = None, **options: Any
    ) -> Iterator[Replay]:
        """Replay every run of a filter, oldest first; with ``changed`` those that are not proven as things are now.

        Parameters
        ----------
        filter : str
            As in `Runs.list`.
        changed : bool
            Leave out runs with a verdict whose files, modules and cells are what they were.
        told : callable, optional
            Told run, position and number before each.
        **options
            As in `reproduce`.
        """
        from nbmlops.replay.program import Options
        from nbmlops.replay.proving import check_timeout

        check_timeout(options.get("timeout"))
        return self.proving.reproduce_all(filter, Options(**options), changed=changed, told=told)

    def load_data(self, name: str) -> Any:
        """Return the frame of a version of a data set."""
        return self.datasets.load(name)

    def load_model(self, name: str) -> Any:
        """Return a registered model."""
        return self.models.load(name)

    def model_card(
        self, model: str, frame: Any = None, *, called: str = "", target: str | None = None, by: Sequence[str] = ()
    ) -> ModelCard:
        """Collect what is known of a version of a model: its run, data, proof, alerts.

        Parameters
        ----------
        model : str
            ``delay@champion``.
        frame : frame, optional
            Rows with the model's inputs and the truth, on which performance and fairness are measured, and by which of
            its inputs it is told that it looks at them.
        called : str
            What these rows are called on the card.
        target : str, optional
            The column of the truth.
        by : sequence of str
            Columns whose groups are compared.

        Raises
        ------
        NotFound
            There is no such model.
        InvalidInput
            The rows lack a column, or the target is not named.
        """
        from nbmlops.monitoring.cards import model_card

        return model_card(self.models, self.runs, self.monitors, model, frame, called=called, target=target, by=by)

    def why(
        self,
        a: str | None = None,
        b: str | None = None,
        *,
        metric: str | None = None,
        repeats: int = REPEATS,
        allow: bool = False,
        timeout: float | None = None,
        told: Callable[[int, int], None] | None = None,
    ) -> Why:
        """Share the change of a metric between two runs among the factors that differ, by replays of their mixtures.

        The effects are Shapley values: what a factor adds on average over all orders in which the factors may change.

        Parameters
        ----------
        a, b : str, optional
            The runs; without them the best before the last, and the last.
        metric : str, optional
            Which; the first that both runs computed.
        repeats : int
            With how many seeds; the effects are those of the recorded seeds, the intervals come from all.
        allow, timeout
            As in `reproduce`, for each replay.
        told : callable, optional
            Told how many replays have begun, and of how many.

        Raises
        ------
        Conflict
            One of the runs does not replay: then its parts cannot be weighed.
        InvalidInput
            They have no metric in common.
        """
        from nbmlops.replay.program import Options
        from nbmlops.replay.proving import check_timeout

        refs = [ref for ref in (a, b) if ref is not None]
        options = Options(allow=allow, timeout=check_timeout(timeout))
        return self.proving.why(refs, metric=metric, repeats=repeats, options=options, told=told).answer()

    def ci(
        self,
        options: CiOptions | None = None,
        *,
        folder: str | os.PathLike[str] | None = None,
        told: Callable[[StepRun, int, int], object] = lambda *_: None,
        began: Callable[[Graph], object] = lambda _: None,
    ) -> CiReport:
        """Run again what a change touches, compare it with the base branch's lock file, and judge it.

        Parameters
        ----------
        options : CiOptions, optional
            What is asked for: base, gates, parameters.
        folder : path, optional
            A folder of the repository; the working folder by default.
        told, began : callable
            As in `Pipelines.run`.

        Returns
        -------
        CiReport
            *passed*, *failed* (a gate, a test or a check said no) or *error* (a step broke), and all that was found.
            `nbmlops.display.ci_views.write_report` writes it as Markdown and HTML.

        Raises
        ------
        NotFound
            The folder is in no Git repository.
        InvalidInput
            A gate, a setting or the pipeline cannot be read.
        """
        from nbmlops.integration.checking import CiOptions, Integration

        checks = Integration(self.recorder, self.pipelines, self.models, self.datasets, self.proving)
        place = Path(folder).resolve() if folder is not None else Path.cwd()
        return checks.check(place, options or CiOptions(), told=told, began=began)

    def deploy_check(
        self,
        model: str,
        limits: DeployLimits | None = None,
        requirements: str | os.PathLike[str] | None = None,
        *,
        allow_code: bool = False,
    ) -> Deployment:
        """Check whether a registered model can go to where it is asked, in a fresh process.

        Parameters
        ----------
        model : str
            ``delay@champion``.
        limits : DeployLimits, optional
            What is asked of latency, load, memory.
        requirements : path, optional
            The target's ``requirements.txt``; without it this environment is compared with that of the model's run.
        allow_code : bool
            Trust every type that the model's file names.

        Raises
        ------
        NotFound
            No such model.
        """
        from nbmlops.integration.deploying import DeployLimits, check_deployment

        version = self.models.get(model)
        recorded = self.runs.show(version.run).environment if version.run else {}
        file = Path(requirements) if requirements is not None else None
        return check_deployment(version, self.blobs, recorded, limits or DeployLimits(), file, allow_code=allow_code)

    def limit_capture(self, **limits: str) -> Capture:
        """Keep for the whole workspace what may be captured, such as ``data="fingerprint"``; give what holds now."""
        settings = self.recorder.settings
        capture = Capture.parse({**vars(settings.capture), **limits})
        self.recorder.settings = Settings(capture, settings.keep_bytes)
        save_settings(self.path, self.recorder.settings)
        return capture

    def data_version(self) -> int:
        """Return a number that changes with every commit of another process."""
        return self.database.data_version()

    def summary(self) -> dict[str, Any]:
        """Return what the workspace holds, in numbers."""
        [(runs, experiments)] = self.database.rows(
            "SELECT count(*), count(DISTINCT experiment) FROM runs WHERE deleted_at IS NULL"
        )
        models = len(self.models._store.names())  # noqa: SLF001
        datasets = len(self.datasets.list())
        blobs = [size for _, size in self.blobs.digests()]
        return {
            "workspace": str(self.path),
            "runs": runs,
            "experiments": experiments,
            "models": models,
            "datasets": datasets,
            "features": len(self.features.list()),
            "blobs": len(blobs),
            "bytes": sum(blobs) + self.database.path.stat().st_size,
            "capture": vars(self.recorder.settings.capture),
            "notice": self.database.notice,
        }

    def artifact(self, digest: str) -> tuple[Artifact, bytes]:
        """Return a kept file by its digest, with the record that names it.

        Raises
        ------
        NotFound
            No run and no model version refers to the digest.
        """
        rows = self.database.query(
            "SELECT name, digest, bytes, media_type, kind FROM artifacts WHERE digest = ? LIMIT 1", [digest]
        )
        if not rows:
            raise NotFound(
                f"nothing in this workspace has the digest {digest[:20]!r}.",
                "Look at a run's artifacts: nbmlops runs show RUN",
            )
        with self.blobs.open_reader(digest) as reader:
            return Artifact(**rows[0]), reader.read()

    def gc(self, *, dry_run: bool = False, deleted: bool = False) -> dict[str, Any]:
        """Remove what nothing refers to: blobs, rebuilt environments, temporary files of dead writers.

        Parameters
        ----------
        dry_run : bool
            Only count.
        deleted : bool
            Also erase runs and versions of data sets that were deleted, for good.
        """
        cache = self.path / _CACHE
        return collect(
            self.recorder, self.datasets, self.environments, self.blobs, cache, dry_run=dry_run, deleted=deleted
        )

    def verify(self) -> list[str]:
        """Read every blob and the registry once; give what is damaged, in words."""
        return damage_in(self.database, self.blobs)

    def lock(self, file: str | os.PathLike[str] = LOCK) -> list[str]:
        """Pin every alias (model, data, code, metrics) and data set in a text file for Git; give its lines."""
        return write_lock(self.database, Path(file))

    def check_lock(self, file: str | os.PathLike[str] = LOCK) -> tuple[list[str], list[str]]:
        """Compare a lock file with the registry; give the lines that only the file has, and those it lacks.

        Raises
        ------
        NotFound
            There is no such file.
        """
        return check_lock(self.database, Path(file))

    def backup(self, file: str | os.PathLike[str], *, replace: bool = False) -> dict[str, Any]:
        """Write one consistent copy of the workspace, also while others work in it.

        Raises
        ------
        AlreadyExists
            The file is there; ``replace`` allows to write over it.
        """
        target = Path(file)
        check_target(target, replace=replace)
        self.recorder.background.wait()
        facts = {name: value for name, value in self.summary().items() if name != "workspace"}
        pack(target, facts, self.database, self.blobs, self.features.online, self.path / SETTINGS_FILE)
        return {
            "file": str(target),
            "bytes": target.stat().st_size,
            "runs": facts["runs"],
            "models": facts["models"],
            "datasets": facts["datasets"],
        }


def restore(
    file: str | os.PathLike[str], path: str | os.PathLike[str] | None = None, *, replace: bool = False
) -> dict[str, Any]:
    """Read a backup into a workspace; give what it holds.

    Parameters
    ----------
    file : str or path
        What ``backup`` wrote.
    path : str or path, optional
        The workspace to fill; found like any other, made where there is none.
    replace : bool
        Take the place of a workspace that has runs; it is moved aside, not deleted.

    Raises
    ------
    InvalidInput
        The file is no backup.
    AlreadyExists
        The workspace has runs, and ``replace`` is false.
    """
    source = Path(file)
    if not source.is_file():
        raise NotFound(f"there is no file {source}.", "Name a file that nbmlops backup wrote.")
    folder = locate_workspace(path, create=True)
    if (folder / FILE).exists() and not replace and _may_hold_runs(folder):
        raise AlreadyExists(
            f"the workspace {folder} holds runs.", "Restore elsewhere (--workspace FOLDER), or say --force."
        )
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".restore-") as scratch:
        fresh = Path(scratch) / folder.name
        fresh.mkdir()
        unpack(source, fresh)
        with Workspace(fresh) as restored:
            summary = restored.summary()
        (fresh / ".gitignore").write_text("*\n", encoding="utf-8")
        aside = folder.with_name(f"{folder.name}-before-{now()[:19].replace(':', '')}")
        if any(item.name != ".gitignore" for item in folder.iterdir()):
            folder.rename(aside)
            summary["moved_aside"] = str(aside)
        else:
            (folder / ".gitignore").unlink(missing_ok=True)
            folder.rmdir()
        fresh.rename(folder)
    return {**summary, "workspace": str(folder)}


def _may_hold_runs(folder: Path) -> bool:
    """Tell whether a workspace has runs, or cannot be opened for a look."""
    try:
        with Workspace(folder) as there:
            return bool(there.summary()["runs"])
    except WorkspaceUnusable:
        return True
