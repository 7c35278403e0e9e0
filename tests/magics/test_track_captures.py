"""What a tracked cell records: slice, params, metrics, values, models, data, randomness; and after the fact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import nbmlops
from nbmlops.errors import InvalidInput


def test_the_slice_is_what_the_cell_reaches_by_names(notebook: Any) -> None:
    notebook.run("base = 2")
    notebook.run("unused = 99")
    notebook.run("def double(v):\n    return v * base")
    notebook.run("rows = []")
    notebook.run("rows.append(1)")
    notebook.run("scores = 5  # the tracked cell assigns it before it reads it")
    notebook.run("%%track\nscores = double(3)\ntotal = scores + len(rows)")
    assert [cell.code for cell in notebook.last.slice] == [
        "base = 2",
        "def double(v):\n    return v * base",
        "rows = []",
        "rows.append(1)",
        "%%track\nscores = double(3)\ntotal = scores + len(rows)",
    ]
    assert [cell.execution_count for cell in notebook.last.slice] == [1, 3, 4, 5, 7]
    assert notebook.last.params == {"base": 2}
    assert notebook.last.values["total"] == {"value": 7}


def test_counters_and_clocks_are_no_params_and_no_metrics(notebook: Any) -> None:
    notebook.run(
        "%%track\nimport time, os\ndepth = 3\nname = 'trees'\ni = 0\nfor step in range(3):\n    i += 1\n"
        "started = time.time()\nloss = time.perf_counter() - started\nmean_loss = 0.25 * depth\n"
        "pid = os.getpid()\nrows = 17 * 2"
    )
    run = notebook.last
    assert run.params == {"depth": 3, "name": "trees"}
    assert run.metrics == {"mean_loss": 0.75}
    assert run.values["rows"] == {"value": 34}
    assert all(run.values[name]["volatile"] for name in ("started", "loss", "pid"))


def test_metrics_are_named_by_what_they_are_bound_to(models: Any) -> None:
    models.run(
        "%%track\nmodel = DecisionTreeClassifier(max_depth=1).fit(X, y)\np = model.predict(X)\n"
        "acc = accuracy_score(y, p)\nrounded = round(float(accuracy_score(y, p)), 2)\n"
        "f1_score(y, p, average='macro')\nf1_score(y, p, average='micro')\n"
        "found = {'weighted': f1_score(y, p, average='weighted')}\nmodel.score(X, y)"
    )
    assert list(models.last.metrics) == ["acc", "f1_score", "f1_score_2", "rounded", "score", "weighted"]
    assert models.last.metrics["acc"] == pytest.approx(2 / 3)
    assert models.last.params["model"] == "DecisionTreeClassifier"
    assert models.last.params["max_depth"] == 1


def test_only_the_cells_own_calls_count(models: Any) -> None:
    models.run(
        "%%track\nfrom sklearn.model_selection import GridSearchCV, cross_val_score\n"
        "from sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
        "scaled = StandardScaler().fit_transform(X)\n"
        "search = GridSearchCV(make_pipeline(StandardScaler(), DecisionTreeClassifier(random_state=0)), "
        "{'decisiontreeclassifier__max_depth': [1, 3]}, cv=3, scoring='f1_macro').fit(X, y)\n"
        "cv = cross_val_score(DecisionTreeClassifier(random_state=0), X, y, cv=3, scoring='accuracy')"
    )
    assert models.last.metrics == {}
    assert models.last.params["model"] == "GridSearchCV"
    assert models.last.children == ()


def test_several_fits_are_child_runs(models: Any) -> None:
    models.run(
        "%%track depths\nfitted = {}\nfor depth in (1, 2, 3):\n"
        "    fitted[depth] = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, y)\n"
        "    acc = accuracy_score(y, fitted[depth].predict(X))"
    )
    parent = models.last
    children = [models.runs.get(child) for child in parent.children]
    assert [child.params["max_depth"] for child in children] == [1, 2, 3]
    assert [round(child.metrics["acc"], 3) for child in children] == [0.667, 0.96, 0.973]
    assert all(child.parent == parent.id for child in children)
    assert "3" in models.card


def test_a_later_metric_joins_the_run_that_fitted_the_model(models: Any) -> None:
    models.run("%%track one\none = DecisionTreeClassifier(max_depth=1).fit(X, y)")
    models.run("%%track two\ntwo = DecisionTreeClassifier(max_depth=2).fit(X, y)")
    models.run("acc = accuracy_score(y, one.predict(X))")
    models.run("two.score(X, y)")
    models.run("import pandas as pd\nguess = pd.Series(two.predict(X))")
    models.run("f1 = f1_score(y, guess, average='macro')")
    assert models.runs.get("one").metrics == {"acc": pytest.approx(2 / 3)}
    assert models.runs.get("two").metrics == {"score": 0.96, "f1": pytest.approx(0.96, abs=0.01)}
    assert "two" in models.card
    models.run("both = accuracy_score(one.predict(X), two.predict(X))")
    assert "both" not in {**models.runs.get("one").metrics}


def test_a_metric_imported_before_nbmlops_was_loaded_is_caught(models: Any) -> None:
    models.shell.run_line_magic("unload_ext", "nbmlops")
    models.run("from sklearn.metrics import recall_score\nimport sklearn.metrics as sm\noriginal = recall_score")
    models.shell.run_line_magic("load_ext", "nbmlops")
    models.run("%%track\nr = recall_score(y, y, average='macro')\ns = sm.precision_score(y, y, average='macro')")
    assert models.last.metrics == {"r": 1.0, "s": 1.0}


def test_a_failed_cell_does_not_take_an_older_cells_metric(models: Any) -> None:
    models.run("%%track good\nacc = 0.9 * 1")
    models.run("%%track bad\nraise ValueError\nacc = 0.1 * 1", fails=True)
    assert models.runs.get("bad").metrics == {}


def test_track_that_and_auto(models: Any) -> None:
    models.run("import random; random.seed(3)")
    models.run("drawn = random.random()\nmodel = DecisionTreeClassifier().fit(X, y)\nacc = model.score(X, y)")
    number = models.shell.execution_count - 1
    models.run("%runs")
    models.run("%track that forgotten")
    run = models.runs.show("forgotten")
    assert (run.status, run.metrics["acc"], run.execution_count) == ("finished", 1.0, number)
    assert [cell.code for cell in run.slice][-1].startswith("drawn = ")
    assert any("after it ran" in warning for warning in run.warnings)
    with pytest.raises(InvalidInput, match="is a run already: forgotten"):
        models.shell.run_line_magic("track", "that")
    with pytest.raises(InvalidInput, match=r"no cell \[999\]"):
        models.shell.run_line_magic("track", "that 999")
    models.run("%track auto on")
    models.run("other = DecisionTreeClassifier().fit(X, y)")
    models.run("x = 1")
    models.run("%track auto off")
    models.run("another = DecisionTreeClassifier().fit(X, y)")
    assert [run.name for run in models.runs.list()] == ["run", "forgotten"]


def test_generators_are_noted_before_every_cell_of_the_slice(notebook: Any) -> None:
    import json

    from nbmlops.capture.randomness import restore

    notebook.run("import random\nimport numpy as np\nrng = np.random.default_rng(5)")
    notebook.run("first = rng.random() + np.random.random() + random.random()")
    notebook.run("%%track\nsecond = first + rng.random() + np.random.random() + random.random()")
    run = notebook.last
    database = nbmlops.workspace().database
    namespace: dict[str, Any] = {"rng": np.random.default_rng(0)}
    stored = database.rows("SELECT generator_states FROM slices WHERE run_id = ? ORDER BY position", [run.id])
    assert len(stored) == 3
    values = {}
    for position, (digests,) in enumerate(stored):
        packed = {
            name: bytes(database.rows("SELECT state FROM generator_states WHERE digest = ?", [digest])[0][0])
            for name, digest in json.loads(digests).items()
        }
        restore(packed, namespace)
        if position:
            import random

            values[position] = namespace["rng"].random() + np.random.random() + random.random()
    assert values[1] == notebook.shell.user_ns["first"]
    assert values[1] + values[2] == pytest.approx(notebook.shell.user_ns["second"], abs=1e-15)


def test_an_unseeded_generator_is_warned_of(notebook: Any) -> None:
    notebook.run("import numpy as np\nrng = np.random.default_rng()")
    notebook.run("%%track\nx = rng.random()")
    assert notebook.last.warnings == ("default_rng() without a seed in cell [1]: write default_rng(7)",)
    assert "default_rng(7)" in notebook.card


def test_data_is_fingerprinted_before_the_cell_changes_it_and_once(notebook: Any) -> None:
    notebook.run(
        "import pandas as pd\nframe = pd.DataFrame({'a': range(1000)})\nalias = frame\nother = pd.DataFrame({'b': [1]})"
    )
    notebook.run("%%track one\ntotal = frame.a.sum() + alias.a.sum()\nframe['c'] = 1")
    notebook.run("%%track two\ntotal = frame.a.sum()")
    one, two = notebook.runs.show("one"), notebook.runs.show("two")
    assert [(d.rows, d.columns) for d in one.datasets] == [(1000, 1)]
    assert [(d.rows, d.columns) for d in two.datasets] == [(1000, 2)]
    assert one.datasets[0].fingerprint != two.datasets[0].fingerprint
    notebook.run("%%track three\nloaded = pd.DataFrame({'z': [1, 2]})\nn = len(loaded)")
    assert [d.name for d in notebook.runs.show("three").datasets] == ["loaded"]


def test_what_the_user_limits_is_not_captured(notebook: Any) -> None:
    notebook.run("import pandas as pd, nbmlops\nframe = pd.DataFrame({'a': range(10)})")
    notebook.run("%%track a --capture data=off --capture code=off --capture output=off\nn = len(frame) * 2")
    run = notebook.last
    assert (run.datasets, run.slice, run.code, run.values) == ((), (), "", {})
    notebook.run("nbmlops.limit_capture(data='off')")
    notebook.run("%%track b --capture data=keep\nn = len(frame)")
    assert notebook.last.datasets == ()
    notebook.run("nbmlops.limit_capture(data='keep')")
    nbmlops.workspace().limit_capture(code="off")
    notebook.run("%%track c\nn = len(frame)")
    assert (notebook.last.code, len(notebook.last.datasets)) == ("", 1)
    with pytest.raises(InvalidInput, match="fingerprint"):
        nbmlops.limit_capture(data="sometimes")


def test_secrets_in_code_are_masked(notebook: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "tok-abcdef")
    notebook.run("%%track\nurl = 'postgres://ann:hunter2@db/x'\npassword = 'hunter2'\ngiven = 'tok-abcdef'")
    run = notebook.last
    assert "hunter2" not in str(run)
    assert "tok-abcdef" not in str(run)
    assert run.params == {"url": "postgres://ann:***@db/x", "password": "***", "given": "$SERVICE_TOKEN"}


HOSTILE = """
import socket, threading
import pandas as pd
class Rude:
    def __eq__(self, other): raise RuntimeError("eq")
    def __repr__(self): raise RuntimeError("repr")
    def __getattr__(self, name): raise RuntimeError("getattr " + name)
    def __hash__(self): raise RuntimeError("hash")
    def __bool__(self): raise RuntimeError("bool")
    def __len__(self): raise RuntimeError("len")
