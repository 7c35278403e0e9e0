"""Runs of every kind replay: after the fact, failed, with children, with assumptions, whole notebooks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import nbformat

import nbmlops

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest
    from conftest import Notebook


def test_track_that_replays_also_three_cells_later(notebook: Notebook) -> None:
    notebook.run(
        "import numpy as np\nfrom sklearn.linear_model import Ridge\nX = np.random.rand(50, 3)\ny = X[:, 0] * 2"
    )
    cell = notebook.run(
        "from sklearn.model_selection import train_test_split\na, b, c, d = train_test_split(X, y)\n"
        "r2 = Ridge().fit(a, c).score(b, d)"
    )
    for code in ("first = 1", "r2 = 'something else'", "c = None"):
        notebook.run(code)
    notebook.run(f"%track that {cell.execution_count}")
    run = nbmlops.runs().show("@last")
    assert run.metrics["r2"] < 1.001
    replay = nbmlops.reproduce()
    assert (replay.verdict, replay.metrics["r2"]["recorded"]) == ("identical", run.metrics["r2"]), replay


def test_track_that_says_when_an_input_was_changed_in_place_since(notebook: Notebook) -> None:
    notebook.run("import numpy as np\nX = np.arange(6.0)")
    cell = notebook.run("total = float(X.sum())")
    notebook.run("X[0] = 99")
    notebook.run(f"%track that {cell.execution_count}")
    assert any("X was changed in place since" in words for words in nbmlops.runs().show("@last").warnings)
    replay = nbmlops.reproduce()
    assert (replay.verdict, nbmlops.runs().show("@last").values["total"]["value"]) == ("identical", 15.0)


def test_a_failed_run_is_identical_when_it_fails_alike(notebook: Notebook) -> None:
    notebook.run("%%track bad\nx = 3\n1 / 0", fails=True)
    assert nbmlops.reproduce("bad").verdict == "identical"
    notebook.run("%%track worse\nimport nbmlops\nassert nbmlops.workspace().path.parent.name == 'registry'", fails=True)
    replay = nbmlops.reproduce("worse")
    assert (replay.verdict, replay.differs) == ("diverged", ("its error",))


def test_several_fits_are_proven_by_their_cell(models: Notebook) -> None:
    models.run(
        "%%track both\na = DecisionTreeClassifier(max_depth=2).fit(X, y)\nb = DecisionTreeClassifier().fit(X, y)\n"
        "scores = [a.score(X, y), b.score(X, y)]"
    )
    children = nbmlops.runs().show("both").children
    assert len(children) == 2
    replay = nbmlops.reproduce(children[0])
    assert (replay.name, replay.verdict) == ("both", "identical")
    assert nbmlops.runs().show("both").verdict == "identical"


def test_assumptions_are_recorded_and_said_again(notebook: Notebook, tmp_path: Path) -> None:
    (tmp_path / "ages.csv").write_text("age\n30\n")
    notebook.run("import pandas as pd\nages = pd.read_csv('ages.csv')")
    notebook.run("%%track checked\nassert ages['age'].max() < 120, 'ages are years'\nn = len(ages)")
    assert nbmlops.runs().show("checked").assumptions == (
        {"text": "ages['age'].max() < 120", "message": "ages are years", "cell": 2, "ok": True},
    )
    assert all(one["ok"] for one in nbmlops.reproduce("checked").assumptions)
    (tmp_path / "ages.csv").write_text("age\n300\n")
    replay = nbmlops.workspace().reproduce("checked", current_data=True)
    assert (replay.verdict, replay.reason) == ("diverged", "an assumption does not hold in cell [2]: ages are years")
    assert [one["ok"] for one in replay.assumptions] == [False]


def test_secrets_are_asked_for_not_kept(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2hunter2")
    notebook.run("import os\nlength = len(os.environ['DB_PASSWORD'])")
    notebook.run("%%track secret\nn = length + 1")
    assert nbmlops.reproduce("secret").verdict == "identical"
    registry = (nbmlops.workspace().path / "registry.db").read_bytes()
    assert b"hunter2" not in registry
    monkeypatch.delenv("DB_PASSWORD")
    replay = nbmlops.reproduce("secret")
    assert (replay.verdict, replay.reason) == ("not_replayable", "needs $DB_PASSWORD")
    notebook.run("%%track typed\npassword = 'hunter2'\nn = len(password)")
    assert "a secret was masked" in nbmlops.reproduce("typed").reason


def test_a_secret_that_was_typed_is_taken_from_the_environment(
    notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2hunter2")
    notebook.run("%%track typed\naddress = 'db:hunter2hunter2'\nn = len(address)")
    assert "$DB_PASSWORD" in nbmlops.runs().show("typed").code
    assert nbmlops.reproduce("typed").verdict == "identical"
    monkeypatch.delenv("DB_PASSWORD")
    assert nbmlops.reproduce("typed").reason == "needs $DB_PASSWORD"


def test_a_path_that_begins_with_the_working_folder_is_no_secret(
    notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PWD", str(tmp_path))
    (tmp_path / "june.csv").write_text("a\n1\n2\n")
    notebook.run(f"%%track read\nimport pandas as pd\nn = int(pd.read_csv({str(tmp_path / 'june.csv')!r}).a.sum())")
    assert nbmlops.reproduce("read").verdict == "identical"


def test_runs_without_a_slice_say_why_not(workspace: nbmlops.Workspace) -> None:
    with workspace.track("script") as run:
        run.log(auc=0.5)
    replay = workspace.reproduce("script")
    assert (replay.verdict, "no cell was captured" in replay.reason) == ("not_replayable", True)


def test_native_readers_are_known(notebook: Notebook, tmp_path: Path) -> None:
    notebook.run("import pandas as pd, numpy as np, os\nimport pyarrow.parquet as pq")
    notebook.run("pd.DataFrame({'x': [1, 2]}).to_parquet('a.parquet')\nname = 'a' + '.parquet'")
    (tmp_path / "a.parquet").rename(tmp_path / "b.parquet")
    notebook.run(
        "name = 'b.' + 'parquet'\nframe = pd.read_parquet(name)\ntable = pq.read_table(os.path.join('.', name))"
    )
    notebook.run("%%track read\nn = len(frame) + len(table)")
    nbmlops.workspace().recorder.background.wait()
    assert [(one.named, one.kept) for one in nbmlops.runs().show("read").inputs] == [("b.parquet", "kept")]
    (tmp_path / "b.parquet").unlink()
    replay = nbmlops.reproduce("read")
    assert (replay.verdict, [one.factor for one in replay.factors]) == ("identical", ["data"]), replay


def test_a_whole_batch_replays(tmp_path: Path, python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n2\n")
    notebook = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell("import pandas as pd\nframe = pd.read_csv('a.csv')"),
            nbformat.v4.new_code_cell("import numpy as np\nauc = float(frame['x'].mean()) / 3 + np.random.rand()"),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
    )
    nbformat.write(notebook, tmp_path / "in.ipynb")
    python(
        "import papermill\n"
        "papermill.execute_notebook('in.ipynb', 'out.ipynb', engine_name='nbmlops', progress_bar=False, cwd='.')"
    )
    done = subprocess.run(
        [sys.executable, "-m", "nbmlops", "reproduce", "--all", "--json"],
        cwd=tmp_path,
        env={**os.environ, "NBMLOPS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    [replay] = json.loads(done.stdout)
    assert (done.returncode, replay["verdict"], list(replay["metrics"])) == (0, "identical", ["auc"]), replay


def test_only_what_changed_is_replayed_and_the_exit_code_tells(notebook: Notebook, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    notebook.run("text = open_ = __import__('pathlib').Path('a.csv').read_text()")
    notebook.run("%%track one\nn = len(text)")
    notebook.run("%%track two\nm = 2")
    workspace = nbmlops.workspace()
    assert [replay.name for replay in workspace.reproduce_all(changed=True)] == ["one", "two"]
    assert list(workspace.reproduce_all(changed=True)) == []
    (tmp_path / "a.csv").write_text("x\n1\n2\n")
    assert [replay.name for replay in workspace.reproduce_all(changed=True)] == ["one"]
    done = subprocess.run(
        [sys.executable, "-m", "nbmlops", "reproduce", "one", "--current-data", "--json"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (3, "diverged")


CONTRACT = {"run", "verdict", "factors", "metrics", "reason", "duration_s"}


def test_the_record_has_the_promised_fields(notebook: Notebook) -> None:
    notebook.run("%%track one\nauc = 0.5")
    record = nbmlops.reproduce("one").to_json()
    assert record.keys() >= CONTRACT
    assert record["metrics"] == {"auc": {"recorded": 0.5, "replayed": 0.5}}
    view = notebook.run("%reproduce one").result
    assert view.text().startswith("✓ one  identical")
    assert "identical" in view.html()
    assert "identical" in notebook.run("%runs").result.text()


def test_a_model_that_holds_a_temporary_path_is_the_same(notebook: Notebook) -> None:
    notebook.run("import tempfile\nfrom joblib import Memory\nfolder = tempfile.mkdtemp()")
    notebook.run("memory = Memory(folder, verbose=0)")
    notebook.run("from sklearn.cluster import FeatureAgglomeration\nfrom sklearn.datasets import load_iris")
    notebook.run("%%track ward\nward = FeatureAgglomeration(memory=memory).fit(load_iris().data)")
    assert nbmlops.reproduce("ward").verdict == "identical"


def test_a_temporary_path_and_times_of_a_learning_curve_are_not_judged(notebook: Notebook) -> None:
    notebook.run(
        "import tempfile\nfrom pathlib import Path\nfrom sklearn.datasets import load_iris\n"
        "from sklearn.model_selection import learning_curve\nfrom sklearn.tree import DecisionTreeClassifier"
    )
    notebook.run(
        "%%track curve\nfolder = tempfile.TemporaryDirectory()\nname = folder.name\npath = Path(name) / 'x'\n"
        "X, y = load_iris(return_X_y=True)\n"
        "sizes, train, test, fit_times, score_times = learning_curve(\n"
        "    DecisionTreeClassifier(random_state=0), X, y, shuffle=True, random_state=0, return_times=True\n"
        ")\nlongest = fit_times.max()"
    )
    replay = nbmlops.reproduce("curve")
    assert (replay.verdict, replay.compared) == ("identical", 7), replay  # folder, path, X, y, sizes, train, test


def test_how_long_a_cross_validation_took_is_not_judged(notebook: Notebook) -> None:
    notebook.run(
        "import pandas as pd\nfrom sklearn.datasets import load_iris\n"
        "from sklearn.model_selection import GridSearchCV, cross_validate\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "X, y = load_iris(return_X_y=True)\ntree = DecisionTreeClassifier(random_state=0)"
    )
    notebook.run(
        "%%track folds\nfolds = cross_validate(tree, X, y)\ntable = pd.DataFrame(folds)\n"
        "results = pd.DataFrame(GridSearchCV(tree, {'max_depth': [1, 2]}).fit(X, y).cv_results_)\nboth = [folds, table]"
    )
    replay = nbmlops.reproduce("folds")
    assert (replay.verdict, replay.compared) == ("identical", 4 + 1), replay


def _late(tmp_path: Path, *codes: str) -> str:
    """Run cells in a process of its own, in a shell that nobody watches from the beginning; give what was warned of."""
    program = (
        "import sys, warnings\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\n"
        "for code in sys.argv[1:]:\n"
        "    shell.run_cell(code, store_history=True).raise_error()\n"
        "import nbmlops\nnbmlops.workspace().recorder.background.wait()\n"
    )
    environment = {**os.environ, "NBMLOPS_HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path / "ipython")}
    subprocess.run(
        [sys.executable, "-c", program, *codes], cwd=tmp_path, env=environment, check=True, timeout=120, text=True
    )
    return "\n".join(nbmlops.runs().show("late").warnings)


def test_a_cell_that_loads_nbmlops_and_does_more_is_followed(workspace: nbmlops.Workspace, tmp_path: Path) -> None:
    track = "%%track late\nm = float(np.random.rand(3).sum()) + start + float(math.pi)"
    said = _late(
        tmp_path, "import math\n%load_ext nbmlops\nimport numpy as np\nstart = np.random.rand()", "x = 1", track
    )
    assert [cell.execution_count for cell in nbmlops.runs().show("late").slice] == [1, 3]
    assert "before nbmlops" not in said
    assert nbmlops.reproduce("late").verdict == "identical"


def test_a_cell_that_imports_numpy_and_draws_at_once_is_followed(workspace: nbmlops.Workspace, tmp_path: Path) -> None:
    # numpy seeds its generator from the system when it is imported: nobody could have noted it before the cell
    _late(
        tmp_path, "%load_ext nbmlops", "x = 1", "%%track late\nimport numpy as np\nm = float(np.random.rand(3).sum())"
    )
    assert nbmlops.reproduce("late").verdict == "identical"


def test_cells_that_ran_before_nbmlops_was_loaded_are_taken_by_their_text(
    workspace: nbmlops.Workspace, tmp_path: Path
) -> None:
    (tmp_path / "more.csv").write_text("a\n3\n")
    read = "import pandas as pd\nbase.append(int(pd.read_csv('more.csv').a.sum()))"
    cells = ["import math\nbase = [1]", "other = 2", read, "%load_ext nbmlops"]
    said = _late(tmp_path, *cells, "%%track late\nm = math.pi * sum(base)")
    assert [(one.named, one.kept) for one in nbmlops.runs().show("late").inputs] == [("more.csv", "kept")]
    (tmp_path / "more.csv").write_text("a\n4\n")
    assert [cell.execution_count for cell in nbmlops.runs().show("late").slice] == [1, 3, 5]
    assert "cell [1] ran before nbmlops was loaded: its text was taken, not what it did" in said
    assert nbmlops.reproduce("late").verdict == "identical"
