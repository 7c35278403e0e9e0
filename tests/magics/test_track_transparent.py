"""``%%track`` changes nothing of what a cell does: values, output, ``await``, line numbers, exceptions."""

from __future__ import annotations

import traceback
from typing import Any

import pytest

import nbmlops


@pytest.mark.parametrize("head", ["%%track one", "#| track one", "#|track one", "\n\n%%track one", "%%track one  "])
def test_both_forms_record_a_run_and_keep_the_last_value(notebook: Any, head: str) -> None:
    result = notebook.run(f"{head}\nx = 20\nx + 1")
    assert result.result == 21
    assert (notebook.last.name, notebook.last.status, notebook.last.params) == ("one", "finished", {"x": 20})
    assert notebook.last.code == f"{head}\nx = 20\nx + 1"


def test_a_bare_line_tracks_under_a_name_of_its_own(notebook: Any) -> None:
    notebook.run("%%track\nx = 1")
    notebook.run("#| track\nx = 1")
    assert [run.name for run in notebook.runs.list()] == ["run·2", "run"]


@pytest.mark.parametrize("head", ["%%track boom", "#| track boom"])
def test_an_exception_passes_through_untouched(notebook: Any, head: str) -> None:
    result = notebook.run(f"{head}\nx = 1\n1 / 0", fails=True)
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    frames = traceback.extract_tb(result.error_in_exec.__traceback__)
    assert frames[-1].lineno == 3
    assert not any("nbmlops" in frame.filename for frame in frames)
    shown = notebook.seen.stdout + notebook.seen.stderr
    assert shown.count("ZeroDivisionError: division by zero") == 1
    assert "nbmlops/" not in shown
    assert (notebook.last.status, notebook.last.error) == ("failed", "ZeroDivisionError: division by zero")


def test_an_exception_in_a_fit_shows_no_frame_of_ours(models: Any) -> None:
    result = models.run("%%track\nDecisionTreeClassifier().fit(X, None)", fails=True)
    files = [frame.filename for frame in traceback.extract_tb(result.error_in_exec.__traceback__)]
    assert any("sklearn" in file for file in files)
    assert not any("nbmlops" in file for file in files)
    result = models.run("%%track\naccuracy_score(y, y, y, y, y)", fails=True)
    files = [frame.filename for frame in traceback.extract_tb(result.error_in_exec.__traceback__)]
    assert not any("nbmlops" in file for file in files)


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ("raise KeyboardInterrupt", "interrupted", "KeyboardInterrupt"),
        ("import asyncio; raise asyncio.CancelledError", "interrupted", "CancelledError"),
        ("import sys; sys.exit()", "finished", None),
        ("import sys; sys.exit(0)", "finished", None),
        ("import sys; sys.exit(3)", "failed", "SystemExit: 3"),
        ("this is no python", "failed", "SyntaxError: invalid syntax"),
        (
            "class E(Exception):\n  def __str__(self): raise ValueError\nraise E",
            "failed",
            "ValueError",
        ),  # as IPython reports it
    ],
)
@pytest.mark.filterwarnings("ignore:To exit")
def test_how_a_cell_ends_is_its_status(notebook: Any, body: str, status: str, error: str | None) -> None:
    notebook.shell.run_cell(f"%%track end\n{body}", store_history=True)
    assert notebook.last.status == status
    assert (notebook.last.error or "").split(" (")[0] == (error or "")


def test_await_works_and_sees_the_run(notebook: Any) -> None:
    result = notebook.run(
        "%%track waits\nimport asyncio, nbmlops\nawait asyncio.sleep(0)\n"
        "nbmlops.log(a=1)\nawait asyncio.sleep(0)\n'last'"
    )
    assert result.result == "last"
    assert (notebook.last.status, notebook.last.metrics) == ("finished", {"a": 1.0})


@pytest.mark.parametrize(
    "cell",
    [
        "%%time\n%%track timed\nx = 5",
        "%%track timed\n%%time\nx = 5",
        "%%capture out\n%%track timed\nprint('hidden')\nx = 5",
        "%%track timed\n%%capture out\nprint('hidden')\nx = 5",
        "%%time\n#| track timed\nx = 5",
    ],
)
def test_it_stands_under_and_over_other_magics(notebook: Any, cell: str) -> None:
    notebook.run(cell)
    assert (notebook.last.name, notebook.last.status, notebook.last.params) == ("timed", "finished", {"x": 5})
    assert notebook.shell.user_ns["x"] == 5
    assert "hidden" not in notebook.seen.stdout
    if "out" in cell:
        assert notebook.shell.user_ns["out"].stdout == "hidden\n"


