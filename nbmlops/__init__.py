"""nbmlops: the life cycle of machine learning, in the notebook. What a cell did can be proven again.

In a notebook: ``%load_ext nbmlops``, then ``%%track name`` over a cell. In a script:

>>> import nbmlops, tempfile
>>> workspace = nbmlops.workspace(tempfile.mkdtemp(), create=True)
>>> with workspace.track("rf", params={"max_depth": 6}) as run:
...     run.log(auc=0.84)
>>> workspace.runs.show("rf").metrics
{'auc': 0.84}
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# name -> module; loaded when it is asked for, so that ``import nbmlops`` costs nothing
_PUBLIC = {
    "InvalidInput": "errors",
    "NbmlopsError": "errors",
    "NotFound": "errors",
    "Untrusted": "errors",
    "Workspace": "workspaces",
    "challenge": "judged",
    "check_data": "judged",
    "limit_capture": "api",
    "current_run": "tracking.active",
    "dataset": "stored",
    "changes": "measured",
    "drift": "measured",
    "drift_rows": "measured",
    "explain": "measured",
    "fairness": "measured",
    "feature": "stored",
    "load": "stored",
    "log": "api",
    "log_artifact": "api",
    "log_figure": "api",
    "log_model": "api",
    "log_params": "api",
    "log_series": "api",
    "note": "api",
    "performance": "measured",
    "register": "stored",
    "reproduce": "api",
    "runs": "api",
    "seed": "api",
    "tag": "api",
    "threats": "measured",
    "track": "api",
    "training_set": "stored",
    "why": "api",
    "workspace": "api",
}

__all__ = [
    "InvalidInput",
    "NbmlopsError",
    "NotFound",
    "Untrusted",
    "Workspace",
    "challenge",
    "changes",
    "check_data",
    "current_run",
    "dataset",
    "drift",
    "drift_rows",
    "explain",
    "fairness",
    "feature",
    "limit_capture",
    "load",
    "log",
    "log_artifact",
    "log_figure",
    "log_model",
    "log_params",
    "log_series",
    "note",
    "performance",
    "register",
    "reproduce",
    "runs",
    "seed",
    "tag",
    "threats",
    "track",
    "training_set",
    "why",
    "workspace",
]

if TYPE_CHECKING:
    from nbmlops.api import (
        limit_capture,
        log,
        log_artifact,
        log_figure,
        log_model,
        log_params,
        log_series,
        note,
        reproduce,
        runs,
        seed,
        tag,
        track,
        why,
        workspace,
    )
    from nbmlops.errors import InvalidInput, NbmlopsError, NotFound, Untrusted
    from nbmlops.judged import challenge, check_data
    from nbmlops.measured import changes, drift, drift_rows, explain, fairness, performance, threats
    from nbmlops.stored import dataset, feature, load, register, training_set
    from nbmlops.tracking.active import current_run
    from nbmlops.workspaces import Workspace


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'nbmlops' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"nbmlops.{_PUBLIC[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*globals(), *_PUBLIC]


def load_ipython_extension(shell: Any) -> None:
    """Load the magics: ``%load_ext nbmlops``."""
    from nbmlops.magics.session import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """Take the magics and all patches back: ``%unload_ext nbmlops``."""
    from nbmlops.magics.session import unload

    unload(shell)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from nbmlops.server import jupyter_server_extension_points

    return jupyter_server_extension_points()


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    from nbmlops.server import labextension_paths

    return labextension_paths()
