"""All notebooks run in a scratch copy of their folder, in the order that resolves.

The user's folder, registry and cache are not touched: the copy has a workspace of its own, and where the operating
system can, it refuses writes outside of the copy.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.config import FOLDER, HOME_VARIABLE
from nbmlops.pipelines.inferring.captured import CapturedRuns, Lineage, whole_of
from nbmlops.pipelines.inferring.config_files import text_at
from nbmlops.pipelines.inferring.uses import Use
from nbmlops.tracking.recorder import OF_THE_NOTEBOOK, Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from nbmlops.pipelines.inferring.places import Places
    from nbmlops.pipelines.notebooks import NotebookFile

WORKER = "nbmlops.pipelines.inferring.attempt"
_LEFT_OUT = shutil.ignore_patterns(
    FOLDER, ".git", ".venv", "venv", "env", "node_modules", "__pycache__", ".ipynb_checkpoints", ".mypy_cache", ".tox"
)
_TEXTS = (".py", ".yaml", ".yml", ".toml", ".json", ".ini", ".cfg", ".r", ".R", ".sql", ".sh", ".env")
_QUOTED = re.compile(r"""(['"])([^'"\n]+)\1""")
Snapshot = dict[str, tuple[int, int]]


def run_in_scratch(
    notebooks: Sequence[NotebookFile], places: Places, base: Path, timeout: float, told: Callable[[str], None]
) -> tuple[dict[str, Lineage], dict[str, str]]:
    """Run notebooks until each has run once, or none of the rest can.

    A notebook that fails is tried again after others have run, since what it reads may be there by then.

    Parameters
    ----------
    notebooks : sequence of NotebookFile
        In the order that seems right.
    places : Places
        The folders of the project.
    base : Path
        The folder that is copied: that of the pipeline, or one around it.
    timeout : float
        Seconds after which a notebook is stopped.
    told : callable
        Told what is being done.

    Returns
    -------
    lineages, failures : dict, dict
        By the notebook's file: what it used; why it could not be run.
    """
    with tempfile.TemporaryDirectory(prefix="nbmlops-infer-", ignore_cleanup_errors=True) as made:
        scratch = _Scratch(Path(made).resolve(), places, base, timeout)
        told("copying the folder")
        scratch.fill()
        waiting, place = list(notebooks), {one.path: at for at, one in enumerate(notebooks, 1)}
        failures: dict[str, str] = {}
        has_moved = True
        while waiting and has_moved:
            has_moved = False
            for one in list(waiting):
                told(
                    f"running {one.path.name} again, since others have run"
                    if str(one.path) in failures
                    else f"running {one.path.name}, {place[one.path]} of {len(notebooks)}"
                )
                error = scratch.attempt(one)
                if error is None:
                    waiting.remove(one)
                    failures.pop(str(one.path), None)
                    has_moved = True
                else:
                    failures[str(one.path)] = error
                    if one in scratch.too_long:
                        waiting.remove(one)
        return scratch.lineages(notebooks), failures


class _Scratch:
    """A copy of a project's folder, with a workspace of its own beside it."""

    def __init__(self, path: Path, places: Places, base: Path, timeout: float) -> None:
        self.path = path
        self.timeout = timeout
        self.places = places
        self.base = base
        self.copy = path / "copy" / (self.base.name or "project")
        self.folder = self.copy / os.path.relpath(places.folder, self.base)
        self.registry = path / "registry"
        self.too_long: list[NotebookFile] = []
        self._written: dict[str, set[str]] = {}
        for name in ("tmp", "ipython", "cache", "executed", "registry"):
            (path / name).mkdir()

    def fill(self) -> None:
        """Copy the project; its own place, where a file names it, is that of the copy."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with contextlib.suppress(shutil.Error):  # sockets, pipes, what may not be read: the rest has been copied
                shutil.copytree(self.base, self.copy, ignore=_left_out, ignore_dangling_symlinks=True)
        for file in self.copy.rglob("*"):
            if file.suffix in (*_TEXTS, ".ipynb"):
                self._put_place(file)

    def _put_place(self, file: Path) -> None:
        text = text_at(file)
        if text is None:
            return
        changed = re.sub(rf"{re.escape(str(self.base))}(?![\w.-])", lambda _: str(self.copy), text)
        if changed != text:
            file.write_text(changed, encoding="utf-8")

    def place(self, notebook: NotebookFile) -> Path:
        """Return where a notebook stands in the copy."""
        return self.copy / os.path.relpath(notebook.path, self.base)

    def attempt(self, notebook: NotebookFile) -> str | None:
        """Run a notebook once; give its error, None where there is none."""
        if not notebook.path.is_relative_to(self.base):
            return f"it does not lie in {self.base}"
        request = self.path / f"{len(list(self.path.glob('*.json')))}.json"
        kernel, language = _kernel(notebook)
        asked = {
            "scratch": str(self.path),
            "notebook": str(self.place(notebook)),
            "executed": str(self.path / "executed" / notebook.path.name),
            "folder": str(self.folder),
            "kernel": kernel,
            "language": language,
            "timeout": self.timeout,
        }
        request.write_text(json.dumps(asked), encoding="utf-8")
        before = self._snapshot()
        done = subprocess.run(
            [sys.executable, "-m", WORKER, str(request)],
            cwd=self.folder,
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        answer = request.with_suffix(".answer")
        if not answer.exists():
            return (done.stderr.strip().splitlines() or ["its process died"])[-1]
        said = json.loads(answer.read_text(encoding="utf-8"))
        error: str | None = said["error"]
        if said["is_too_long"]:
            self.too_long.append(notebook)
        if error is None:
            after = self._snapshot()
            self._written[str(notebook.path)] = {path for path, stamp in after.items() if before.get(path) != stamp}
            return None
        return error.replace(str(self.copy), str(self.base)) + self._outside(error)

    def _outside(self, error: str) -> str:
        """Say so where an error names a file that is there, but not in the copy."""
        for _, path in _QUOTED.findall(error):
            place = Path(os.path.normpath(self.folder / path))
            original = Path(os.path.normpath(self.places.folder / path))
            if not place.is_relative_to(self.copy) and not place.exists() and original.exists():
                return f": it lies outside of {self.base}, and the scratch copy holds this folder alone"
        return ""

    def lineages(self, notebooks: Sequence[NotebookFile]) -> dict[str, Lineage]:
        """Return what the notebooks used that could be run."""
        recorder = Recorder.at(self.registry / FOLDER)
        try:
            runs = CapturedRuns(recorder, self._original, (self.folder,))
            found = {}
            for one in notebooks:
                if str(one.path) not in self._written:
                    continue
                lineage = runs.of(_in_copy(one, self.place(one)))
                lineage.runs += 1
                known = {use.path for use in lineage.uses if use.how != "read"}
                read = {use.path for use in lineage.uses if use.how == "read"}
                for path in sorted(self._written[str(one.path)]):
                    named = whole_of(self._original(path))
                    # native writers and other languages are only told by what has changed
                    if named not in known:
                        lineage.uses.append(Use("update" if named in read else "write", named))
                found[str(one.path)] = lineage
            return found
        finally:
            recorder.close()

    def _original(self, path: str) -> str:
        real = os.path.realpath(path)
        if Path(real).is_relative_to(self.copy):
            real = str(self.base / os.path.relpath(real, self.copy))
        return self.places.written(real)

    def _snapshot(self) -> Snapshot:
        found = {}
        for folder, _, names in os.walk(self.copy):
            for name in names:
                path = os.path.join(folder, name)  # noqa: PTH118 - many files
                try:
                    status = os.stat(path)  # noqa: PTH116
                except OSError:
                    continue
                found[path] = (status.st_mtime_ns, status.st_size)
        return found

    def _environment(self) -> dict[str, str]:
        environment = {
            **os.environ,
            HOME_VARIABLE: str(self.registry),
            "TMPDIR": str(self.path / "tmp"),
            "IPYTHONDIR": str(self.path / "ipython"),
            "MPLCONFIGDIR": str(self.path / "cache"),
            "XDG_CACHE_HOME": str(self.path / "cache"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        for name in OF_THE_NOTEBOOK:
            environment.pop(name, None)
        return environment


def _left_out(folder: str, names: list[str]) -> set[str]:
    """Return what is not copied of a folder; a link to a folder around it would be followed for ever."""
    here = Path(folder).resolve()
    loops = {
        name for name in names if (link := Path(folder, name)).is_symlink() and here.is_relative_to(link.resolve())
    }
    return _LEFT_OUT(folder, names) | loops


def _kernel(notebook: NotebookFile) -> tuple[str | None, str | None]:
    """Return kernel and language for a notebook that does not say its own."""
    metadata = json.loads(notebook.path.read_text(encoding="utf-8")).get("metadata", {})
    has_kernel = bool(metadata.get("kernelspec", {}).get("name"))
    has_language = bool(metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language"))
    return None if has_kernel else "python3", None if has_language else notebook.language


def _in_copy(notebook: NotebookFile, place: Path) -> NotebookFile:
    from nbmlops.pipelines.notebooks import read_notebook

    return read_notebook(place) if place.exists() else notebook
