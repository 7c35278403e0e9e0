"""An IPython shell in this process, with nbmlops loaded in a workspace of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

import nbmlops

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbmlops.workspaces import Workspace


class Notebook:
    """Runs cells, and gives what a user would see."""

    def __init__(self, shell: Any) -> None:
        self.shell = shell
        self.seen: Any = None

    def run(self, code: str, *, fails: bool = False) -> Any:
        """Run a cell; give IPython's result. What it printed and displayed is in ``seen``."""
        with capture_output() as self.seen:
            result = self.shell.run_cell(code, store_history=True)
        assert result.success is not fails, f"{self.seen.stdout}\n{self.seen.stderr}\n{result.error_in_exec!r}"
        return result

    @property
    def runs(self) -> Any:
        """The runs of the workspace."""
        return nbmlops.runs()

    @property
    def last(self) -> Any:
        """Everything known of the newest run."""
        return nbmlops.runs().show("@last")

    @property
    def card(self) -> str:
        """The text of the last card that was shown."""
        return self.seen.outputs[-1].data["text/plain"] if self.seen.outputs else ""


@pytest.fixture
def notebook(workspace: Workspace, tmp_path: Path) -> Iterator[Notebook]:
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(ipython_dir=str(tmp_path / "ipython"), colors="nocolor", history_length=0)
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "nbmlops")
    yield Notebook(shell)
    shell.run_line_magic("unload_ext", "nbmlops")
    shell.history_manager.end_session()
    shell.restore_sys_module_state()
    InteractiveShell.clear_instance()


@pytest.fixture
def models(notebook: Notebook) -> Notebook:
    """The shell with iris and some of scikit-learn at hand."""
    notebook.run(
        "from sklearn.datasets import load_iris\n"
        "from sklearn.tree import DecisionTreeClassifier\n"
        "from sklearn.metrics import accuracy_score, f1_score\n"
        "X, y = load_iris(return_X_y=True, as_frame=True)"
    )
    return notebook
