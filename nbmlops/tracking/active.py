"""The handle of an open run, and which run is open here."""

from __future__ import annotations

import io
import mimetypes
import os
from contextvars import ContextVar
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.records import Artifact
from nbmlops.tracking.checks import check_metric, check_name, check_params, check_step, check_tags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.store.runs import Closing
    from nbmlops.tracking.recorder import Recorder

open_run: ContextVar[ActiveRun | None] = ContextVar("nbmlops_run", default=None)
"""The run that `nbmlops.log` writes to. A thread does not see it: hand it the run, and call ``run.log``."""


def current_run() -> ActiveRun:
    """Return the run that is open here.

    Raises
    ------
    InvalidInput
        No run is open.
    """
    run = open_run.get()
    if run is None:
        raise InvalidInput(
            "no run is open here.",
            "Begin the cell with %%track NAME, or write: with nbmlops.track('name') as run: …\n"
            "  In a thread, log through the run itself: run.log(…)",
        )
    return run


class ActiveRun:
    """A run that can be written to; made by ``%%track``, `nbmlops.track` and the papermill engine.

    Values are durable when a method returns. After the run has closed they are still taken and join it.
    """

    def __init__(self, recorder: Recorder, run: str, name: str, experiment: str, *, attached: bool = False) -> None:
        self.id = run
        self.name = name
        self.experiment = experiment
        self.closed = False
        self._recorder = recorder
        self._attached = attached
        self._writer = recorder.writer
        self._steps: dict[str, int] = {}
        self._pid = os.getpid()

    def __repr__(self) -> str:
        return f"<run {self.name} {self.id[-8:]} {'closed' if self.closed else 'open'}>"

    def log(self, metrics: dict[str, Any] | None = None, /, *, step: int | None = None, **named: Any) -> None:
        """Log one or more metrics; see `nbmlops.log`."""
        values = {**metrics, **named} if metrics else named
        if len(values) == 1 and not self.closed and not self._attached:
            [(name, value)] = values.items()
            number = value if type(value) is float else check_metric(name, value)
            place = self._next_step(name, step)
            self._writer.log_metric(self.id, name, number, place)
            return
        points = [(name, check_metric(name, value), self._next_step(name, step)) for name, value in values.items()]
        self._writer.log_metrics(self.id, points, settle=self.closed or self._attached)

    def log_series(self, name: str, values: Iterable[Any], steps: Iterable[int] | None = None) -> None:
        """Log a whole curve of one metric in one transaction; see `nbmlops.log_series`."""
        name = check_name(name, "metric")
        numbers = values.tolist() if hasattr(values, "tolist") and hasattr(values, "dtype") else list(values)
        clean = [value if type(value) is float else check_metric(name, value) for value in numbers]
        if steps is None:
            first = self._steps.get(name, 0)
            places: Iterable[int] = range(first, first + len(clean))
        else:
            places = [check_step(step) for step in steps]
            if len(places) != len(clean):
                raise InvalidInput(
                    f"{len(clean)} values of {name!r} have {len(places)} steps.", "Give each value one step."
                )
        points = [(name, value, step) for value, step in zip(clean, places, strict=True)]
        if points:
            self._steps[name] = max(step for _, _, step in points) + 1
            self._writer.log_metrics(self.id, points, settle=self.closed or self._attached)

    def log_params(self, params: dict[str, Any] | None = None, /, **named: Any) -> None:
        """Log params; see `nbmlops.log_params`."""
        self._writer.log_params(self.id, check_params({**(params or {}), **named}))

    def tag(self, tags: dict[str, Any] | None = None, /, **named: Any) -> None:
        """Set tags; None takes one away."""
        self._writer.set_tags([self.id], check_tags({**(tags or {}), **named}))

    def note(self, text: str) -> None:
        """Write the run's note, in the user's words."""
        self._writer.update([self.id], note=str(text))

    def log_artifact(self, source: str | os.PathLike[str] | bytes, name: str | None = None) -> Artifact:
        """Keep a file, or bytes under a name, with the run."""
        if isinstance(source, bytes):
            if name is None:
                raise InvalidInput("bytes need a name to be kept under.", "log_artifact(data, 'report.html')")
            return self.keep(io.BytesIO(source), name)
        path = Path(source)
        if path.is_dir():
            raise InvalidInput(f"{path} is a folder; files are kept one by one.", "Pack it: shutil.make_archive(…)")
        try:
            with path.open("rb") as file:
                return self.keep(file, name or path.name)
        except FileNotFoundError:
            raise NotFound(
                f"there is no file {path}.", "Check the path; it is relative to the working folder."
            ) from None

    def log_figure(self, figure: Any, name: str = "figure") -> Artifact:
        """Keep a matplotlib figure as PNG, or a Plotly figure as JSON that reopens as it was."""
        if hasattr(figure, "savefig"):
            buffer = io.BytesIO()
            figure.savefig(buffer, format="png", bbox_inches="tight")
            buffer.seek(0)
            return self.keep(buffer, name if name.endswith(".png") else f"{name}.png")
        if hasattr(figure, "to_json") and hasattr(figure, "to_plotly_json"):
            data = figure.to_json().encode("utf-8")
            return self.keep(io.BytesIO(data), name if name.endswith(".json") else f"{name}.plotly.json")
        raise InvalidInput(
            f"a {type(figure).__name__} is not a figure that can be kept.",
            "matplotlib and Plotly figures can; else log_artifact",
        )

    def log_model(self, model: Any, name: str = "model", *, features: Any = None) -> Artifact:
        """Keep a fitted model with the run, so that it can be registered from any door."""
        from nbmlops.flavors.keeping import describe_features
        from nbmlops.tracking.kept_models import keep_model

        return keep_model(self._recorder, self.id, model, name, describe_features(features, None, model))

    def keep(self, source: IO[bytes], name: str, kind: str = "file") -> Artifact:
        """Keep what an open file holds under a name."""
        clean = check_name(name, "file")
        digest, size = self._recorder.blobs.write(source)
        media = mimetypes.guess_type(clean)[0] or "application/octet-stream"
        artifact = Artifact(clean, digest, size, media, kind)
        self._writer.add_artifact(self.id, artifact)
        return artifact

    def close(self, closing: Closing) -> None:
        """End the run. A forked child never closes its parent's."""
        if self.closed or self._pid != os.getpid():
            return
        self._writer.close(self.id, closing)
        self.closed = True

    def beat(self) -> None:
        """Say that the run still lives."""
        self._writer.beat(self.id)

    def _next_step(self, name: str, step: int | None) -> int:
        if step is None:
            place = self._steps.get(name)
            if place is None:
                check_name(name, "metric")
                place = 0
        else:
            place = step if type(step) is int else check_step(step)
            if name not in self._steps:
                check_name(name, "metric")
        self._steps[name] = place + 1
        return place
