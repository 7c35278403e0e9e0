"""The threads that a run took are those of its libraries, whatever the variables said afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import nbmlops

if TYPE_CHECKING:
    from conftest import Notebook

IMPORTS = """
import os
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
_ = HistGradientBoostingClassifier(max_iter=1).fit(X, y)
"""
FIT = "%%track fit\nm = HistGradientBoostingClassifier(max_iter=3).fit(X, y)"


@pytest.fixture
def one_thread_afterwards(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> Notebook:
    """Return a notebook in which something set a variable when the libraries had read it already."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    notebook.run(IMPORTS)
    monkeypatch.setenv("OMP_NUM_THREADS", "many")
    return notebook


def test_a_variable_that_came_too_late_is_not_what_a_replay_starts_with(one_thread_afterwards: Notebook) -> None:
    # the fitted estimator remembers how many threads it found
    one_thread_afterwards.run(FIT)
    threads = one_thread_afterwards.runs.show("fit").randomness["threads"]
    in_force = one_thread_afterwards.shell.user_ns["m"]._bin_mapper.n_threads
    assert threads == {"OMP_NUM_THREADS": str(in_force)}
    assert nbmlops.workspace().reproduce("fit").verdict == "identical"


def test_a_limit_set_in_the_process_is_kept(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    notebook.run(IMPORTS)
    notebook.run("from threadpoolctl import threadpool_limits\nlimits = threadpool_limits(1, user_api='openmp')")
    try:
        notebook.run(FIT)
    finally:
        notebook.run("limits.restore_original_limits()")
    assert nbmlops.workspace().reproduce("fit").verdict == "identical"
