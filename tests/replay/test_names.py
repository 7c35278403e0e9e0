"""A name of the workspace (a data set, an alias) stands for what it stood for when the run was made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

import nbmlops
from nbmlops.records import Factor

if TYPE_CHECKING:
    from conftest import Notebook


def _save(*values: int) -> None:
    nbmlops.workspace(create=True).datasets.save(pd.DataFrame({"a": values}), "flights")


def test_an_unpinned_data_set_is_replayed_as_it_was(notebook: Notebook) -> None:
    _save(1, 2, 3)
    notebook.run("import nbmlops\ndf = nbmlops.dataset('flights')")
    notebook.run("%%track total\nm = float(df.a.sum())")
    [used] = nbmlops.runs().show("total").datasets
    assert used.source == "flights@1"
    assert nbmlops.reproduce("total").factors == ()
    _save(1, 2, 4)
    replay = nbmlops.reproduce("total")
    assert replay.verdict == "identical"
    assert replay.factors == (Factor("data", "data set flights is flights@2 now; replayed with flights@1"),)
    now = nbmlops.workspace().reproduce("total", current_data=True)
    assert (now.verdict, [factor.factor for factor in now.factors]) == ("diverged", ["data"])


def test_an_alias_that_moved_is_replayed_as_it_was(models: Notebook) -> None:
    models.run("%%track small\nsmall = DecisionTreeClassifier(max_depth=1).fit(X, y)")
    models.run("%%track deep\ndeep = DecisionTreeClassifier().fit(X, y)")
    models.run("%register small as tree@champion")
    models.run("%register deep as tree")
    models.run("%%track use\nimport nbmlops\nchampion = nbmlops.load('tree@champion')\nacc = champion.score(X, y)")
    assert nbmlops.reproduce("use").verdict == "identical"
    models.run("%nbmlops models promote tree@2 champion")
    replay = nbmlops.reproduce("use")
    assert replay.verdict == "identical"
    assert replay.factors == (Factor("data", "model tree@champion is tree@2 now; replayed with tree@1"),)


def test_why_takes_the_versions_that_names_stood_for_as_data(notebook: Notebook) -> None:
    _save(1, 2, 3)
    cell = "%%track total\nimport nbmlops\nauc = float(nbmlops.dataset('flights').a.mean()) / 10"
    notebook.run(cell)
    _save(1, 2, 6)
    notebook.run(cell)
    answer = nbmlops.workspace().why("total.1", "total", repeats=1)
    assert {effect.factor: round(effect.effect, 9) for effect in answer.factors if effect.effect} == {"data": 0.1}
    assert answer.differs["data"] == ["flights@1 → flights@2"]


def test_a_training_set_is_replayed_with_the_views_frames_and_pushes_of_the_run(notebook: Notebook) -> None:
    notebook.run(
        "import nbmlops, pandas as pd\nfeatures = nbmlops.workspace().features\nday = pd.Timestamp('2013-01-01')\n"
        "readings = pd.DataFrame({'origin': ['EWR'], 't': [day], 'temp': [1.0]})\n"
        "labels = pd.DataFrame({'origin': ['EWR', 'EWR'], 't': [day, day + pd.Timedelta('3h')]})"
    )
    define = "%%feature weather --entity origin --timestamp t\nSELECT origin, t, temp FROM readings"
    push = "features.push('weather', {'origin': 'EWR', 't': day + pd.Timedelta('%dh'), 'temp': %d})"
    notebook.run(define)
    notebook.run(push % (1, 5))
    notebook.run("%%track joined\ntable = nbmlops.training_set(labels, ['weather:temp'])\nm = float(table.temp.sum())")
    run = nbmlops.runs().show("joined")
    assert run.values["m"]["value"] == 6.0
    assert nbmlops.reproduce("joined").factors == ()
    # later: a push, another frame under the name, another definition
    notebook.run(push % (2, 50))
    notebook.run("readings = readings.assign(temp=100.0)")
    notebook.run(define)
    replay = nbmlops.reproduce("joined")
    assert (replay.verdict, replay.factors) == ("identical", ()), replay
    notebook.run(define.replace("temp FROM", "2 * temp AS temp FROM"))
    replay = nbmlops.reproduce("joined")
    assert replay.verdict == "identical", replay
    assert replay.factors == (Factor("data", "feature view weather is weather@2 now; replayed with weather@1"),)
