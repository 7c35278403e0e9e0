"""Commit and branch read from ``.git`` without a process; what is not committed is asked of git in the background."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

MAX_DIFF = 1_000_000


def git_state(folder: Path) -> dict[str, Any] | None:
    """Return ``{"commit", "branch", "root"}`` of the repository that holds a folder, or None when there is none.

    Examples
    --------
    >>> from pathlib import Path
    >>> git_state(Path("/")) is None
    True
    """
    for parent in (folder, *folder.parents):
        dot_git = parent / ".git"
        if dot_git.exists():
            try:
                return _read(parent, dot_git)
            except (OSError, UnicodeDecodeError):
                return None
    return None


def _read(root: Path, dot_git: Path) -> dict[str, Any]:
    git_dir = dot_git
    if dot_git.is_file():  # a worktree or a submodule points elsewhere
        git_dir = (root / dot_git.read_text(encoding="utf-8").removeprefix("gitdir:").strip()).resolve()
    head = (git_dir / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return {"commit": head, "branch": None, "root": root.name}
    ref = head.removeprefix("ref:").strip()
    common = git_dir
    if (git_dir / "commondir").exists():
        common = (git_dir / (git_dir / "commondir").read_text(encoding="utf-8").strip()).resolve()
    return {
        "commit": _commit(common, git_dir, ref),
        "branch": ref.removeprefix("refs/heads/"),
        "root": root.name,
    }


def _commit(common: Path, git_dir: Path, ref: str) -> str | None:
    for folder in (git_dir, common):
        if (folder / ref).exists():
            return (folder / ref).read_text(encoding="utf-8").strip()
    packed = common / "packed-refs"
    if packed.exists():
        for line in packed.read_text(encoding="utf-8").splitlines():
            commit, _, name = line.partition(" ")
            if name == ref:
                return commit
    return None


def uncommitted(folder: Path) -> dict[str, Any]:
    """Return ``{"dirty", "diff"}``: whether there are changes, and the diff against the last commit (cut at 1 MB).

    Runs git, so it is for the background. Where git is missing or fails, the answer is empty.
    """
    try:
        status = _git(folder, "status", "--porcelain", "--untracked-files=normal")
        if not status.strip():
            return {"dirty": False}
        return {"dirty": True, "diff": _git(folder, "diff", "HEAD", "--no-color", "--no-ext-diff")[:MAX_DIFF]}
    except (OSError, subprocess.SubprocessError):
        return {}


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-c", "core.quotePath=false", "--no-optional-locks", *words],
        cwd=folder,
        capture_output=True,
        timeout=20,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return done.stdout.decode("utf-8", "replace")
