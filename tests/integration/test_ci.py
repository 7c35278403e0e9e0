"""``nbmlops ci`` on real repositories with real kernels: what changed, what that did to metrics, what it means."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbmlops.display.ci_views import MAX_HTML

if TYPE_CHECKING:
    from .conftest import GitProject

READ = "import csv\n\nwith open('x.csv') as file:\n    rows = list(csv.DictReader(file))"
CHECK = "assert len(rows) > 1, 'there are rows'"
PIPELINE = """\
pipeline: monthly
steps:
  train:
    notebook: train.ipynb
    inputs: [x.csv]
    gates: ["accuracy >= base - 0.01"]
"""
TABLE = "a,b\n" + "".join(f"{n},x{n}\n" for n in range(20))


def train(repository: GitProject, accuracy: float, *tests: str) -> None:
    repository.notebook("train", READ, CHECK, f"accuracy = {accuracy}", tests=tests)


@pytest.fixture
def pinned(repository: GitProject) -> GitProject:
    """A repository whose main branch pins what its pipeline came to."""
    train(repository, 0.8, "# the accuracy is no guess\nassert accuracy > 0.5", "assert rows[0]['a'] == '0'")
    repository.write("x.csv", TABLE)
    repository.write("pipeline.yaml", PIPELINE)
    repository.write(".gitignore", "nbmlops-report.*\n")
    repository.commit("begin")
    code, first = repository.ci()
    assert code == 0
    assert first["status"] == "passed"
    assert "nothing to compare with" in first["notes"][0]
    assert [test["passed"] for test in first["runs"][0]["tests"]] == [True, True]
    code, _ = repository.run("lock")
    assert code == 0
    repository.commit("pin")
    repository.git("checkout", "-q", "-b", "change")
    return repository


@pytest.mark.slow
def test_a_lower_metric_misses_its_gate_and_a_fix_meets_it(pinned: GitProject) -> None:
    train(pinned, 0.7, "# the accuracy is no guess\nassert accuracy > 0.75", "1 / 0\n", "def test_rows():\n    pass")
    pinned.write("x.csv", "a,b\n1,\nx,y\n")
    pinned.commit("worse")
    code, found = pinned.ci("--gate", "accuracy > 0.6")
    assert code == found["exit_code"] == 3
    assert found["status"] == "failed"
    assert found["base"] == "main"
    assert found["changed"] == ["train.ipynb", "x.csv"]

    [metric] = found["runs"][0]["metrics"]
    assert (metric["metric"], metric["base"], metric["now"], metric["better"]) == ("accuracy", 0.8, 0.7, False)
    assert [(gate["gate"], gate["step"], gate["holds"]) for gate in found["gates"]] == [
        ("accuracy >= base - 0.01", "train", False),
        ("accuracy > 0.6", "train", True),
    ]
    tests = found["runs"][0]["tests"]
    assert [(test["test"], test["passed"]) for test in tests] == [
        ("the accuracy is no guess", False),
        ("test 2", False),  # the one before did not stop it
        ("test_rows", True),
    ]
    assert tests[1]["detail"] == "ZeroDivisionError: division by zero"
    assert found["runs"][0]["assumptions"] == [
        {"text": "len(rows) > 1", "message": "there are rows", "cell": 2, "ok": True}
    ]
    changes = [(change["cell"], change["change"]) for change in found["cells"]]
    assert changes == [(3, "changed"), (4, "changed"), (5, "changed"), (6, "added")]
    assert found["cells"][0]["diff"] == "-accuracy = 0.8\n+accuracy = 0.7"
    [data] = found["data"]
    assert (data["path"], data["change"], data["detail"]) == ("x.csv", "changed", "20 → 2 rows")
    assert [(one["what"], one["severity"]) for one in found["findings"] if one["kind"] == "data"] == [
        ("a is string, was int64", "severe"),
        ("b has nulls now: 50 %", "warn"),
    ]

    text = pinned.read("nbmlops-report.md")
    assert "| <code>train</code> | <code>accuracy</code> | 0.8000 | 0.7000 | −0.1000 | ✗ worse |" in text
    assert "-accuracy = 0.8\n+accuracy = 0.7" in text
    page = pinned.read("nbmlops-report.html")
    assert "0.7000" in page
    assert len(page.encode()) < 200_000
    assert "<script" not in page

    # the very change that CI saw, in a clone that has no workspace
    clone = type(pinned)(pinned.folder.parent / "clone", pinned._capsys)
    pinned.git("clone", "-q", "-b", "change", str(pinned.folder), str(clone.folder))
    code, again = clone.ci("--base", "main", "--no-lint", "--reproduce")
    assert code == 3
    assert again["runs"][0]["metrics"] == found["runs"][0]["metrics"]
    assert again["runs"][0]["in_base"]
    assert [one["verdict"] for one in again["replays"]] == ["identical"]

    train(pinned, 0.81, "# the accuracy is no guess\nassert accuracy > 0.5", "assert rows[0]['a'] == '0'")
    pinned.write("x.csv", TABLE)
    pinned.commit("better")
    code, fixed = pinned.ci()
    assert (code, fixed["status"]) == (0, "passed")
    assert fixed["runs"][0]["metrics"][0]["better"] is True
    assert fixed["runs"][0]["status"] == "ran"
    code, cached = pinned.ci()
    assert (code, cached["runs"][0]["status"]) == (0, "cached")
    assert [test["passed"] for test in cached["runs"][0]["tests"]] == [True, True]


@pytest.mark.slow
def test_a_test_cell_that_is_new_runs_though_its_step_is_cached(pinned: GitProject) -> None:
    train(pinned, 0.8, "# it is perfect\nassert accuracy == 1, f'{accuracy} is not'")
    code, found = pinned.ci()
    assert (code, found["status"]) == (3, "failed")
    [run] = found["runs"]
    assert run["status"] == "ran"
    assert run["reason"] == "its tests have not run yet"
    assert run["tests"][0]["detail"] == "AssertionError: 0.8 is not"
    assert all(gate["holds"] for gate in found["gates"])
    assert "it is perfect" in pinned.read("nbmlops-report.md")
    # what a test computes is none of the run's
    assert [metric["metric"] for metric in run["metrics"]] == ["accuracy"]


@pytest.mark.slow
def test_a_step_that_breaks_is_an_error_and_not_an_answer(pinned: GitProject) -> None:
    pinned.notebook("train", "accuracy = 1 / 0")
    code, found = pinned.ci("--gate", "accuracy > 0.6")
    assert (code, found["status"]) == (1, "error")
    assert "ZeroDivisionError" in found["runs"][0]["reason"]
    assert found["gates"][-1]["detail"].startswith("nothing that ran computed accuracy")


@pytest.mark.slow
def test_without_a_pipeline_the_notebooks_that_a_change_touches_run(repository: GitProject) -> None:
    repository.write("lib/rates.py", "RATE = 2\n")
    repository.notebook("one", "from lib.rates import RATE\n\nscore = 0.3 * RATE")
    repository.notebook("sub/two", "import os\n\nplace = os.path.basename(os.getcwd())\nassert place == 'sub'")
    repository.notebook("three", "raise SystemError('nobody asked for this one')")
    repository.write("pyproject.toml", '[tool.nbmlops.ci]\ngates = ["one.score > 0.5"]\n')
    repository.commit("begin")
    repository.git("checkout", "-q", "-b", "change")
    repository.write("lib/rates.py", "RATE = 3\n")
    repository.notebook("sub/two", "import os\nplace = os.path.basename(os.getcwd())\nassert place == 'sub'")
    code, found = repository.ci()
    assert (code, found["status"]) == (0, "passed"), found
    assert {(run["pipeline"], run["step"]): run["status"] for run in found["runs"]} == {
        ("notebooks", "one"): "ran",
        ("notebooks/sub", "two"): "ran",
    }
    assert found["gates"] == [{"gate": "one.score > 0.5", "holds": True, "detail": "one.score is 0.9", "step": "one"}]
    lint = [(one["kind"], one["where"]) for one in found["findings"]]
    assert ("lint", "sub/two.ipynb, cell 1, line 1") in lint  # the import is not followed by an empty line
    code, found = repository.ci("--strict")
    assert (code, found["status"]) == (3, "failed")
    assert [run["status"] for run in found["runs"]] == ["cached", "cached"]


@pytest.mark.slow
def test_the_champion_of_the_base_is_known_in_a_clone(repository: GitProject) -> None:
    fit = "from sklearn.linear_model import LinearRegression\n\nmodel = LinearRegression().fit([[0], [1]], [0, 1])"
    repository.notebook("train", fit, "r2 = 0.9")
    repository.write("pipeline.yaml", "pipeline: p\nsteps:\n  train: {notebook: train.ipynb}\n")
    repository.commit("begin")
    assert repository.run("pipelines", "run")[0] == 0
    assert repository.run("models", "register", "train", "as", "line@champion")[0] == 0
    assert repository.run("lock")[0] == 0
    repository.commit("pin")
    clone = type(repository)(repository.folder.parent / "clone", repository._capsys)
    repository.git("clone", "-q", str(repository.folder), str(clone.folder))
    clone.notebook("train", fit, "r2 = 0.8")
    code, found = clone.ci("--gate", "r2 >= line@champion", "--gate", "train.r2 >= base - 0.2", "--no-lint")
    assert code == 3
    assert [(gate["holds"], gate["detail"]) for gate in found["gates"]] == [
        (False, "r2 is 0.8, line@champion is 0.9"),
        (True, "train.r2 is 0.8, base is 0.9"),
    ]
    [beside] = found["models"]
    assert (beside["model"], beside["step"], beside["base"], beside["now"]) == ("line@champion", "train", 0.9, 0.8)
    assert "| <code>line&#64;champion</code> | <code>train</code> | <code>r2</code> |" in clone.read(
        "nbmlops-report.md"
    )


@pytest.mark.slow
def test_a_test_that_does_not_end_is_stopped_with_its_step(repository: GitProject) -> None:
    tests = ("# ends\nassert r2", "# never\nwhile True:\n    pass", "# later\nr2")
    repository.notebook("train", "r2 = 0.9", tests=tests)
    repository.write("pipeline.yaml", "pipeline: p\nsteps:\n  train: {notebook: train.ipynb, timeout: 4}\n")
    repository.commit("begin")
    code, found = repository.ci("--all", "--no-lint")
    assert (code, found["status"]) == (1, "error")
    [run] = found["runs"]
    assert run["reason"] == "it ran longer than 4 s"
    found_tests = [(test["test"], test["passed"], test["detail"]) for test in run["tests"]]
    assert found_tests == [
        ("ends", True, ""),
        ("never", False, "KeyboardInterrupt"),
        ("later", False, "it was stopped before"),
    ]


def test_nothing_that_is_touched_is_nothing_to_run(repository: GitProject) -> None:
    repository.notebook("one", "score = 0.3")
    repository.write("notes.txt", "a")
    repository.commit("begin")
    repository.write("notes.txt", "b")
    code, found = repository.ci()
    assert (code, found["status"], found["runs"]) == (0, "passed", [])
    assert found["changed"] == ["notes.txt"]
    assert any("nothing ran" in note for note in found["notes"])
    code, out = repository.run("ci", "--gate", "score > 1")
    assert code == 3
    assert "nothing that ran computed score" in out


def test_a_change_of_the_documentation_passes_though_the_project_has_gates(repository: GitProject) -> None:
    repository.notebook("one", "score = 0.7")
    repository.write("pyproject.toml", '[tool.nbmlops.ci]\ngates = ["score > 0.5"]\n')
    repository.commit("begin")
    repository.write("README.md", "# Words")
    code, found = repository.ci()
    assert (code, found["status"], found["gates"]) == (0, "passed", [])
    assert any("the project's gates were not asked" in note for note in found["notes"])
    # what the call itself asks for is asked
    code, found = repository.ci("--gate", "score > 0.5")
    assert (code, len(found["gates"])) == (3, 1)


@pytest.mark.slow
def test_a_gate_of_a_notebook_that_is_not_touched_does_not_fail_the_change(repository: GitProject) -> None:
    repository.notebook("one", "score = 0.7")
    repository.notebook("two", "auc = 0.9")
    repository.write("pyproject.toml", '[tool.nbmlops.ci]\ngates = ["score > 0.5", "auc > 0.5"]\n')
    repository.commit("begin")
    assert repository.ci("--all")[0] == 0
    assert repository.run("lock")[0] == 0
    repository.commit("pin")
    repository.notebook("two", "auc = 0.8")
    code, found = repository.ci("--no-lint")
    assert (code, [(gate["gate"], gate["step"]) for gate in found["gates"]]) == (0, [("auc > 0.5", "two")])
    assert found["notes"] == ["score > 0.5 is about one, which the change does not touch"]
    repository.git("rm", "-q", "one.ipynb")
    code, found = repository.ci("--no-lint")
    assert (code, [gate["holds"] for gate in found["gates"]]) == (3, [False, True])


def test_an_earlier_report_and_the_cache_of_pip_are_no_change(repository: GitProject) -> None:
    repository.write("a.txt", "1")
    repository.commit("begin")
    repository.write("notes.txt", "1")
    repository.commit("more")
    for _ in range(2):
        code, found = repository.ci()
        assert (code, found["base"], found["changed"]) == (0, "HEAD~1", ["notes.txt"])
        assert "nbmlops-report.md" in repository.git("status", "--porcelain")
        repository.write(".cache/pip/wheels/a.whl", "1")


def test_the_pipeline_of_the_settings_is_beside_them_and_its_lock_beside_it(repository: GitProject) -> None:
    repository.write("pyproject.toml", '[tool.nbmlops.ci]\npipeline = "flow/monthly.yaml"\n')
    repository.write("flow/monthly.yaml", 'pipeline: p\nsteps:\n  small: {notebook: small.ipynb, when: "1 > 2"}\n')
    repository.notebook("flow/small", "y = 1")
    repository.write("flow/nbmlops.lock", "step p small metric auc 0.5\n")
    repository.write("docs/index.txt", "1")
    repository.commit("begin")
    inner = type(repository)(repository.folder / "docs", repository._capsys)
    for place in (repository, inner):
        code, found = place.ci()
        assert (code, [run["step"] for run in found["runs"]]) == (0, ["small"]), place.errors
        assert found["runs"][0]["in_base"]


@pytest.mark.parametrize("text", ["tool = 3", "[tool]\nnbmlops = 1", "[tool.nbmlops]\nci = 1"])
def test_settings_that_are_no_table_are_said(repository: GitProject, text: str) -> None:
    repository.write("pyproject.toml", text)
    repository.commit("begin")
    assert repository.run("ci")[0] == 1
    assert "no table" in repository.errors


def test_notebooks_that_are_none_and_odd_names_do_not_lose_the_report(repository: GitProject) -> None:
    repository.notebook("small", "y = 1")
    repository.write("pipeline.yaml", 'pipeline: p\nsteps:\n  small: {notebook: small.ipynb, when: "1 > 2"}\n')
    repository.commit("begin")
    repository.write("empty.ipynb", "{}")
    repository.notebook("-x", "import os")
    half = '{"cells": [{"cell_type": "code", "source": ["x = \'\\ud83d\'"]}], "nbformat": 4, "nbformat_minor": 5}'
    repository.write("half.ipynb", half)
    code, found = repository.ci()
    assert code == 0
    assert {change["notebook"] for change in found["cells"]} == {"-x.ipynb", "half.ipynb"}
    assert any(one["where"].startswith("-x.ipynb") and "F401" in one["what"] for one in found["findings"])
    assert "+x = '?'" in repository.read("nbmlops-report.md")


def test_a_report_that_cannot_be_written_is_said_before_anything_runs(repository: GitProject) -> None:
    repository.notebook("one", "raise SystemError('it ran')")
    repository.commit("begin")
    repository.write("taken", "1")
    code, _ = repository.run("ci", "--all", "--out", "taken/reports")
    assert code == 1
    assert "the report cannot be written" in repository.errors
    assert "it ran" not in repository.errors


def test_a_linter_that_does_not_end_fails_the_check_and_keeps_the_report(
    repository: GitProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.notebook("small", "y = 1")
    repository.write("pipeline.yaml", 'pipeline: p\nsteps:\n  small: {notebook: small.ipynb, when: "1 > 2"}\n')
    repository.commit("begin")
    repository.notebook("small", "y = 2")
    monkeypatch.setattr("nbmlops.integration.linting.TIMEOUT", 1e-6)
    code, found = repository.ci()
    assert (code, found["status"]) == (3, "failed")
    assert [one["severity"] for one in found["findings"]] == ["severe"]
    assert "did not end" in repository.read("nbmlops-report.md")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--gate", "score >"), "the condition 'score >' cannot be read"),
        (("--base", "nowhere"), "--base nowhere: there is no such branch"),
        (("--base=--output=x",), "there is no such branch"),
        (("--all", "-p", "depht=3"), "Did you mean depth?"),
        (("--pipeline", "other.yaml"), "other.yaml"),
    ],
)
def test_what_cannot_be_read_is_said_before_anything_runs(
    repository: GitProject, words: tuple[str, ...], said: str
) -> None:
    repository.notebook("one", "raise SystemError('it ran')", parameters="depth = 2")
    repository.commit("begin")
    code, _ = repository.run("ci", *words)
    assert code == 1
    assert said in repository.errors
    assert "it ran" not in repository.errors


def test_a_setting_that_means_nothing_is_said(repository: GitProject) -> None:
    repository.write("pyproject.toml", "[tool.nbmlops.ci]\ngate = ['score > 1']\n")
    repository.commit("begin")
    assert repository.run("ci")[0] == 1
    assert "Did you mean gates?" in repository.errors


def test_a_page_stays_small_whatever_changed(repository: GitProject) -> None:
    repository.notebook("big", "x = 1")
    repository.commit("begin")
    repository.write("pyproject.toml", "[tool.nbmlops.ci]\nlint = false\n")
    repository.notebook("big", *("\n".join(f"v{n}_{m} = {n}" for m in range(150)) for n in range(60)))
    # what is no pipeline's is not run here: the pipeline has another notebook
    repository.notebook("small", "y = 1")
    repository.write("pipeline.yaml", 'pipeline: p\nsteps:\n  small: {notebook: small.ipynb, when: "1 > 2"}\n')
    code, found = repository.ci()
    assert code == 0
    assert found["runs"][0]["status"] == "skipped"
    assert len(found["cells"]) == 61
    assert len(repository.read("nbmlops-report.html").encode()) < MAX_HTML
    text = repository.read("nbmlops-report.md")
    assert len(text) < 65_000
    assert "1 notebook with long changes is shown in the HTML report only" in text


def test_names_of_others_are_data(repository: GitProject) -> None:
    name = "<img src=x onerror=alert(1)>|@all`"
    repository.notebook(name, "x = 1")
    repository.write("pipeline.yaml", 'pipeline: p\nsteps:\n  small: {notebook: small.ipynb, when: "1 > 2"}\n')
    repository.notebook("small", "y = 1")
    repository.commit("begin")
    repository.notebook(name, "x = 1\n```\n<b>")
    code, _ = repository.ci("--no-lint")
    assert code == 0
    page, text = repository.read("nbmlops-report.html"), repository.read("nbmlops-report.md")
    for written in (page, text):
        assert "<img" not in written
    outside = text.split("````diff")[0]
    assert "@all" not in outside
    assert "\n+```\n" in text
    assert text.count("````") == 2
    assert page.count("<b>") == 1  # that of the headline


def test_a_report_fits_a_comment_whatever_was_found() -> None:
    from nbmlops.display.ci_markdown import markdown
    from nbmlops.display.ci_views import CiView
    from nbmlops.integration.records import CiReport, CiRun, Finding, MetricChange

    long = "ü|<" * 400
    metrics = tuple(MetricChange(f"{long}{at}", 0.5, 0.4, "higher") for at in range(300))
    gates = tuple({"gate": long, "step": long, "holds": False, "detail": long} for _ in range(300))
    findings = tuple(Finding("lint", long, long) for _ in range(300))
    run = CiRun(long, "p", "n.ipynb", "ran", "run", None, 1.0, long, metrics)
    report = CiReport("failed", "main", "a" * 40, "b" * 40, runs=(run,), gates=gates, findings=findings)
    assert len(markdown(report)) < 65_000
    assert len(CiView(report).document().encode()) < 200_000
    assert "… and 297 more" in markdown(report)


@pytest.mark.slow
def test_tests_run_on_the_workers_of_a_cluster(repository: GitProject) -> None:
    from nbmlops.workspaces import Workspace

    repository.notebook("train", "r2 = 0.9", tests=("# holds\nassert r2 > 0.5", "# does not\nassert r2 > 0.95, r2"))
    file = repository.write("pipeline.yaml", "pipeline: p\nsteps:\n  train: {notebook: train.ipynb}\n")
    with Workspace.open(repository.folder, create=True) as workspace:
        [step] = workspace.pipelines.run(file, tests=True, on="dask:1").steps
        assert step.status == "ran"
        assert [(test["test"], test["detail"]) for test in step.tests] == [
            ("holds", ""),
            ("does not", "AssertionError: 0.9"),
        ]
        [again] = workspace.pipelines.run(file, tests=True).steps
        assert again.status == "cached"
        assert again.tests == step.tests
        [plain] = workspace.pipelines.run(file).steps
        assert plain.tests == ()
