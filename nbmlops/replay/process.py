"""The process of a replay: started, listened to, stopped when its time is over."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.threads import PATIENT_THREADS, THREAD_VARIABLES
from nbmlops.config import HOME_VARIABLE
from nbmlops.tracking.recorder import OF_THE_NOTEBOOK

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbmlops.replay.scratch import Scratch

WORKER = "nbmlops.magics.replayed"
"""The module that the process runs, by name: it stands with the screens, since it runs IPython."""
_LOOK_SECONDS = 0.2
_ELSEWHERE: dict[str, str | None] = {"VIRTUAL_ENV": None, "PYTHONPATH": None, "PYTHONHOME": None}
"""What would lead another interpreter back to the packages of this one."""


class Stopped(Exception):
    """The process ended without an answer; the message says why, ``cell`` how far it came.

    ``by_user`` when somebody interrupted it: then nothing is known of the run that was not known before.
    """

    def __init__(self, why: str, cell: int | None, *, by_user: bool = False) -> None:
        super().__init__(why)
        self.cell = cell
        self.by_user = by_user


def run_slice(
    request: dict[str, Any],
    scratch: Scratch,
    environment: dict[str, str | None],
    timeout: float,
    progress: Callable[[int], None] | None = None,
    python: str = "",
    stop: threading.Event | None = None,
) -> dict[str, Any]:
    """Run a slice in a process of its own; give what it reports.

    Parameters
    ----------
    request : dict
        What `nbmlops.magics.replayed` reads.
    scratch : Scratch
        The folder that it may write.
    environment : dict
        Variables that differ from this process's; None takes one away.
    timeout : float
        Seconds after which it is stopped.
    progress : callable, optional
        Told the position of each cell that begins.
    python : str
        The interpreter of another environment; that of this process by default.
    stop : threading.Event, optional
        Set by another thread when the user has interrupted it.

    Raises
    ------
    Stopped
        The time was over, the process died, or the user interrupted it; nothing of it remains.
    """
    _lend_fonts(scratch.path / "cache")
    file = scratch.path / "request.json"
    file.write_text(json.dumps(request), encoding="utf-8")
    errors = scratch.path / "errors.log"
    with errors.open("wb") as log:
        process = subprocess.Popen(
            [python or sys.executable, "-m", WORKER, str(file)],
            cwd=scratch.folder,
            env=_environment(scratch, {**environment, **(_ELSEWHERE if python else {})}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
    cell: int | None = None
    try:
        lines = _lines(process)
        end = time.monotonic() + timeout
        while True:
            try:
                line = _next_line(lines, end, stop)
            except queue.Empty:
                raise Stopped(f"its time of {timeout:.0f} s was over", cell) from None
            if line is None:
                break
            report = json.loads(line)
            if "cell" in report:
                cell = report["cell"]
                if progress is not None:
                    progress(report["cell"])
            if report.get("done"):
                break
    except KeyboardInterrupt:
        raise Stopped("it was interrupted", cell, by_user=True) from None
    finally:
        _stop(process)
    answer = file.with_name("result.json")
    if not answer.exists():
        raise Stopped(_death(process.returncode, errors), cell)
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


def _next_line(lines: queue.Queue[str | None], end: float, stop: threading.Event | None) -> str | None:
    """Return what the process reports next; `queue.Empty` when its time is over."""
    while True:
        left = max(0.0, end - time.monotonic())
        try:
            return lines.get(timeout=left if stop is None else min(left, _LOOK_SECONDS))
        except queue.Empty:
            if stop is not None and stop.is_set():
                raise KeyboardInterrupt from None
            if time.monotonic() >= end:
                raise


def _lend_fonts(cache: Path) -> None:
    """Copy what matplotlib knows of the fonts, and the user's own style: to look for all fonts again takes seconds."""
    own = os.environ.get("MPLCONFIGDIR")
    home = Path.home()
    places = [Path(own)] if own else [home / ".matplotlib"]
    for variable, name in (("XDG_CACHE_HOME", ".cache"), ("XDG_CONFIG_HOME", ".config")):
        places.append(Path(os.environ.get(variable) or home / name) / "matplotlib")
    for file in (
        file for place in reversed(places) for file in (*place.glob("fontlist-*.json"), place / "matplotlibrc")
    ):
        with contextlib.suppress(OSError):
            shutil.copyfile(file, cache / file.name)


def _lines(process: subprocess.Popen[str]) -> queue.Queue[str | None]:
    """Return what the process reports as it comes, then None."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                lines.put(line)
        lines.put(None)

    threading.Thread(target=read, name="nbmlops-replay", daemon=True).start()
    return lines


def _stop(process: subprocess.Popen[str]) -> None:
    """End the process with all that it started."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(0.5 if process.poll() is None else 0)
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _death(code: int, errors: Path) -> str:
    text = errors.read_text(encoding="utf-8", errors="replace").strip()
    last = text.splitlines()[-1][:300] if text else ""
    if code < 0:
        with contextlib.suppress(ValueError):
            return f"its process was killed ({signal.Signals(-code).name}){': ' + last if last else ''}"
    return f"its process ended with code {code}{': ' + last if last else ''}"


def _environment(scratch: Scratch, changes: dict[str, str | None]) -> dict[str, str]:
    variables = {name: value for name, value in os.environ.items() if name not in (*OF_THE_NOTEBOOK, *THREAD_VARIABLES)}
    variables |= {
        HOME_VARIABLE: str(scratch.registry),
        "TMPDIR": str(scratch.path / "tmp"),
        "JOBLIB_TEMP_FOLDER": str(scratch.path / "tmp"),
        "MPLCONFIGDIR": str(scratch.path / "cache"),
        "NUMBA_CACHE_DIR": str(scratch.path / "cache"),
        "IPYTHONDIR": str(scratch.path / "ipython"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **PATIENT_THREADS,
        "MPLBACKEND": "agg",
        "TQDM_DISABLE": "1",
    }
    for name, value in changes.items():
        if value is None:
            variables.pop(name, None)
        else:
            variables[name] = value
    return variables