def test_magics_and_shell_lines_in_the_cell_work(notebook: Any) -> None:
    notebook.run("%%track\nimport os\nwhere = %pwd\nsaid = !echo hello\nn = 3")
    assert notebook.shell.user_ns["said"] == ["hello"]
    assert notebook.last.params == {"n": 3}


def test_a_body_that_is_not_python_is_left_alone_with_a_word(notebook: Any) -> None:
    notebook.run("%%track shell\n%%bash\necho from bash")
    assert "from bash" in notebook.seen.stdout
    assert "not tracked: %%bash" in notebook.seen.stderr
    assert notebook.runs.list() == []


@pytest.mark.parametrize(
    "head",
    [
        "%%track --sed 7",
        "#| track --sed 7",
        "%%track --seed x",
        "%%track --tag noequals",
        "%%track 'open",
        "%%track a b",
    ],
)
def test_a_line_that_cannot_be_read_stops_the_cell_and_says_why(notebook: Any, head: str) -> None:
    result = notebook.run(f"{head}\nran = True", fails=True)
    assert type(result.error_in_exec).__name__ == "UsageProblem"
    shown = notebook.seen.stdout + notebook.seen.stderr
    assert "Help: %%track?" in shown or "key=value" in shown
    assert "Traceback" not in shown
    assert "ran" not in notebook.shell.user_ns
    assert notebook.runs.list() == []


def test_the_options_of_the_line(notebook: Any) -> None:
    notebook.run(
        "%%track 'my run' -e flights --tag stage=dev --tag owner=ann --note 'a first try' --seed 7 --metric profit\n"
        "import random\ndrawn = random.random()\nprofit = 2.5"
    )
    run = notebook.last
    assert (run.name, run.experiment, run.note, run.tags) == (
        "my run",
        "flights",
        "a first try",
        {"stage": "dev", "owner": "ann"},
    )
    assert run.metrics == {"profit": 2.5}
    assert run.randomness["seed"] == 7
    assert any("profit: taken as higher is better" in warning for warning in run.warnings)
    first = notebook.shell.user_ns["drawn"]
    notebook.run("%%track --seed 7 --lower profit\nimport random\ndrawn = random.random()\nprofit = 2.5")
    assert notebook.shell.user_ns["drawn"] == first
    assert notebook.runs.direction("profit") == "lower"


@pytest.mark.filterwarnings("ignore:`Completer.complete`:PendingDeprecationWarning")
def test_help_and_completion(notebook: Any) -> None:
    notebook.run("%%track rf\nauc = 0.5")
    assert "%track that" in notebook.shell.find_line_magic("track").__doc__
    for name in ("track", "runs", "compare", "register", "nbmlops"):
        assert "Examples" in notebook.shell.find_line_magic(name).__doc__
    complete = notebook.shell.complete
    assert "rf" in complete(None, "%compare r", 10)[1]
    assert "auc" in complete(None, "%runs au", 8)[1]
    assert "models" in complete(None, "%nbmlops mo", 11)[1]
    assert "list" in complete(None, "%nbmlops runs li", 16)[1]
    assert "--seed" in complete(None, "%%track --se", 12)[1]


def test_unloading_leaves_the_shell_and_the_libraries_as_they_were(models: Any) -> None:
    shell = models.shell
    fit = models.shell.user_ns["DecisionTreeClassifier"].fit
    assert hasattr(fit, "__nbmlops_original__")
    shell.run_line_magic("unload_ext", "nbmlops")
    assert not hasattr(shell.user_ns["DecisionTreeClassifier"].fit, "__nbmlops_original__")
    assert not hasattr(shell.user_ns["f1_score"], "__nbmlops_original__")
    assert "runs" not in shell.magics_manager.magics["line"]
    models.run("x = 1")
    shell.run_line_magic("load_ext", "nbmlops")
    models.run("%%track again\nx = 1")
    assert models.last.name == "again"


def test_a_workspace_that_cannot_be_written_does_not_stop_the_cell(notebook: Any) -> None:
    database = nbmlops.workspace().database
    database.rows("PRAGMA query_only = ON")
    notebook.run("%%track\nx = 42\nprint('done')")
    assert notebook.shell.user_ns["x"] == 42
    assert "done" in notebook.seen.stdout
    assert "not tracked" in notebook.seen.stderr
    database.rows("PRAGMA query_only = OFF")
