"""Records of the Python API as a cell's last line: their views where nbmlops is loaded, one short line elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from conftest import Notebook

CELLS = {
    "nbmlops.drift(may, june)": ("<drift: 1 of 5 columns drifted", "distributions"),
    "nbmlops.drift_rows(may, june, 'delay')": ("<rows behind delay: ", "delay above"),
    "nbmlops.changes(both, 'delay')": ("<changes of delay: 1 in 1,600 rows>", "831"),
    "nbmlops.threats(may, june)": ("<threats: ", "far out"),
    "nbmlops.fairness(june, truth='late', prediction='said', by='sex')": ("<fairness of 800 rows by sex: ", "by group"),
    "nbmlops.performance(june, truth='late', prediction='said')": (
        "<performance: all (800 rows): accuracy ",
        "accurac",
    ),
    "nbmlops.explain(model, june[['delay', 'hour', 'late']], target='late')": ("<explanation: ", "importance"),
    "monitors.create('may', name='delay', replaces=True)": ("<monitor delay of may; no look yet>", "no look yet"),
    "monitors.run('delay', june)": ("<look 1 of delay: severe: 1 of 5 columns drifted>", "distributions"),
    "monitors.check(1)": ("<look 1 of delay: severe: 1 of 5 columns drifted>", "distributions"),
    "monitors.checks('delay')[0]": ("<look 1 of delay: severe: 1 of 5 columns drifted>", "outcome"),
    "monitors.alerts()[0]": ("<alert 1 of delay: severe, open: delay: median ", "what happened"),
    "monitors.test('delay', times=2, rows=100)": ("SelfTest(", "false alarm"),
}


@pytest.fixture
def cells(notebook: Notebook) -> Notebook:
    random = np.random.default_rng(0)
    may = pd.DataFrame({"delay": random.normal(size=800), "hour": random.integers(0, 24, 800), "sex": ["f", "m"] * 400})
    may = may.assign(late=random.random(800) < 0.5, said=random.random(800) < 0.5)
    june = may.sample(frac=1, random_state=0, ignore_index=True).assign(delay=random.normal(2, 1, 800))
    notebook.shell.user_ns.update(may=may, june=june, both=pd.concat([may, june], ignore_index=True))
    notebook.run(
        "import nbmlops\nfrom sklearn.tree import DecisionTreeClassifier\nmonitors = nbmlops.workspace().monitors\n"
        "saved = nbmlops.workspace().datasets.save(may, 'may')\n"
        "model = DecisionTreeClassifier(max_depth=3).fit(june[['delay', 'hour']], june['late'])"
    )
    return notebook


def test_a_record_is_its_view_where_nbmlops_is_loaded_and_a_line_elsewhere(cells: Notebook) -> None:
    for cell, (line, words) in CELLS.items():
        record = cells.run(cell).result
        shown = as_a_kernel_shows(cells, record)
        assert words in shown["text/html"], cell
        assert shown["text/html"].startswith("<div"), cell
        assert len(shown["text/plain"]) < 3000, cell
        assert shown["text/plain"] != repr(record), cell
        assert repr(record).startswith(line), cell
        assert len(repr(record)) < 250, cell
        assert "\n" not in repr(record), cell
    assert repr(nbmlops_of(cells).drift("may@1", "may@1")) == "<drift: nothing has drifted: 800 rows against 800>"
    cells.shell.run_line_magic("unload_ext", "nbmlops")
    assert list(as_a_kernel_shows(cells, record)) == ["text/plain"]
    cells.shell.run_line_magic("load_ext", "nbmlops")


def as_a_kernel_shows(cells: Notebook, record: object) -> dict[str, str]:
    """Return what a kernel sends of a cell's last line."""
    data, _ = cells.shell.display_formatter.format(record)
    return data


def nbmlops_of(cells: Notebook):
    return cells.shell.user_ns["nbmlops"]
