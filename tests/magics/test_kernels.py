"""Real kernels: as nbclient and JupyterLab run them, also interrupted, killed, and two on one notebook."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from jupyter_client.manager import start_new_kernel
from nbclient import NotebookClient

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbmlops.workspaces import Workspace

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::ResourceWarning")


class Kernel:
    """A kernel of its own process, spoken to as a front end does."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.manager, self.client = start_new_kernel(
            kernel_name="python3", cwd=str(folder), env={**os.environ, **environment}
        )

    def run(self, code: str, wait: bool = True) -> Any:
        if not wait:
            return self.client.execute(code)
        return self.client.execute_interactive(code, timeout=60, output_hook=lambda _: None)["content"]

    def pid(self) -> int:
        return self.manager.provisioner.process.pid

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture
def kernel(workspace: Workspace, tmp_path: Path) -> Iterator[Kernel]:
    one = Kernel(tmp_path, JPY_SESSION_NAME="folder/flights.ipynb")
    one.run("%load_ext nbmlops")
    yield one
    one.close()


def test_a_kernel_tells_notebook_and_experiment(kernel: Kernel, workspace: Workspace) -> None:
    kernel.run("%%track rf\nauc = 0.5 * 1")
    run = workspace.runs.show("rf")
    assert (run.notebook, run.experiment, run.status) == ("folder/flights.ipynb", "flights", "finished")


def test_cells_that_were_deleted_or_stand_elsewhere_are_said(workspace: Workspace, tmp_path: Path) -> None:
    file = tmp_path / "flights.ipynb"
    kernel = Kernel(tmp_path, JPY_SESSION_NAME=str(file))
    try:
        kernel.run("%load_ext nbmlops")

        def run(cell: str, code: str) -> None:
            # as JupyterLab says which cell it is
            message = kernel.client.session.msg(
                "execute_request", {"code": code, "silent": False, "store_history": True}
            )
            message["metadata"]["cellId"] = cell
            kernel.client.shell_channel.send(message)
            kernel.client.get_shell_msg(timeout=30)

        run("first", "a = 1")
        run("second", "b = a + 1")
        cells = [nbformat.v4.new_code_cell("", id=name) for name in ("second", "third", "last")]
        nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
        run("last", "c = b + 1")
        run("third", "%%track rf\nd = c + 1")
        run("third", "import nbmlops\nnbmlops.workspace().recorder.background.wait()")
        end = "; the notebook as saved cannot give this result"
        assert list(workspace.runs.show("rf").warnings) == [
            f"hidden state: cell [2] was deleted since it ran{end}",
            f"hidden state: cell [4] stands below cell [5] but ran before it{end}",
        ]
    finally:
        kernel.close()


@pytest.mark.parametrize("body", ["import time; time.sleep(30)", "import asyncio; await asyncio.sleep(30)"])
def test_sigint_interrupts_the_cell_and_the_run(kernel: Kernel, workspace: Workspace, body: str) -> None:
    kernel.run(f"%%track slow\nimport nbmlops\nnbmlops.log(loss=1)\n{body}", wait=False)
    until(lambda: workspace.runs.list() and workspace.runs.metrics("slow"))
    time.sleep(0.3)
    kernel.manager.interrupt_kernel()
    # an awaiting kernel wakes up with the next message, as front ends send them all the time
    until(lambda: kernel.client.kernel_info() and workspace.runs.get("slow").status != "running", 20)
    run = workspace.runs.get("slow")
    assert (run.status, run.metrics) == ("interrupted", {"loss": 1.0})
    # what stood in the queue behind an interrupted cell is aborted, as always in Jupyter
    until(lambda: kernel.run("1 + 1")["status"] == "ok")


def test_a_kernel_killed_while_logging(kernel: Kernel, workspace: Workspace) -> None:
    kernel.run("%%track victim\nimport nbmlops\nfor i in range(10**9): nbmlops.log(loss=i)", wait=False)
    until(lambda: len(workspace.runs.metrics("victim").get("loss", ())) > 100 if workspace.runs.list() else False)
    os.kill(kernel.pid(), signal.SIGKILL)
    until(lambda: workspace.runs.get("victim").status == "interrupted")
    steps = [point.step for point in workspace.runs.metrics("victim")["loss"]]
    assert steps == list(range(len(steps)))
    assert workspace.verify() == []


def test_two_kernels_on_one_notebook_do_not_see_each_others_runs(
    kernel: Kernel, workspace: Workspace, tmp_path: Path
) -> None:
    other = Kernel(tmp_path, JPY_SESSION_NAME="folder/flights.ipynb")
    try:
        other.run("%load_ext nbmlops")
        kernel.run("%%track one\nimport time, nbmlops\ntime.sleep(1)\nnbmlops.log(a=1)", wait=False)
        other.run("%%track two\nimport nbmlops\nnbmlops.log(b=2)")
        until(lambda: workspace.runs.get("one").status == "finished" if len(workspace.runs.list()) == 2 else False)
        assert (workspace.runs.get("one").metrics, workspace.runs.get("two").metrics) == ({"a": 1.0}, {"b": 2.0})
    finally:
        other.close()


def test_nbclient_runs_tracked_notebooks_and_keeps_the_cards(workspace: Workspace, tmp_path: Path) -> None:
    cells = ["%load_ext nbmlops", "#| track rf\nauc = 0.5 * 1\n'last value'", "%runs", "%%track boom\n1 / 0"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(
        notebook, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    value, card = notebook.cells[1].outputs
    assert value.data["text/plain"] == "'last value'"
    assert "rf" in card.data["text/plain"]
    assert len(card.data["text/html"]) < 10_000
    error, failed = notebook.cells[3].outputs
    assert error.ename == "ZeroDivisionError"
    assert "boom" in failed.data["text/plain"]
    assert {run.name: run.status for run in workspace.runs.list()} == {"rf": "finished", "boom": "failed"}


def until(check: Any, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_what_a_kernel_prints_is_compared_as_the_kernel_prints_it(kernel: Kernel, workspace: Workspace) -> None:
    kernel.run("import pandas as pd\nwide = pd.DataFrame({f'a_long_name_{i}': [i / 7] for i in range(30)})")
    kernel.run("%%track wide\nprint(wide)\nprint(wide.describe())")
    replay = workspace.reproduce("wide")
    assert (replay.verdict, replay.compared) == ("identical", 1), replay
    kernel.run("%%track drawn\nimport os\nprint(os.urandom(8).hex())")
    replay = workspace.reproduce("drawn")
    assert (replay.verdict, replay.differs) == ("diverged", ("the printed output",)), replay
    kernel.run("def timed(f):\n    import time\n    begin = time.time()\n    f()\n    print(time.time() - begin)")
    kernel.run("%%track clock\ntimed(dir)")
    assert workspace.reproduce("clock").compared == 0


def test_duckdb_leaves_no_bar_under_a_cell(kernel: Kernel) -> None:
    kernel.run("import duckdb\nfrom nbmlops.features.engine import new_connection")
    asked = "bool({}.execute(\"SELECT current_setting('enable_progress_bar')\").fetchone()[0])"

    def shown(connection: str) -> bool:
        answer = kernel.client.execute_interactive(
            "", user_expressions={"shown": asked.format(connection)}, output_hook=lambda _: None, timeout=60
        )
        return bool(answer["content"]["user_expressions"]["shown"]["data"]["text/plain"] == "True")

    assert shown("duckdb.connect(':memory:')")  # its own way in a notebook, which is why it is turned off
    assert not shown("new_connection()")
