"""What a change is compared with: the branch that it goes to, as CI, the remote and the branches tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbmlops.errors import Conflict, NotFound
from nbmlops.integration.repository import Repository

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import GitProject


@pytest.fixture
def branches(repository: GitProject) -> dict[str, str]:
    """Commits: two on main, one on release that parted before the second, one on change that parted after it."""
    found = {}
    repository.write("a.txt", "1")
    repository.commit()
    found["first"] = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "-b", "release")
    repository.write("r.txt", "1")
    repository.commit()
    found["release"] = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "main")
    repository.write("a.txt", "2")
    repository.commit()
    found["main"] = repository.git("rev-parse", "HEAD")
    repository.git("checkout", "-q", "-b", "change")
    repository.write("ä b.txt", "1")
    repository.commit()
    found["change"] = repository.git("rev-parse", "HEAD")
    return found


@pytest.mark.parametrize(
    ("named", "environment", "expected", "commit"),
    [
        (None, {}, "main", "main"),
        ("release", {}, "release", "first"),
        (None, {"GITHUB_BASE_REF": "release"}, "release", "first"),
        (None, {"GITHUB_BASE_REF": ""}, "main", "main"),  # as in a push
        (None, {"CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "release"}, "release", "first"),
        (None, {"CI_COMMIT_BEFORE_SHA": "0" * 40}, "main", "main"),  # a branch's first push
    ],
)
def test_the_base_is_where_the_branches_parted(
    repository: GitProject,
    branches: dict[str, str],
    named: str | None,
    environment: dict[str, str],
    expected: str,
    commit: str,
) -> None:
    base = Repository(repository.folder).base(named, environment)
    assert (base.named, base.commit) == (expected, branches[commit])


def test_on_the_base_branch_itself_the_commit_before_is_compared_with(
    repository: GitProject, branches: dict[str, str]
) -> None:
    repository.git("checkout", "-q", "main")
    found = Repository(repository.folder)
    assert (found.base(None, {}).named, found.base(None, {}).commit) == ("HEAD~1", branches["first"])
    repository.write("a.txt", "3")  # what is not committed is the change, then
    assert found.base(None, {}).commit == branches["main"]
    assert found.changed(branches["main"]) == ["a.txt"]


def test_what_differs_names_paths_as_they_are(repository: GitProject, branches: dict[str, str]) -> None:
    found = Repository(repository.folder)
    repository.write("new\nline.txt", "1")
    repository.write(".gitignore", "hidden.txt\n")
    repository.write("hidden.txt", "1")
    assert found.changed(branches["main"]) == [".gitignore", "new\nline.txt", "ä b.txt"]
    assert found.show(branches["main"], "a.txt") == "2"
    assert found.show(branches["main"], "ä b.txt") is None


def test_a_remote_has_a_default_branch_and_a_shallow_clone_a_hint(
    repository: GitProject, branches: dict[str, str], tmp_path: Path
) -> None:
    repository.git("checkout", "-q", "release")
    repository.git("clone", "-q", str(repository.folder), str(tmp_path / "whole"))
    whole = type(repository)(tmp_path / "whole", repository._capsys)
    whole.git("checkout", "-q", "-b", "mine", "origin/change")
    assert Repository(whole.folder).base(None, {}).named == "origin/HEAD"
    assert Repository(whole.folder).base(None, {}).commit == branches["first"]
    address = f"file://{repository.folder}"
    repository.git("clone", "-q", "--depth", "1", "--no-single-branch", "-b", "change", address, str(tmp_path / "cut"))
    with pytest.raises(Conflict, match="fetch-depth: 0"):
        Repository(tmp_path / "cut").base("origin/release", {})


def test_without_a_repository_or_a_commit_it_is_said(tmp_path: Path, repository: GitProject) -> None:
    with pytest.raises(NotFound, match="has no commit yet"):
        Repository(repository.folder).base(None, {})
    with pytest.raises(NotFound, match="in no Git repository"):
        Repository(tmp_path)


def test_what_git_refuses_is_said_as_git_says_it(
    repository: GitProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotFound, match="there is no folder"):
        Repository(tmp_path / "nowhere")
    found = Repository(repository.folder)
    with monkeypatch.context() as patched:
        patched.setattr("nbmlops.integration.repository.TIMEOUT", 1e-6)
        with pytest.raises(Conflict, match="did not end"):
            found.notebooks()
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")  # as in a container that another user checked out
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    with pytest.raises(Conflict, match="dubious ownership") as raised:
        Repository(repository.folder)
    assert "safe.directory" in raised.value.hint
