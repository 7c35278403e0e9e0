"""What is imported when: nothing heavy before it is used, and nothing missing where a screen is missing."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import nbmlops

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = (
    "numpy",
    "pandas",
    "sqlite_utils",
    "IPython",
    "tornado",
    "sklearn",
    "pyarrow",
    "plotly",
    "click",
    "papermill",
    "duckdb",
    "ibis",
)


def run(code: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_import_loads_nothing_heavy(tmp_path: Path) -> None:
    assert run(f"import sys, nbmlops; print([name for name in {HEAVY} if name in sys.modules])", tmp_path) == "[]\n"


def test_every_public_name_is_there_and_documented(tmp_path: Path) -> None:
    assert sorted(nbmlops.__all__) == nbmlops.__all__
    for name in nbmlops.__all__:
        assert getattr(nbmlops, name).__doc__, name
    assert set(nbmlops.__all__) == set(nbmlops._PUBLIC)
    assert callable(nbmlops.workspace)


def test_it_tracks_where_jupyterlab_ipywidgets_and_plotly_are_missing(tmp_path: Path) -> None:
    code = """
import sys
for name in ("jupyterlab", "ipywidgets", "plotly", "jupyter_server", "anywidget"):
    sys.modules[name] = None
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.history_manager.enabled = False
shell.run_line_magic("load_ext", "nbmlops")
shell.run_cell("%%track batch\\nauc = 0.5 * 1")
shell.run_cell("%runs")
shell.run_cell("%%track again\\nauc = 0.6 * 1")
shell.run_cell("%compare batch again")
import nbmlops
print([(run.name, run.metrics) for run in nbmlops.runs().list()])
import os; os._exit(0)
"""
    out = run(code.replace("import os; os._exit(0)", "sys.stdout.flush(); import os; os._exit(0)"), tmp_path)
    assert out.splitlines()[-1] == "[('again', {'auc': 0.6}), ('batch', {'auc': 0.5})]"
