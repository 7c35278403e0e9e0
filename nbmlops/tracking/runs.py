"""The runs of a workspace: list, look at, compare, mark, put away. Every door calls these methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from nbmlops.errors import InvalidInput
from nbmlops.store.ids import now
from nbmlops.store.run_names import resolve_deleted, resolve_run
from nbmlops.tracking.checks import check_name, check_tags
from nbmlops.tracking.comparison import compare_runs
from nbmlops.tracking.parcels import export_run, import_run

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from nbmlops.records import Comparison, Metric, Run, RunDetail
    from nbmlops.tracking.recorder import Recorder


# inside of the class, ``list`` is its method
Curves: TypeAlias = "dict[str, list[Metric]]"
RunList: TypeAlias = "list[Run]"
NameList: TypeAlias = "list[str]"


class Runs:
    """The runs of a workspace, as ``workspace.runs``.

    A run is meant by its name (``rf`` is the newest of that name, ``rf·2`` one of them), a unique part of its id, or
    ``@last``, ``@last-2``, ``@best:auc``.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._reader = recorder.reader
        self._writer = recorder.writer

    def list(
        self,
        filter: str = "",
        sort: str | None = None,
        limit: int | None = None,
        offset: int = 0,
        *,
        archived: bool = False,
    ) -> RunList:
        """Return runs, newest first.

        Parameters
        ----------
        filter : str
            For example ``auc > 0.8 and model = rf and tag.stage = x and status = finished``.
        sort : str, optional
            A metric (best first), a param, a tag or a field of the run; ``-`` before it turns the order round.
        limit : int, optional
            How many at most.
        offset : int
            How many to leave out at the beginning.
        archived : bool
            List what was put away instead.

        Raises
        ------
        InvalidInput
            The filter cannot be read, or names what no run has.

        Examples
        --------
        >>> import tempfile, nbmlops
        >>> workspace = nbmlops.workspace(tempfile.mkdtemp(), create=True)
        >>> with workspace.track("rf") as run:
        ...     run.log(auc=0.84)
        >>> [found.name for found in workspace.runs.list("auc > 0.8", sort="auc")]
        ['rf']
        """
        if limit is not None and limit < 0:
            raise InvalidInput(f"limit cannot be {limit}.", "Give a number from 0 on, or leave it out for all.")
        if offset < 0:
            raise InvalidInput(f"offset cannot be {offset}.", "Give a number from 0 on.")
        self._writer.settle_open()
        return self._reader.list_runs(filter, sort, limit, offset, archived=archived)

    def count(self, filter: str = "", *, archived: bool = False) -> int:
        """Return how many runs a filter keeps."""
        return self._reader.count(filter, archived=archived)

    def frame(self, filter: str = "", sort: str | None = None, limit: int | None = None) -> pd.DataFrame:
        """Return runs as a frame: one row a run, with columns such as ``metrics.auc`` and ``params.depth``."""
        import pandas as pd

        rows = []
        for run in self.list(filter, sort, limit):
            row: dict[str, Any] = {
                "id": run.id,
                "name": run.name,
                "experiment": run.experiment,
                "status": run.status,
                "started_at": run.started_at,
                "duration_s": run.duration_s,
            }
            for group in ("metrics", "params", "tags"):
                row.update({f"{group}.{name}": value for name, value in getattr(run, group).items()})
            rows.append(row)
        frame = pd.DataFrame(rows)
        if "started_at" in frame:
            frame["started_at"] = pd.to_datetime(frame["started_at"], format="ISO8601")
        return frame

    def get(self, ref: str) -> Run:
        """Return the record of one run."""
        return self._reader.by_ids([self._resolve(ref)])[0]

    def show(self, ref: str) -> RunDetail:
        """Return everything that is known of one run."""
        return self._reader.detail(self._resolve(ref))

    def export(self, ref: str, file: str | os.PathLike[str], *, replace: bool = False) -> dict[str, Any]:
        """Write a run to one file: its cells, what it read, its models. Where it is imported, it replays.

        Raises
        ------
        AlreadyExists
            The file is there, and ``replace`` is false.
        """
        return export_run(self._recorder, self._resolve(ref), Path(file), replace=replace)

    def import_(self, file: str | os.PathLike[str]) -> RunList:
        """Read a run that `export` wrote, with its children; nothing of it is executed.

        Raises
        ------
        AlreadyExists
            The run is here already.
        InvalidInput
            The file is no exported run.
        """
        return [self.get(name) for name in import_run(self._recorder, Path(file))]

    def metrics(self, ref: str) -> Curves:
        """Return the curves of one run: every logged value by metric."""
        return self._reader.curves(self._resolve(ref))

    def compare(self, refs: Sequence[str] = ()) -> Comparison:
        """Put runs side by side, oldest first; without names the best and the last.

        Raises
        ------
        InvalidInput
            Fewer than two different runs.
        """
        self._writer.settle_open()
        ids = [resolve_run(self._reader, ref) for ref in refs] if refs else self._best_and_last()
        ids = sorted(dict.fromkeys(ids))
        if len(ids) < 2:
            raise InvalidInput(
                "a comparison needs two different runs.",
                "Name them: %compare a b   or   nbmlops runs compare a b",
            )
        return compare_runs(self._reader, ids)

    def star(self, refs: str | Iterable[str], starred: bool = True) -> RunList:
        """Star runs, or take the star away."""
        return self._update(refs, starred=int(starred))

    def archive(self, refs: str | Iterable[str]) -> RunList:
        """Put runs away: they are kept and not listed."""
        return self._update(refs, archived_at=now())

    def unarchive(self, refs: str | Iterable[str]) -> RunList:
        """Take runs out of the archive."""
        return self._update(refs, archived_at=None)

    def note(self, ref: str, text: str) -> Run:
        """Write a run's note."""
        return self._update(ref, note=str(text))[0]

    def rename(self, ref: str, name: str) -> Run:
        """Give a run another name."""
        run = self._resolve(ref)
        self._writer.rename(run, check_name(name, "run"))
        return self._reader.by_ids([run])[0]

    def tag(self, refs: str | Iterable[str], tags: dict[str, Any]) -> RunList:
        """Set tags on runs; a tag of None is taken away."""
        ids = self._all(refs)
        self._writer.set_tags(ids, check_tags(tags))
        return self._reader.by_ids(ids)

    def delete(self, refs: str | Iterable[str]) -> RunList:
        """Delete runs and their children; `undelete` takes that back until ``gc`` erases them."""
        ids = self._all(refs)
        ids += [child for run in ids for child in self._reader.child_ids(run) if child not in ids]
        gone = self._reader.by_ids(ids)
        running = [run.name for run in gone if run.status == "running"]
        if running:
            raise InvalidInput(
                f"{', '.join(running)} is still running.",
                "Stop it first, or archive it: nbmlops runs archive",
            )
        self._writer.update(ids, deleted_at=now())
        return gone

    def undelete(self, refs: str | Iterable[str]) -> RunList:
        """Bring deleted runs back."""
        names = [refs] if isinstance(refs, str) else list(refs)
        ids = [resolve_deleted(self._reader, name) for name in names]
        ids += [child for run in ids for child in self._reader.child_ids(run) if child not in ids]
        self._writer.update(ids, deleted_at=None)
        return self._reader.by_ids(ids)

    def filter_words(self) -> NameList:
        """Return the names a filter may use here, for completion."""
        return self._reader.known().all()

    def names(self, limit: int = 200) -> NameList:
        """Return the newest run names and the words that stand for runs, for completion."""
        rows = self._reader.database.rows(
            "SELECT name FROM runs WHERE deleted_at IS NULL ORDER BY id DESC LIMIT ?", [limit]
        )
        metrics = sorted(self._reader.known().metric)
        return [*(name for (name,) in rows), "@last", *(f"@best:{metric}" for metric in metrics)]

    def set_direction(self, metric: str, lower: bool) -> None:
        """Keep which way a metric is better."""
        self._writer.set_direction(check_name(metric, "metric"), "lower" if lower else "higher")

    def direction(self, metric: str) -> str:
        """Return ``higher`` or ``lower``: which way a metric is better."""
        return self._reader.direction(metric)

    def first_metric(self, experiment: str) -> str | None:
        """Return the metric that the runs of an experiment are sorted by where nothing else is asked for."""
        return self._reader.first_metric(experiment)

    def _best_and_last(self) -> NameList:
        last = resolve_run(self._reader, "@last")
        metric = self._reader.first_metric(self._reader.by_ids([last])[0].experiment)
        best = self._reader.best(metric) if metric else None
        second = best[0] if best and best[0] != last else resolve_run(self._reader, "@last-1")
        return [second, last]

    def _update(self, refs: str | Iterable[str], **columns: Any) -> RunList:
        ids = self._all(refs)
        self._writer.update(ids, **columns)
        return self._reader.by_ids(ids)

    def _all(self, refs: str | Iterable[str]) -> NameList:
        names = [refs] if isinstance(refs, str) else list(refs)
        if not names:
            raise InvalidInput("no run was named.", "List them: nbmlops runs list")
        return list(dict.fromkeys(resolve_run(self._reader, name) for name in names))

    def _resolve(self, ref: str) -> str:
        self._writer.settle_open()
        return resolve_run(self._reader, ref)
