"""What a notebook's code says that it reads and writes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.inferring.cells import code_cell
from nbmlops.pipelines.inferring.r_code import read_r
from nbmlops.pipelines.inferring.shell import run_shell
from nbmlops.pipelines.inferring.sql_cells import run_sql_cell
from nbmlops.pipelines.inferring.values import Param
from nbmlops.pipelines.inferring.walking import Walker
from nbmlops.pipelines.inferring.workspace_names import define_view
from nbmlops.pipelines.notebooks import PARAMETERS, NotebookFile, read_notebook

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable
    from pathlib import Path

    from nbmlops.pipelines.inferring.uses import Found

_SHELLS = frozenset({"bash", "sh", "script", "system", "sx", "cmd", "!"})
_EXPANDED = frozenset({"system", "sx", "!"})
"""Those of them into which IPython puts names of Python."""
_WRITERS = frozenset({"writefile", "file"})


def read_code(notebook: NotebookFile, folder: Path, notebooks: Iterable[Path] = ()) -> Found:
    """Return what the code of a notebook reads and writes, as far as it can be followed.

    Parameters
    ----------
    notebook : NotebookFile
        The notebook.
    folder : Path
        The folder of the pipeline, in which its notebooks run.
    notebooks : iterable of Path
        All notebooks of the pipeline.
    """
    walker = CodeWalker(folder, notebooks)
    walker.search += _module_folders(notebook.path, folder)
    if notebook.language.lower() == "r":
        read_r(walker, notebook)
    elif notebook.language.lower() not in ("python", ""):
        walker.found.open.append(f"code in {notebook.language} is not read: only runs say what it reads and writes")
    else:
        walker.run_notebook(notebook)
    return walker.found


class CodeWalker(Walker):
    """A walker that also goes through whole notebooks, and through those that they run."""

    def run_notebook(self, notebook: NotebookFile) -> None:
        """Go through the cells of a notebook from top to bottom."""
        is_own = self.depth == 0
        for cell in notebook.cells:
            if is_own:
                self.begin_cell(cell.position)
            parsed = code_cell(cell.source, cell.position)
            if parsed.tree is not None:
                self._run_cell(parsed.tree.body, cell.position)
                if is_own and PARAMETERS in cell.tags:
                    self._take_parameters(notebook)
            elif parsed.magic:
                self._magic(parsed.magic, parsed.line, parsed.body)
            elif cell.source.strip():
                self.found.open.append(f"cell {cell.position} cannot be read as Python")

    def _run_cell(self, body: list[ast.stmt], position: int) -> None:
        try:
            self.run(body, self.top)
        except RecursionError:
            self.found.open.append(f"cell {position} is nested too deeply to be followed")

    def run_file(self, path: str) -> None:
        """Go through a script, or a notebook that this one runs in its own namespace."""
        file = self.file(path)
        if self.depth >= 20 or not file.is_file():
            return
        is_step = str(file) in self.notebooks
        if is_step:
            self.note_name("read", "notebook", self.placed(path))
        self.depth += 1
        self.quiet += is_step
        try:
            if file.suffix == ".ipynb":
                self.run_notebook(read_notebook(file))
            else:
                self.run_text(file.read_text(encoding="utf-8"), self.top)
        except (NbmlopsError, OSError, UnicodeDecodeError):
            return
        finally:
            self.depth -= 1
            self.quiet -= is_step

    def _take_parameters(self, notebook: NotebookFile) -> None:
        """Let the names of the parameters cell stand for what a caller may give."""
        for name in notebook.parameters:
            if name in self.top.names:
                self.top.names[name] = Param(name, self.top.names[name])

    def _magic(self, name: str, line: str, body: str) -> None:
        if name in _SHELLS:
            run_shell(self, body, expands=name in _EXPANDED)
        elif name in _WRITERS:
            words = line.split()
            if words:
                self.note("update" if "-a" in words or "--append" in words else "write", words[-1])
        elif name == "feature":
            define_view(self, line, body)
        elif "sql" in name:
            run_sql_cell(self, line, body)


def _module_folders(notebook: Path, folder: Path) -> list[str]:
    """Return where modules of the user's own may lie: beside the notebook, in ``src``, and where it says so."""
    places = (notebook.absolute().parent, folder.absolute() / "src", folder.absolute().parent)
    return [os.path.relpath(place, folder.absolute()) for place in places if place.is_dir()]