rude = Rude()
million = pd.DataFrame({"a": range(1_000_000)})
def numbers():
    yield 1
generator = numbers()
plug = socket.socket()
lock = threading.Lock()
nested = {"rude": rude, "lock": lock}
"""


def test_hostile_and_huge_objects_in_the_namespace_do_no_harm(notebook: Any) -> None:
    notebook.run(HOSTILE)
    notebook.run("%%track hostile\nused = [rude, generator, plug, lock, nested]\nn = len(million) + len(used)")
    run = notebook.last
    assert (run.status, run.values["n"]) == ("finished", {"value": 1_000_005})
    assert [d.name for d in run.datasets] == ["million"]
    assert next(notebook.shell.user_ns["generator"]) == 1
    notebook.run("plug.close()")


def test_an_object_of_10_gigabytes_is_never_copied(notebook: Any) -> None:
    notebook.run(
        "import numpy as np, mmap\nhuge = np.broadcast_to(np.float64(1.5), (1_250_000_000,))\nsize = huge.nbytes"
    )
    assert notebook.shell.user_ns["size"] == 10_000_000_000
    notebook.run("%%track huge --capture data=off\nfirst = float(huge[0])")
    run = notebook.last
    assert run.values["first"] == {"value": 1.5}
    assert run.hardware["peak_memory_bytes"] < 3_000_000_000


def test_a_model_that_cannot_be_kept_is_named_with_the_reason(notebook: Any) -> None:
    notebook.run(
        "from sklearn.base import BaseEstimator, ClassifierMixin\n"
        "class Mine(ClassifierMixin, BaseEstimator):\n"
        "    def fit(self, X, y):\n        self.lock_ = __import__('threading').Lock()\n        return self\n"
        "    def predict(self, X):\n        return [0] * len(X)\n"
        "    def score(self, X, y):\n        return 0.5"
    )
    notebook.run("%%track\nmodel = Mine().fit([[1]], [0])\nscore = model.score([[1]], [0])")
    nbmlops.workspace().recorder.background.wait()
    run = notebook.last
    assert (run.metrics, run.artifacts) == ({"score": 0.5}, ())
    with pytest.raises(nbmlops.NotFound, match=r"kept no model: [\s\S]*Mine"):
        nbmlops.workspace().models.register(run.id, "mine")


def test_git_state_is_noted(notebook: Any, tmp_path: Any) -> None:
    import subprocess

    def git(*words: str) -> None:
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words], cwd=tmp_path, check=True, capture_output=True
        )

    git("init", "-b", "main")
    (tmp_path / "a.py").write_text("x = 1\n")
    git("add", "a.py")
    git("commit", "-m", "first")
    (tmp_path / "a.py").write_text("x = 2\n")
    notebook.run("%%track\nx = 1")
    nbmlops.workspace().recorder.background.wait()
    state = notebook.last.git
    assert (state["branch"], len(state["commit"]), state["dirty"]) == ("main", 40, True)
    assert "-x = 1\n+x = 2" in state["diff"]


def test_nothing_of_the_users_lives_longer_for_our_sake(models: Any) -> None:
    import gc
    import weakref

    models.run("import numpy as np\nbig = np.ones((1000, 4))\nmodel = DecisionTreeClassifier().fit(big, big[:, 0])")
    models.run("%%track kept\nother = DecisionTreeClassifier().fit(big, big[:, 0])\nacc = other.score(big, big[:, 0])")
    nbmlops.workspace().recorder.background.wait()
    namespace = models.shell.user_ns
    alive = [weakref.ref(namespace[name]) for name in ("big", "model", "other")]
    models.run("del big, model, other")
    models.run("x = 1")
    gc.collect()
    assert [reference() for reference in alive] == [None, None, None]


def test_one_object_fitted_twice_is_kept_as_the_last_fit_left_it(models: Any) -> None:
    models.run(
        "%%track grow\nmodel = DecisionTreeClassifier(random_state=0)\nfor depth in (1, 3):\n"
        "    model.set_params(max_depth=depth).fit(X, y)\n    acc = model.score(X, y)"
    )
    nbmlops.workspace().recorder.background.wait()
    first, second = (models.runs.show(child) for child in models.last.children)
    assert (first.params["max_depth"], second.params["max_depth"]) == (1, 3)
    assert [round(run.metrics["acc"], 2) for run in (first, second)] == [0.67, 0.97]
    assert (len(first.artifacts), len(second.artifacts)) == (0, 1)


def test_a_value_of_an_older_cell_is_not_this_cells_metric(notebook: Any) -> None:
    notebook.run("%%track a\nauc = 0.9 * 1")
    notebook.run("%%track b\nif False:\n    auc = 0.95\nfor loss in ():\n    pass")
    assert notebook.last.metrics == {}
    notebook.run("%%timeit -n1 -r1\n#| track timed\nauc = 0.44")
    assert notebook.last.metrics == {}


def test_what_the_estimator_was_made_with_is_the_param(models: Any) -> None:
    models.run("%%track one\nmax_depth = 3  # of a plot\nmodel = DecisionTreeClassifier(max_depth=5).fit(X, y)")
    assert models.last.params["max_depth"] == 5
    models.run("%%track two\nprecision = 2\nacc, took = round(model.score(X, y), precision), __import__('time').time()")
    assert (models.last.params["precision"], list(models.last.metrics)) == (2, ["acc"])


def test_a_metric_in_a_loop_is_one_curve(models: Any) -> None:
    models.run("model = DecisionTreeClassifier(max_depth=1).fit(X, y)")
    models.run("%%track loop\nfor k in range(50):\n    acc = accuracy_score(y[k:], model.predict(X[k:]))")
    run = models.last
    assert run.metrics == {"acc": models.shell.user_ns["acc"]}
    assert len(models.runs.metrics("loop")["acc"]) == 50


def test_a_cell_that_runs_another_one_stays_itself(notebook: Any) -> None:
    notebook.run("%%track outer\nget_ipython().run_cell('inner_x = 1')\nacc = 0.5 * 1")
    assert (notebook.last.name, notebook.last.metrics) == ("outer", {"acc": 0.5})
    assert "acc = 0.5" in notebook.last.code


def test_a_line_that_is_refused_leaves_no_run(notebook: Any) -> None:
    notebook.run(f"%%track bad --tag {'x' * 300}=1\nran = 1")
    assert "not tracked" in notebook.seen.stderr
    assert notebook.shell.user_ns["ran"] == 1
    assert notebook.runs.list() == []


def test_a_pipeline_of_scalers_is_no_model(models: Any) -> None:
    models.run(
        "%%track p\nfrom sklearn.pipeline import make_pipeline\nfrom sklearn.preprocessing import StandardScaler\n"
        "prepared = make_pipeline(StandardScaler()).fit(X)\nmodel = DecisionTreeClassifier(max_depth=2).fit(X, y)"
    )
    assert (models.last.children, models.last.params["max_depth"]) == ((), 2)


def test_a_class_of_the_notebook_travels_to_where_there_is_no_nbmlops(notebook: Any, python: Any) -> None:
    import base64

    notebook.run(
        "import cloudpickle\nfrom sklearn.base import BaseEstimator\nclass Mine(BaseEstimator):\n"
        "    def fit(self, X, y=None):\n        return self\n    def predict(self, X):\n        return [7] * len(X)\n"
        "data = cloudpickle.dumps(Mine().fit([1]))"
    )
    code = (
        "import sys; sys.modules['nbmlops'] = None; import base64, pickle\n"
        "print(pickle.loads(base64.b64decode(sys.argv[1])).predict([1]))"
    )
    assert python(code, base64.b64encode(notebook.shell.user_ns["data"]).decode()).stdout == "[7]\n"


def test_a_restored_workspace_is_loaded_again(notebook: Any, tmp_path: Any) -> None:
    notebook.run("%%track before\nx = 1")
    notebook.run("%nbmlops backup copy.tgz")
    notebook.run("%nbmlops restore copy.tgz --force")
    notebook.run("%%track lost\nx = 2")
    assert "%reload_ext nbmlops" in notebook.seen.stderr
    notebook.run("%reload_ext nbmlops")
    notebook.run("%%track after\nx = 3")
    assert [run.name for run in nbmlops.runs().list()] == ["after", "before"]
