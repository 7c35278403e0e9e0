"""Models: registered with a number that is never used twice, named, promoted, loaded back without running code."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.tree import DecisionTreeClassifier

import nbmlops
from nbmlops.errors import Conflict, InvalidInput, NotFound, Untrusted

if TYPE_CHECKING:
    from nbmlops.workspaces import Workspace

X, Y = load_iris(return_X_y=True, as_frame=True)


def fitted(depth: int = 2) -> Any:
    return DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, Y)


@pytest.fixture
def delay(workspace: Workspace) -> Workspace:
    """A workspace with three versions of the model ``delay``."""
    for depth in (1, 2, 3):
        with nbmlops.track("tree", params={"depth": depth}) as run:
            model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(X, Y)
            run.log(acc=model.score(X, Y))
            nbmlops.register(model, "delay", features=X)
    workspace.models.promote("delay@2", "champion")
    return workspace


def test_a_model_comes_back_as_it_was(delay: Workspace) -> None:
    loaded = nbmlops.load("delay@champion")
    assert np.array_equal(loaded.predict(X), fitted(2).predict(X))
    assert nbmlops.load("delay@3").max_depth == 3
    assert nbmlops.load("delay").max_depth == 3


def test_a_version_knows_where_it_comes_from(delay: Workspace) -> None:
    version = delay.models.get("delay@2")
    assert version.run == delay.runs.get("tree·2").id
    assert version.metrics == {"acc": pytest.approx(0.96)}
    assert [column["name"] for column in version.signature["inputs"]] == list(X.columns)
    assert version.signature["inputs"][0]["type"] == "float64"
    assert version.samples is not None
    assert len(version.samples["rows"]) == 5
    assert (len(version.sha256), version.flavor) == (64, "sklearn")
    assert delay.runs.show("tree·2").models == ("delay@2",)


def test_the_model_of_a_run_is_kept_and_can_be_registered_from_any_door(workspace: Workspace) -> None:
    with nbmlops.track("rf"):
        model = DecisionTreeClassifier(max_depth=2).fit(X, Y)
    workspace.recorder.background.wait()
    version = workspace.models.register("rf", "delay@challenger")
    assert (version.spec, version.aliases, version.variable) == ("delay@1", ("challenger",), "model")
    assert version.signature["inputs"][0]["name"] == "sepal length (cm)"
    assert np.array_equal(nbmlops.load("delay@challenger").predict(X), model.predict(X))
    with pytest.raises(NotFound, match=r"no model named 'modle'[\s\S]*Did you mean 'model'"):
        workspace.models.register("rf", "delay", variable="modle")


def test_aliases_move_and_every_change_is_kept(delay: Workspace) -> None:
    delay.models.promote("delay@champion", "stable")
    delay.models.promote("delay@3", "champion")
    assert delay.models.get("delay@champion").version == 3
    assert delay.models.get("delay@2").aliases == ("stable",)
    delay.models.demote("delay", "stable")
    changes = [(change["alias"], change["version"]) for change in delay.models.history("delay")]
    assert changes == [("stable", None), ("champion", 3), ("stable", 2), ("champion", 2)]
    with pytest.raises(NotFound, match="no alias 'stable'"):
        delay.models.get("delay@stable")


@pytest.mark.parametrize(
    ("spec", "error", "said"),
    [
        ("chrun", NotFound, "no model named 'chrun'"),
        ("delya", NotFound, "Did you mean 'delay'"),
        ("delay@9", NotFound, r"no version 9[\s\S]*delay@3, delay@2, delay@1"),
        ("delay@chmapion", NotFound, "Did you mean 'champion'"),
        ("", InvalidInput, "cannot be the name of a model"),
        ("a b", InvalidInput, "cannot be the name"),
        ("../evil", InvalidInput, "cannot be the name"),
        ("delay@-1", InvalidInput, "cannot be an alias"),
    ],
)
def test_an_unknown_model_version_or_alias_says_what_there_is(
    delay: Workspace, spec: str, error: Any, said: str
) -> None:
    with pytest.raises(error, match=said):
        nbmlops.load(spec)


def test_what_cannot_be_registered_is_refused(delay: Workspace) -> None:
    with pytest.raises(InvalidInput, match="version of 'delay' is given by the registry"):
        nbmlops.register(fitted(), "delay@7")
    with pytest.raises(InvalidInput, match="cannot be an alias"):
        delay.models.promote("delay@1", "3")
    with pytest.raises(InvalidInput):
        nbmlops.register(object(), "thing")
    with pytest.raises(InvalidInput):
        nbmlops.register(lambda x: x, "function")
    assert [version.spec for version in delay.models.list()] == ["delay@3", "delay@2", "delay@1"]


def test_versions_registered_at_once_get_numbers_of_their_own(workspace: Workspace) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        versions = list(pool.map(lambda depth: workspace.models.register("", "m", model=fitted(depth)), range(1, 17)))
    assert sorted(version.version for version in versions) == list(range(1, 17))


def test_a_damaged_file_is_not_loaded(delay: Workspace) -> None:
    version = delay.models.get("delay@1")
    path = delay.blobs._path(version.digest)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    with pytest.raises(Conflict, match="damaged"):
        nbmlops.load("delay@1")
    assert any("damaged" in line for line in delay.verify())
    path.unlink()
    assert any("delay@1 is gone" in line for line in delay.verify())


class Evil:
    def __reduce__(self) -> Any:
        return (exec, ("raise SystemExit('code ran')",))


def test_nothing_is_unpickled(delay: Workspace) -> None:
    import io

    digest, size = delay.blobs.write(io.BytesIO(pickle.dumps(Evil())))
    delay.database.write("UPDATE model_versions SET digest = ?, bytes = ? WHERE version = 1", (digest, size))
    with pytest.raises((Untrusted, InvalidInput)):
        nbmlops.load("delay@1")


def test_gc_keeps_what_a_version_needs_and_removes_the_rest(delay: Workspace) -> None:
    with nbmlops.track("file") as run:
        run.log_artifact(b"one" * 1000, "a.bin")
    assert delay.gc(deleted=True)["blobs_removed"] == 0  # young ones: somebody may be about to refer to them
    for digest, _ in delay.blobs.digests():
        os.utime(delay.blobs._path(digest), (0, 0))
    before = delay.gc(dry_run=True)
    assert before["blobs_removed"] == 0
    delay.runs.delete("file")
    assert delay.gc()["blobs_removed"] == 0  # a deleted run can still be brought back
    assert delay.gc(deleted=True)["bytes_freed"] == 3000
    assert nbmlops.load("delay@champion").max_depth == 2
    assert delay.verify() == []
