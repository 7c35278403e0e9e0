"""A replay does no harm: whatever its cells do, nothing outside the scratch folder changes, and the verdict says so."""

from __future__ import annotations

import http.server
import os
import signal
import sqlite3
import threading
import time
from typing import TYPE_CHECKING

import pytest

import nbmlops

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conftest import Notebook


IN_REPLAY = "import nbmlops\nif nbmlops.workspace().path.parent.name == 'registry':"


class _Counting(http.server.BaseHTTPRequestHandler):
    posts = 0

    def do_POST(self) -> None:
        type(self).posts += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    """A server on this machine that counts what it is sent."""
    _Counting.posts = 0
    server = http.server.HTTPServer(("127.0.0.1", 0), _Counting)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return every file of a folder but those of the workspace."""
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and ".nbmlops" not in path.parts and "ipython" not in path.parts
    }


def replay_leaves_all_alone(notebook: Notebook, folder: Path) -> nbmlops.records.Replay:
    nbmlops.workspace().recorder.background.wait()
    before = state(folder)
    replay = nbmlops.workspace().reproduce("@last")
    assert state(folder) == before
    return replay


def test_a_cell_that_deletes_files_elsewhere(
    notebook: Notebook, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "a.txt").write_text("a")
    notebook.run(f"%%track harm\nimport os\nos.truncate({str(elsewhere / 'a.txt')!r}, 0)\ndone = 1")
    (elsewhere / "a.txt").write_text("a")
    replay = replay_leaves_all_alone(notebook, tmp_path)
    assert (elsewhere / "a.txt").read_text() == "a"
    assert replay.verdict == "not_replayable"
    assert f"cut {elsewhere / 'a.txt'}" in replay.refused[0]
    assert "refused in cell" in replay.reason
    assert "--allow" in replay.reason


def test_a_cell_that_deletes_what_stands_beside_it_works_on_the_copy(notebook: Notebook, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    notebook.run("%%track harm\nimport os\nn = os.path.getsize('a.csv')\nos.remove('a.csv')")
    replay = replay_leaves_all_alone(notebook, tmp_path)
    assert (replay.verdict, replay.refused) == ("identical", ()), replay


@pytest.mark.parametrize("is_absolute", [False, True])
def test_a_cell_that_overwrites_its_own_input(notebook: Notebook, tmp_path: Path, is_absolute: bool) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n2\n")
    named = str(path) if is_absolute else "a.csv"
    notebook.run("import pandas as pd\nframe = pd.read_csv(" + repr(named) + ")")
    notebook.run(f"%%track harm\nframe['x'] *= 2\ntotal = int(frame['x'].sum())\nframe.to_csv({named!r}, index=False)")
    path.write_text("x\n1\n2\n")
    replay = replay_leaves_all_alone(notebook, tmp_path)
    assert replay.verdict == "identical", replay


def test_a_cell_that_writes_to_a_database(notebook: Notebook, tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE t (x)")
    connection.commit()
    connection.close()
    notebook.run(
        f"%%track harm\nimport sqlite3\nconnection = sqlite3.connect({str(path)!r})\n"
        "connection.execute('INSERT INTO t VALUES (1)')\nconnection.commit()\n"
        "n = connection.execute('SELECT count(*) FROM t').fetchone()[0]\nconnection.close()"
    )
    replay = replay_leaves_all_alone(notebook, tmp_path)
    connection = sqlite3.connect(path)
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (1,)
    connection.close()
    assert replay.verdict in ("identical", "diverged", "not_replayable")


def test_a_cell_that_posts_to_a_server(notebook: Notebook, tmp_path: Path, address: str) -> None:
    notebook.run(
        f"%%track harm\nimport urllib.request\nwith urllib.request.urlopen({address!r}, data=b'x') as answer:\n"
        "    status = answer.status"
    )
    assert _Counting.posts == 1
    replay = replay_leaves_all_alone(notebook, tmp_path)
    assert _Counting.posts == 1
    assert replay.verdict == "not_replayable"
    assert "reach the network: 127.0.0.1" in replay.refused[0]


def test_a_cell_that_starts_a_process(notebook: Notebook, tmp_path: Path) -> None:
    mark = tmp_path / "made.txt"
    notebook.run(f"%%track harm\nimport subprocess\ncode = subprocess.run(['touch', {str(mark)!r}]).returncode")
    mark.unlink()
    replay = replay_leaves_all_alone(notebook, tmp_path)
    assert replay.verdict == "not_replayable"
    assert "start a process: touch" in replay.refused[0]
    allowed = nbmlops.workspace().reproduce("@last", allow=True)
    assert (allowed.verdict, allowed.contained, mark.exists()) == ("identical", False, True)


def test_what_was_refused_and_swallowed_is_still_said(notebook: Notebook, tmp_path: Path) -> None:
    notebook.run(
        "%%track harm\nimport subprocess\ntry:\n    subprocess.run(['true'])\nexcept OSError:\n    pass\nanswer = 42"
    )
    replay = replay_leaves_all_alone(notebook, tmp_path)
    assert replay.verdict == "identical"
    assert "start a process: true" in replay.refused[0]


def test_time_over_crash_and_error_are_verdicts(notebook: Notebook) -> None:
    notebook.run("import os, time")
    workspace = nbmlops.workspace()
    notebook.run(f"%%track error\nx = 3\n{IN_REPLAY}\n    1 / 0")
    error = workspace.reproduce("error")
    assert (error.verdict, "ZeroDivisionError" in error.reason) == ("not_replayable", True)
    began = time.monotonic()
    notebook.run(f"%%track endless\n{IN_REPLAY}\n    time.sleep(60)\nx = 4")
    late = workspace.reproduce("endless", timeout=4)
    assert (late.verdict, "its time of 4 s was over in cell" in late.reason) == ("not_replayable", True), late
    assert time.monotonic() - began < 30
    notebook.run(f"%%track dies\n{IN_REPLAY}\n    os.kill(os.getpid(), 9)\nx = 5")
    dead = workspace.reproduce("dies")
    assert (dead.verdict, "SIGKILL" in dead.reason) == ("not_replayable", True), dead


def test_an_interrupted_replay_is_a_verdict_that_is_not_kept(notebook: Notebook) -> None:
    notebook.run(f"%%track slow\nimport time\n{IN_REPLAY}\n    time.sleep(60)\nx = 1")
    workspace = nbmlops.workspace()
    seen = threading.Event()

    def interrupt() -> None:
        seen.wait(30)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt).start()
    replay = workspace.reproduce("slow", progress=lambda _: seen.set())
    assert (replay.verdict, replay.reason, replay.interrupted) == (
        "not_replayable",
        "it was interrupted in cell 1 of 1",
        True,
    )
    assert workspace.runs.get("slow").verdict is None


def test_nothing_of_a_replay_is_left(notebook: Notebook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    notebook.run("%%track one\nx = 1")
    nbmlops.workspace().reproduce("one")
    assert list((tmp_path / "tmp").iterdir()) == []
