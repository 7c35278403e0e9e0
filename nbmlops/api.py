"""The Python API: what stands behind ``nbmlops.log``, ``nbmlops.track`` and their neighbours.

The functions find the run that is open where they are called (in a tracked cell, or inside of ``with nbmlops.track()``)
and the workspace that is meant (`Workspace.open`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.capture.randomness import seed_everything
from nbmlops.config import Capture, find_workspace
from nbmlops.errors import InvalidInput
from nbmlops.tracking.active import current_run, open_run
from nbmlops.tracking.limits import notebook_limits
from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable
    from pathlib import Path

    from nbmlops.records import Artifact, Replay, Why
    from nbmlops.tracking.runs import Runs
    from nbmlops.tracking.scope import TrackedBlock


class _Opened:
    """The workspaces that this process has open, and the one that its notebook was loaded in."""

    def __init__(self) -> None:
        self.by_path: dict[Path, Workspace] = {}
        self.pinned: Workspace | None = None


_opened = _Opened()


def workspace(path: str | os.PathLike[str] | None = None, *, create: bool = False) -> Workspace:
    """Return the workspace: the argument, ``NBMLOPS_HOME``, or the nearest ``.nbmlops/`` upward.

    Parameters
    ----------
    path : str or path, optional
        The workspace folder, or the folder that holds it.
    create : bool
        Make one where there is none.

    Raises
    ------
    NotFound
        There is none.

    Examples
    --------
    >>> import tempfile
    >>> workspace(tempfile.mkdtemp(), create=True).runs.list()
    []
    """
    if path is None and _opened.pinned is not None and _opened.pinned.is_current():
        return _opened.pinned  # a notebook stays with its workspace, also after os.chdir
    found = find_workspace(path)
    if found is not None and found in _opened.by_path and _opened.by_path[found].is_current():
        return _opened.by_path[found]
    opened = Workspace.open(path, create=create)
    _opened.by_path[opened.path] = opened
    return opened


def pin(workspace: Workspace | None) -> None:
    """Make a workspace the one that is meant where none is named; None gives the search back."""
    _opened.pinned = workspace


def runs() -> Runs:
    """Return the runs of the workspace: ``nbmlops.runs().list("auc > 0.8")``."""
    return workspace().runs


def reproduce(
    run: str = "@last", *, current_data: bool = False, allow: bool = False, timeout: float | None = None
) -> Replay:
    """Prove a run: replay it in a fresh process and compare; see `Workspace.reproduce`.

    Raises
    ------
    NotFound
        There is no such run.
    """
    return workspace().reproduce(run, current_data=current_data, allow=allow, timeout=timeout)


def why(
    a: str | None = None, b: str | None = None, *, metric: str | None = None, repeats: int = 3, allow: bool = False
) -> Why:
    """Share the change of a metric between two runs among the factors that differ; see `Workspace.why`.

    Raises
    ------
    Conflict
        One of the runs does not replay.
    """
    return workspace().why(a, b, metric=metric, repeats=repeats, allow=allow)


def track(
    name: str | None = None,
    *,
    experiment: str | None = None,
    tags: dict[str, str] | None = None,
    note: str = "",
    seed: int | None = None,
    params: dict[str, Any] | None = None,
) -> TrackedBlock:
    """Record a run while a ``with`` block lasts.

    Fits and metrics of the block's own code are captured as in a tracked cell. Inside of another run it becomes its
    child.

    Parameters
    ----------
    name : str, optional
        A name used again gives ``rf·2``; ``rf`` then means the newest.
    experiment : str, optional
        The group of the run; the script's name by default.
    tags : dict, optional
        Words to find the run by.
    note : str
        A sentence about it.
    seed : int, optional
        Seeds ``random``, numpy and torch first.
    params : dict, optional
        Logged at once.

    Examples
    --------
    >>> import os, tempfile
    >>> os.environ["NBMLOPS_HOME"] = tempfile.mkdtemp()
    >>> with track("rf", params={"max_depth": 6}) as run:
    ...     log(auc=0.84)
    >>> workspace().runs.get("rf").params
    {'max_depth': 6}
    >>> del os.environ["NBMLOPS_HOME"]
    """
    return workspace(create=True).track(
        name, experiment=experiment, tags=tags, note=note, seed=seed, params=params, depth=1
    )


def log(metrics: dict[str, Any] | None = None, /, *, step: int | None = None, **named: Any) -> None:
    """Log one or more metrics of the open run; they are durable when this returns.

    Parameters
    ----------
    metrics : dict, optional
        Metrics whose names are no Python names.
    step : int, optional
        Where on the curve; the next one of each metric by default.
    **named : number
        Python and numpy numbers, 0-d arrays and tensors; NaN and infinities are kept as they are.

    Raises
    ------
    InvalidInput
        A value is not one number, or no run is open.
    """
    current_run().log(metrics, step=step, **named)


def log_series(name: str, values: Iterable[Any], steps: Iterable[int] | None = None) -> None:
    """Log a whole curve of one metric at once, some ten times faster than value by value.

    Parameters
    ----------
    name : str
        The metric.
    values : iterable of number
        In order.
    steps : iterable of int, optional
        As many as values; counted on from the last one by default.
    """
    current_run().log_series(name, values, steps)


def log_params(params: dict[str, Any] | None = None, /, **named: Any) -> None:
    """Log params of the open run; one of the same name is replaced. Secrets are masked."""
    current_run().log_params(params, **named)


def log_artifact(source: str | os.PathLike[str] | bytes, name: str | None = None) -> Artifact:
    """Keep a file, or bytes under a name, with the open run."""
    return current_run().log_artifact(source, name)


def log_figure(figure: Any, name: str = "figure") -> Artifact:
    """Keep a matplotlib or Plotly figure with the open run."""
    return current_run().log_figure(figure, name)


def log_model(model: Any, name: str = "model", *, features: Any = None) -> Artifact:
    """Keep a fitted model with the open run; ``features`` (a frame or array) gives it a signature."""
    return current_run().log_model(model, name, features=features)


def tag(tags: dict[str, Any] | None = None, /, **named: Any) -> None:
    """Set tags of the open run; None takes one away."""
    current_run().tag(tags, **named)


def note(text: str) -> None:
    """Write the note of the open run."""
    current_run().note(text)


def seed(value: int) -> int:
    """Seed ``random``, numpy's global generator and torch (where imported), and note it with the open run.

    Parameters
    ----------
    value : int
        From 0 to 2**32 - 1.

    Returns
    -------
    int
        The value, so that it can be handed on: ``rng = default_rng(nbmlops.seed(7))``.

    Examples
    --------
    >>> seed(7)
    7
    """
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32:
        raise InvalidInput(f"a seed is a whole number from 0 to {2**32 - 1}, not {value!r}.", "nbmlops.seed(7)")
    seed_everything(value)
    run = open_run.get()
    if run is not None:
        run.log_params({"seed": value})
    return value


def limit_capture(*, code: str | None = None, data: str | None = None, output: str | None = None) -> Capture:
    """Limit what is captured from now on in this notebook or process; an *off* wins over everything.

    Parameters
    ----------
    code : {"on", "off"}, optional
        The text of cells.
    data : {"keep", "fingerprint", "off"}, optional
        Fingerprints of frames and arrays, and the bytes of models and inputs.
    output : {"on", "off"}, optional
        Values that cells bind, and what they show.

    Examples
    --------
    >>> limit_capture(data="fingerprint").data
    'fingerprint'
    >>> limit_capture(data="keep").data
    'keep'
    """
    given = {name: word for name, word in (("code", code), ("data", data), ("output", output)) if word is not None}
    return notebook_limits.change(given)
