"""What may be logged, what is said of the rest, and how runs are named, marked and put away."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nbmlops
from nbmlops.errors import InvalidInput, NotFound, WorkspaceUnusable

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (1, 1.0),
        (True, 1.0),
        (0.5, 0.5),
        (np.float32(0.5), 0.5),
        (np.int64(7), 7.0),
        (np.array(0.25), 0.25),
        (np.array([0.25]), 0.25),
        (np.bool_(True), 1.0),
        (float("inf"), math.inf),
        (float("-inf"), -math.inf),
        pytest.param(10**400, math.inf, id="huge"),
    ],
)
def test_a_number_of_any_kind_is_a_metric(workspace: Workspace, value: Any, kept: float) -> None:
    with nbmlops.track("run"):
        nbmlops.log(m=value)
    assert workspace.runs.get("run").metrics == {"m": kept}


def test_nan_is_kept_and_is_nan(workspace: Workspace) -> None:
    with nbmlops.track("run"):
        nbmlops.log(m=float("nan"))
        nbmlops.log(m=np.float64("nan"))
    assert math.isnan(workspace.runs.get("run").metrics["m"])
    assert [point.step for point in workspace.runs.metrics("run")["m"]] == [0, 1]
    assert workspace.runs.get("run").to_json()["metrics"] == {"m": "nan"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("high", r"'m' must be a number, not the text 'high'[\s\S]*log_params"),
        (None, "must be a number, not None"),
        (1 + 2j, "must be a number"),
        (np.array([1.0, 2.0]), r"one number, not 2 of them[\s\S]*log_series"),
        ([1, 2, 3], "one number, not 3 of them"),
        (np.array("text"), "must be a number"),
        (object(), "not a object"),
    ],
)
def test_what_is_no_number_is_refused_in_words(workspace: Workspace, value: Any, said: str) -> None:
    with nbmlops.track("run"):
        with pytest.raises(InvalidInput, match=said):
            nbmlops.log(m=value)
        nbmlops.log(m=1)
    assert workspace.runs.get("run").metrics == {"m": 1.0}


def test_one_bad_value_among_several_writes_none_of_them(workspace: Workspace) -> None:
    with nbmlops.track("run"), pytest.raises(InvalidInput):
        nbmlops.log(a=1, b="text")
    assert workspace.runs.get("run").metrics == {}


def test_logging_without_a_run_says_how_to_open_one(workspace: Workspace) -> None:
    with pytest.raises(InvalidInput, match="%%track"):
        nbmlops.log(auc=1)


def test_steps_count_on_and_a_series_is_one_curve(workspace: Workspace) -> None:
    with nbmlops.track("run") as run:
        run.log(loss=3)
        run.log_series("loss", np.array([2.0, 1.0]))
        run.log(loss=0.5)
        run.log_series("late", [9, 8], steps=[10, 5])
        with pytest.raises(InvalidInput, match="2 values of 'x' have 1 steps"):
            run.log_series("x", [1, 2], steps=[0])
    curves = workspace.runs.metrics("run")
    assert [(point.step, point.value) for point in curves["loss"]] == [(0, 3), (1, 2), (2, 1), (3, 0.5)]
    assert workspace.runs.get("run").metrics == {"loss": 0.5, "late": 9.0}


def test_a_thread_logs_through_the_run(workspace: Workspace) -> None:
    with nbmlops.track("run") as run:
        threads = [threading.Thread(target=lambda: [run.log(n=index) for index in range(50)]) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(workspace.runs.metrics("run")["n"]) == 200


def test_params_tags_notes_and_files_are_kept(workspace: Workspace, tmp_path: Any) -> None:
    file = tmp_path / "report.html"
    file.write_text("<b>late</b>")
    with nbmlops.track("run", tags={"stage": "dev"}, note="first") as run:
        run.log_params(
            depth=3, rate=np.float64(0.1), flag=False, nothing=None, big=2**80, shape=(3, 4), nan=float("nan")
        )
        run.tag(owner="ann", stage=None)
        run.log_artifact(file)
        run.log_artifact(b"raw", "bytes.bin")
        with pytest.raises(NotFound, match="no file"):
            run.log_artifact(tmp_path / "missing")
    shown = workspace.runs.show("run")
    assert shown.params.pop("nan") != shown.params
    assert shown.params == {"depth": 3, "rate": 0.1, "flag": False, "nothing": None, "big": 2**80, "shape": "(3, 4)"}
    assert (shown.tags, shown.note) == ({"owner": "ann"}, "first")
    by_name = {artifact.name: artifact for artifact in shown.artifacts}
    assert workspace.artifact(by_name["report.html"].digest)[1] == b"<b>late</b>"
    assert by_name["bytes.bin"].bytes == 3


def test_secrets_are_masked(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "hunter2-long")
    with nbmlops.track(
        "run", params={"api_key": "sk-123", "url": "postgres://ann:hunter2@db/x", "note": "pw hunter2-long"}
    ):
        pass
    assert workspace.runs.get("run").params == {
        "api_key": "***",
        "url": "postgres://ann:***@db/x",
        "note": "pw $DB_PASSWORD",
    }


NAMES = ['it\'s "quoted"', "a/b\\c", "🚀 emoji", "<script>alert(1)</script>", "rf·7", "x" * 250, "عربي", "50%_off"]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_data(workspace: Workspace, name: str) -> None:
    with nbmlops.track(name, tags={name: name}, params={name: name}, experiment=name) as run:
        run.log({name: 0.5})
        run.note(name)
    [found] = workspace.runs.list()
    assert found.params == {name: name}
    assert found.metrics == {name: 0.5}
    assert workspace.runs.get(found.name).id == found.id
    assert workspace.runs.get(found.id[-8:]).id == found.id


@pytest.mark.parametrize("name", ["", "  ", "line\nbreak", "x" * 251, "nul\0", "\ud800", "@last"])
def test_a_name_that_cannot_be_is_refused(workspace: Workspace, name: str) -> None:
    with pytest.raises(InvalidInput, match=r"name of a run|begins with @"), nbmlops.track(name):
        pass
    assert workspace.runs.list() == []


def test_a_name_used_again_is_numbered_and_means_the_newest(workspace: Workspace) -> None:
    for value in (1, 2, 3):
        with nbmlops.track("rf") as run:
            run.log(auc=value)
    assert [run.name for run in workspace.runs.list()] == ["rf·3", "rf·2", "rf"]
    assert workspace.runs.get("rf").metrics == {"auc": 3.0}
    assert workspace.runs.get("rf·1").metrics == {"auc": 1.0}
    assert workspace.runs.get("rf.2").metrics == {"auc": 2.0}
    assert workspace.runs.get("@last-1").name == "rf·2"
    assert workspace.runs.get("@best:auc").name == "rf·3"
    with pytest.raises(NotFound, match=r"no run named 'rg'[\s\S]*Did you mean 'rf"):
        workspace.runs.get("rg")
    with pytest.raises(NotFound, match="does not hold so many"):
        workspace.runs.get("@last-9")
    with pytest.raises(NotFound, match="Did you mean 'auc'"):
        workspace.runs.get("@best:acu")


def test_runs_are_starred_archived_tagged_deleted_and_brought_back(workspace: Workspace) -> None:
    for name in ("a", "b", "c"):
        with nbmlops.track(name) as run:
            run.log(auc=1)
    runs = workspace.runs
    runs.star(["a", "b"])
    assert [run.name for run in runs.list("starred")] == ["b", "a"]
    runs.archive(["a", "c"])
    assert [run.name for run in runs.list()] == ["b"]
    assert [run.name for run in runs.list(archived=True)] == ["c", "a"]
    runs.unarchive("a")
    runs.tag(["a", "b"], {"stage": "prod"})
    assert runs.count("tag.stage = prod") == 2
    runs.delete(["a", "b"])
    assert runs.list() == []
    with pytest.raises(NotFound):
        runs.get("a")
    runs.undelete("a")
    assert runs.get("a").metrics == {"auc": 1.0}
    assert workspace.gc(deleted=True, dry_run=True)["runs_erased"] == 1
    assert workspace.gc(deleted=True)["runs_erased"] == 1
    with pytest.raises(NotFound, match="no deleted run"):
        runs.undelete("b")
    with pytest.raises(InvalidInput, match="no run was named"):
        runs.archive([])


def test_how_a_block_ends_is_its_status(workspace: Workspace) -> None:
    for name, error in [
        ("v", ValueError("bad\nsecond line")),
        ("k", KeyboardInterrupt()),
        ("x", SystemExit(0)),
        ("y", SystemExit(3)),
    ]:
        with pytest.raises(type(error)), nbmlops.track(name):
            raise error
    assert {run.name: run.status for run in workspace.runs.list()} == {
        "v": "failed",
        "k": "interrupted",
        "x": "finished",
        "y": "failed",
    }
    assert workspace.runs.get("v").error == "ValueError: bad"


def test_a_block_inside_of_a_block_is_its_child(workspace: Workspace) -> None:
    with nbmlops.track("outer") as outer:
        with nbmlops.track("inner"):
            nbmlops.log(a=1)
        nbmlops.log(b=2)
    assert workspace.runs.get("inner").parent == outer.id
    assert workspace.runs.show("outer").children == (workspace.runs.get("inner").id,)
    assert (workspace.runs.get("outer").metrics, workspace.runs.get("inner").metrics) == ({"b": 2.0}, {"a": 1.0})


def test_a_closed_run_still_takes_metrics(workspace: Workspace) -> None:
    with nbmlops.track("run") as run:
        run.log(auc=0.5)
    run.log(auc=0.6)
    run.log(late=1)
    assert workspace.runs.list("late = 1")[0].metrics == {"auc": 0.6, "late": 1.0}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    params=st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=20).filter(
            lambda text: text.strip() == text and not nbmlops_secret(text)
        ),
        st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False), st.none()),
        max_size=5,
    ),
    values=st.lists(st.floats(allow_nan=False), max_size=30),
)
def test_what_is_written_is_what_is_read(workspace: Workspace, params: dict[str, Any], values: list[float]) -> None:
    with workspace.track("written", params=params) as run:
        run.log_series("curve", values)
    shown = workspace.runs.show(run.id)
    assert shown.params == params
    assert {name: type(value) for name, value in shown.params.items()} == {n: type(v) for n, v in params.items()}
    assert [point.value for point in workspace.runs.metrics(run.id).get("curve", [])] == values


def nbmlops_secret(name: str) -> bool:
    from nbmlops.capture.secrets import is_secret_name

    return is_secret_name(name)


@pytest.mark.parametrize(
    "code",
    [
        'OPENAI_API_KEY = "hunter2"',
        'password_list = ["hunter2"]',
        'api_key: str = "hunter2"',
        'connect(password="hunter2")',
        "settings = {'authToken': 'hunter2', 'user': 'ann'}",
        'password = """hunter2"""',
        "password = ('hunter2')",
        "db_password = given or f'hunter2{1}'",
        '%%track rf\npassword = "it\'s hunter2"',
        'headers = {"Authorization": "Bearer hunter2"}',
        "url = 'postgres://ann:hunter2@db/x'",
    ],
)
def test_secrets_in_code_are_masked_however_they_are_written(code: str) -> None:
    from nbmlops.capture.secrets import mask

    masked, _ = mask(code)
    assert "hunter2" not in masked
    assert "ann" in masked or "ann" not in code


def test_what_is_no_secret_stays(workspace: Workspace) -> None:
    from nbmlops.capture.secrets import mask

    code = "sort_key = 'date'\ntoken = os.environ['TOKEN']\nauthor = 'ann'\nmax_tokens = '5'"
    assert mask(code)[0] == code
    code = "CountVectorizer(token_pattern=r'\\w+', tokenizer=None)\npass_rate = 'high'\nbtype = dict(low_pass='butter')"
    assert mask(code)[0] == code


def test_the_working_folder_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    from nbmlops.capture.secrets import mask

    monkeypatch.setenv("PWD", "/home/ann/flights")
    monkeypatch.setenv("OLDPWD", "/home/ann")
    code = 'pd.read_csv("/home/ann/flights/june.csv")'
    assert mask(code) == (code, [])


def test_limits_hold_for_blocks_too(workspace: Workspace) -> None:
    nbmlops.limit_capture(data="off", code="off")
    with nbmlops.track("off"):
        pass
    assert (workspace.runs.show("off").slice, workspace.runs.show("off").code) == ((), "")


def test_tags_are_compared_as_they_are_written(workspace: Workspace) -> None:
    with nbmlops.track("rf", tags={"version": "1.10", "prod": "true", "num": "007"}) as run:
        run.log(auc=float("nan"))
    for text in (
        "tag.version = 1.10",
        "tag.prod = true",
        "tag.num = 007",
        "auc = nan",
        "not auc > 99999999999999999999",
    ):
        assert workspace.runs.count(text) == 1, text


def test_a_registry_that_was_replaced_is_noticed(workspace: Workspace, tmp_path: Any) -> None:
    with nbmlops.track("before"):
        pass
    (tmp_path / ".nbmlops").rename(tmp_path / "elsewhere")
    with pytest.raises(WorkspaceUnusable, match=r"gone or was replaced[\s\S]*load it again"), workspace.track("lost"):
        pass
