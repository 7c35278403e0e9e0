"""Notebooks with their true slices: told exactly, and enough to give the same values in a fresh process."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import cases_names
import cases_objects
import cases_settings
import pytest
from shells import Shells

from nbmlops.capture.cells import ExecutedCell
from nbmlops.capture.slicing import before, changes
from nbmlops.capture.slicing.data_kinds import look_at_pandas
from nbmlops.capture.slicing.files import FileWatch
from nbmlops.capture.slicing.history import History
from nbmlops.capture.slicing.nodes import Leaf

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CASES = {**cases_names.CASES, **cases_objects.CASES, **cases_settings.CASES}


@pytest.fixture(scope="module")
def shells() -> Iterator[Shells]:
    made = Shells()
    yield made
    made.close()


@pytest.mark.parametrize("name", CASES)
def test_slice_is_exact_and_enough(shells: Shells, name: str) -> None:
    cells, truth = CASES[name]
    session = shells.session(cells)
    assert "error" not in session, session["error"]
    assert not session["problems"]
    assert session["slice"] == truth
    again = shells.replay(cells, truth, session)
    assert "error" not in again, again["error"]
    assert again["values"] == session["values"]


def test_a_file_that_was_written_before_is_not_the_cells_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with (tmp_path / "in.csv").open("w") as file:  # the folder's time is that of the making, the file's is later
        time.sleep(0.05)
        file.write("x")
    watch = FileWatch()
    watch.start()
    (tmp_path / "__pycache__").mkdir()
    assert watch.stop().writes == set()


def test_a_look_into_a_frame_asks_it_for_nothing_that_takes_long(monkeypatch: pytest.MonkeyPatch) -> None:
    import pandas as pd

    def counts_all_texts(self: object) -> int:
        raise AssertionError

    monkeypatch.setattr(pd.DataFrame, "__sizeof__", counts_all_texts)
    names = {"__name__": "__main__", "frame": pd.DataFrame({"text": pd.Series(["a", "b"] * 100_000, dtype=object)})}
    history = History(names)
    cell = ExecutedCell("frame.head()", "frame.head()")
    history.before(cell)
    history.after(cell)
    assert not history.problems
    seen = look_at_pandas(names["frame"], pd.DataFrame)
    assert isinstance(seen, Leaf)
    assert seen.size > 10_000_000  # it is known beforehand that texts take long


def slice_in(codes: list[str]) -> list[int]:
    """Run cells here, and return the slice of the last."""
    names = {"__name__": "__main__"}
    history = History(names)
    for code in codes:
        cell = ExecutedCell(code, code)
        history.before(cell)
        exec(code, names)
        history.after(cell)
    assert not history.problems
    return [codes.index(one.code) for one in history.slice_of(cell)]


def test_what_is_small_is_looked_at_however_busy_the_machine_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(before, "BEFORE_S", -1.0)  # the time is over before the look begins
    monkeypatch.setattr(changes, "AFTER_S", -1.0)
    codes = [
        "import numpy as np\nfrom sklearn.linear_model import LogisticRegression",
        "X = np.random.default_rng(7).normal(size=(2000, 5))",
        "model = LogisticRegression().fit(X, X[:, 0] > 0)",
        "model.densify()",  # no name that says whether it changes the model; here it does not
        "model.intercept_[0] += 1",
        "y = model.predict(X).sum()",
    ]
    assert slice_in(codes) == [0, 1, 2, 4, 5]


def test_a_figure_depends_on_all_that_was_drawn_on_it_and_nothing_else_does() -> None:
    pytest.importorskip("matplotlib").use("agg")
    codes = [
        "from matplotlib import pyplot as plt\nimport pandas as pd",
        "frame = pd.DataFrame({'a': [1, 2, 3]})",
        "fig, axes = plt.subplots(2, 2)",
        "ax = axes[0, 0]",
        "ax.plot([1, 2])",
        "other = plt.figure()",
        "other.suptitle('elsewhere')",
        "frame.plot(ax=axes[1, 1])",
        "frame['a'].sum()",
        "print(ax.get_title(), type(ax))",
        "y = len(fig.axes[3].lines)",
    ]
    assert slice_in(codes) == [0, 1, 2, 3, 4, 7, 10]
    assert slice_in([*codes[:10], "y = frame['a'].sum()"]) == [0, 1, 10]
