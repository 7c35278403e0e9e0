from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat
import pytest

from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path


class Project:
    """A folder with notebooks, a pipeline.yaml and a workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = Workspace.open(folder, create=True)

    def notebook(self, name: str, *cells: str, parameters: str = "", tests: tuple[str, ...] = ()) -> Path:
        made = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})] if parameters else []
        made += [nbformat.v4.new_code_cell(cell) for cell in cells]
        made += [nbformat.v4.new_code_cell(cell, metadata={"tags": ["test"]}) for cell in tests]
        metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
        path = self.folder / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=metadata), path)
        return path

    def pipeline(self, steps: str, head: str = "pipeline: p\n") -> Path:
        path = self.folder / "pipeline.yaml"
        path.write_text(f"{head}steps:\n{steps}")
        return path

    def diamond(self) -> None:
        """Write a → b, c → d: each appends its name to what it read."""
        self.notebook("a", "open('a.txt', 'w').write(f'a{k}')", parameters="k = 1")
        for name in "bc":
            self.notebook(name, "x = open('a.txt').read()", f"open('{name}.txt', 'w').write(x + '{name}')")
        self.notebook("d", "x = open('b.txt').read() + open('c.txt').read()\nopen('d.txt', 'w').write(x)", "auc = 0.7")
        self.pipeline(
            "  a: {notebook: a.ipynb, outputs: [a.txt]}\n"
            "  b: {notebook: b.ipynb, inputs: [a.txt], outputs: [b.txt]}\n"
            "  c: {notebook: c.ipynb, inputs: [a.txt], outputs: [c.txt]}\n"
            "  d: {notebook: d.ipynb, inputs: [b.txt, c.txt], outputs: [d.txt]}\n"
        )

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(tmp_path)
    return Project(tmp_path)
