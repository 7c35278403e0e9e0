"""The Git repository: which commit is the base, what differs from it, and what a file held there."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.errors import Conflict, InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_COMMIT = "0" * 40
TIMEOUT = 120
REPORT = "nbmlops-report"
PIP_CACHE = ".cache/pip"
"""Where the workflow of GitLab keeps what pip downloads: a cache there has to be inside of the repository."""


@dataclass(frozen=True)
class Base:
    """What is compared with: how it was named, and the commit."""

    named: str
    commit: str


class Repository:
    """The repository that holds a folder.

    Raises
    ------
    NotFound
        There is none, or no git.
    Conflict
        Git refuses it, as it does one of another user.
    """

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            raise NotFound(f"there is no folder {folder}.", "Name one of a Git repository.")
        try:
            found = _git(folder, "rev-parse", "--show-toplevel")
        except FileNotFoundError as error:
            raise NotFound("git is not installed.", "nbmlops ci compares with a commit: install git.") from error
        said = found.stderr.decode(errors="replace").strip()
        if found.returncode != 0 and "not a git repository" in said:
            raise NotFound(f"{folder} is in no Git repository.", "git init, and commit what is there.")
        if found.returncode != 0:
            is_unsafe = "safe.directory" in said
            hint = f"git config --global --add safe.directory {folder.resolve()}" if is_unsafe else "git status"
            raise Conflict(f"git cannot use {folder}: {said.partition(chr(10))[0]}.", hint)
        self.root = Path(os.fsdecode(found.stdout.rstrip(b"\n")))

    def head(self) -> str:
        """Return the commit that is checked out.

        Raises
        ------
        NotFound
            There is none yet.
        """
        commit = self._commit("HEAD")
        if commit is None:
            raise NotFound("the repository has no commit yet.", "git commit")
        return commit

    def base(self, named: str | None, environment: Mapping[str, str] = os.environ) -> Base:
        """Return the commit to compare with: where HEAD and the base branch parted.

        Parameters
        ----------
        named : str, optional
            A branch, a tag or a commit. Without it: the branch that a merge request goes to, as GitHub and GitLab say
            it, else the remote's default branch, else ``main`` or ``master``. Where that is the commit that is checked
            out, and nothing differs from it, the commit before is compared with: for one that was named too.
        environment : mapping
            The variables of the process.

        Raises
        ------
        InvalidInput
            There is no such commit.
        Conflict
            The history does not reach back to where both parted.
        """
        head = self.head()
        if named is not None:
            commit = self._commit(named) or self._commit(f"origin/{named}")
            if commit is None:
                raise InvalidInput(
                    f"--base {named}: there is no such branch, tag or commit here.",
                    f"Fetch it: git fetch origin {named}",
                )
        else:
            named, commit = self._guessed(environment)
        if commit is None:
            return Base("HEAD", head)
        parted = _git(self.root, "merge-base", "HEAD", commit)
        if parted.returncode != 0:
            raise Conflict(
                f"HEAD and {named} have no commit in common here.",
                "A shallow clone does not reach that far: fetch-depth: 0 (GitHub), GIT_DEPTH: 0 (GitLab), "
                "git fetch --unshallow.",
            )
        found = parted.stdout.decode().strip()
        if found == head and commit == head and not self.changed(head):
            before = self._commit("HEAD~1")
            if before is not None:
                return Base("HEAD~1", before)
        return Base(named, found)

    def _guessed(self, environment: Mapping[str, str]) -> tuple[str, str | None]:
        """Return the name and the commit of the branch that changes go to, as far as it can be known."""
        candidates = []
        for variable in ("GITHUB_BASE_REF", "CI_MERGE_REQUEST_TARGET_BRANCH_NAME"):
            if environment.get(variable):
                candidates += [f"origin/{environment[variable]}", environment[variable]]
        for variable in ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "CI_COMMIT_BEFORE_SHA"):
            if environment.get(variable, _NO_COMMIT) != _NO_COMMIT:
                candidates.append(environment[variable])
        for name in [*candidates, "origin/HEAD", "origin/main", "origin/master", "main", "master"]:
            commit = self._commit(name)
            if commit is not None:
                return name, commit
        return "HEAD", None

    def changed(self, commit: str) -> list[str]:
        """Return the paths that differ from a commit, from the repository's root: also what is not committed.

        What ``ci`` and Jupyter leave in a repository is no change: reports, copies of notebooks, pip's cache.
        """
        done = _git(self.root, "diff", "--name-only", "-z", "--no-renames", commit, check=True).stdout
        new = _git(self.root, "ls-files", "--others", "--exclude-standard", "-z", check=True).stdout
        names = {os.fsdecode(name) for name in (done + new).split(b"\0") if name}
        return sorted(name for name in names if not is_left_behind(name))

    def notebooks(self) -> list[str]:
        """Return the paths of all notebooks, from the root; what Git ignores is left out."""
        listed = _git(
            self.root, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", "*.ipynb", check=True
        )
        names = {os.fsdecode(name) for name in listed.stdout.split(b"\0") if name}
        return sorted(name for name in names if (self.root / name).is_file() and not is_copy(name))

    def show(self, commit: str, path: str) -> str | None:
        """Return what a file held in a commit, or None where it was not there or is no text."""
        done = _git(self.root, "show", f"{commit}:{path}")
        if done.returncode != 0:
            return None
        try:
            return done.stdout.decode("utf-8")
        except UnicodeDecodeError:
            return None

    def path_of(self, file: Path) -> str:
        """Return a file's path from the root."""
        return Path(os.path.relpath(file.resolve(), self.root.resolve())).as_posix()

    def _commit(self, name: str) -> str | None:
        if name.startswith("-"):
            return None
        done = _git(self.root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        return done.stdout.decode().strip() or None if done.returncode == 0 else None


def is_copy(path: str) -> bool:
    """Tell whether a notebook is a copy that Jupyter or the workspace made.

    Examples
    --------
    >>> is_copy("a/.ipynb_checkpoints/train-checkpoint.ipynb"), is_copy("a/train.ipynb")
    (True, False)
    """
    return any(part.startswith(".") for part in path.split("/"))


def is_left_behind(path: str) -> bool:
    """Tell whether a file is an earlier report, a copy of a notebook that Jupyter keeps, or of pip's cache.

    Examples
    --------
    >>> is_left_behind("nbmlops-report.md"), is_left_behind(".ipynb_checkpoints/a-checkpoint.ipynb")
    (True, True)
    >>> is_left_behind(".github/workflows/x.yml")
    False
    """
    is_report = path.rpartition("/")[2] in (f"{REPORT}.md", f"{REPORT}.html")
    return is_report or (path.endswith(".ipynb") and is_copy(path)) or path.startswith(f"{PIP_CACHE}/")


def _git(folder: Path, *words: str, check: bool = False) -> subprocess.CompletedProcess[bytes]:
    try:
        done = subprocess.run(
            ["git", "-c", "core.quotePath=false", "--no-optional-locks", *words],
            cwd=folder,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            env={**os.environ, "LC_ALL": "C"},  # what it says is read
        )
    except subprocess.TimeoutExpired as error:
        raise Conflict(f"git {words[0]} did not end within {TIMEOUT} s.", "git status") from error
    if check and done.returncode != 0:
        raise Conflict(f"git {words[0]} failed: {done.stderr.decode(errors='replace').strip()[:300]}")
    return done
