from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from nbmlops.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path


class GitProject:
    """A Git repository with notebooks, and the command line in it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capsys = capsys
        self.errors = ""

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", *words], cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def init(self) -> GitProject:
        self.git("init", "-q", "-b", "main")
        self.identify()
        return self

    def identify(self) -> None:
        self.git("config", "user.email", "a@example.org")
        self.git("config", "user.name", "A")

    def commit(self, message: str = "change") -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def notebook(self, name: str, *cells: str, tests: tuple[str, ...] = (), parameters: str = "") -> None:
        make = nbformat.v4.new_code_cell
        made = [make(parameters, metadata={"tags": ["parameters"]}, id="parameters")] if parameters else []
        made += [make(cell, id=f"cell-{at}") for at, cell in enumerate(cells)]
        made += [make(cell, metadata={"tags": ["test"]}, id=f"test-{at}") for at, cell in enumerate(tests)]
        metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
        notebook = nbformat.v4.new_notebook(cells=made, metadata=metadata)
        self.write(f"{name}.ipynb", nbformat.writes(notebook) + "\n")

    def run(self, *words: str) -> tuple[int, str]:
        """Give a command; return its exit code and what it wrote to standard output."""
        before = os.getcwd()  # noqa: PTH109
        os.chdir(self.folder)
        try:
            self._capsys.readouterr()
            code = main(list(words))
            out, self.errors = self._capsys.readouterr()
            return code, out
        finally:
            os.chdir(before)

    def ci(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run ``nbmlops ci --json``; return exit code and record."""
        code, out = self.run("ci", "--json", *words)
        return code, json.loads(out)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def no_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what a CI says of itself: the tests may run in one."""
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "CI_", "GIT_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)


@pytest.fixture
def repository(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> GitProject:
    folder = tmp_path / "project"
    folder.mkdir()
    return GitProject(folder, capsys).init()
