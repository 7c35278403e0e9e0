"""The registry's file: opened by many at once, and clear about what is wrong with it."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import sqlite_utils

from nbmlops.errors import WorkspaceUnusable
from nbmlops.store.database import FILE, Database
from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable

EIGHT = """
import sys, time, nbmlops
start = float(sys.argv[1])
time.sleep(max(0, start - time.time()))
workspace = nbmlops.workspace(create=True)
for index in range(100):
    with workspace.track("rf", params={"index": index}) as run:
        run.log(auc=index / 100)
"""


@pytest.mark.parametrize("is_new", [True, False], ids=["brand-new", "existing"])
def test_eight_processes_record_100_runs_each(tmp_path: Path, is_new: bool) -> None:
    import time

    if not is_new:
        Workspace.open(tmp_path, create=True).close()
    start = time.time() + 3
    environment = {**os.environ, "NBMLOPS_HOME": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", EIGHT, str(start)], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
        )
        for _ in range(8)
    ]
    errors = [process.communicate(timeout=300)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 8, errors
    with Workspace.open(tmp_path) as workspace:
        runs = workspace.runs.list()
        assert len(runs) == 800
        assert {run.status for run in runs} == {"finished"}
        assert len({run.name for run in runs}) == 800
        assert all(run.metrics["auc"] == run.params["index"] / 100 for run in runs)
        assert workspace.verify() == []


def test_the_file_is_named_for_people(tmp_path: Path) -> None:
    with Workspace.open(tmp_path, create=True) as workspace:
        with workspace.track("rf", params={"depth": 3}) as run:
            run.log(auc=0.8, step=2)
        plain = sqlite_utils.Database(workspace.database.path)
        [row] = plain.query("SELECT runs.name, metrics.* FROM metrics JOIN runs ON runs.id = metrics.run_id")
        assert (row["name"], row["value"], row["step"]) == ("rf", 0.8, 2)
        [summary] = plain["run_summary"].rows
        assert (summary["metrics"], summary["params"]) == ('{"auc":0.8}', '{"depth":3}')
        assert plain.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        plain.close()


def test_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    Workspace.open(tmp_path, create=True).close()
    file = tmp_path / ".nbmlops" / FILE
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = file.read_bytes()
    with pytest.raises(WorkspaceUnusable, match=r"newer release[\s\S]*pip install --upgrade"):
        Workspace.open(tmp_path)
    assert file.read_bytes() == before


@pytest.mark.parametrize("damage", ["not a database", "cut", "overwritten"])
def test_a_damaged_file_is_named_and_not_touched(tmp_path: Path, damage: str) -> None:
    with Workspace.open(tmp_path, create=True) as workspace:
        for index in range(200):
            with workspace.track("rf", params={f"p{i}": "x" * 50 for i in range(20)}) as run:
                run.log(auc=index)
    file = tmp_path / ".nbmlops" / FILE
    whole = file.read_bytes()
    page = 4096
    broken = {
        "not a database": b"these are no pages " * 1000,
        "cut": whole[: len(whole) // 2 // page * page],
        "overwritten": whole[: 3 * page] + b"\xff" * (len(whole) - 3 * page),
    }[damage]
    file.write_bytes(broken)
    with pytest.raises(WorkspaceUnusable, match=r"damaged[\s\S]*nbmlops restore"):
        _read_all(tmp_path)
    assert file.read_bytes()[: len(broken)] == broken


def _read_all(folder: Path) -> None:
    with Workspace.open(folder) as workspace:
        workspace.runs.list()
        found = workspace.verify()
        if found:
            raise WorkspaceUnusable(f"damaged: {found}", "nbmlops restore")


def test_a_locked_file_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nbmlops.store.database.BUSY_SECONDS", 0.2)
    with Workspace.open(tmp_path, create=True) as workspace:
        other = sqlite3.connect(workspace.database.path, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(WorkspaceUnusable, match="locked by another program"), workspace.track("rf"):
            pass
        other.execute("ROLLBACK")
        other.close()
        with workspace.track("rf") as run:
            run.log(auc=1)
        assert workspace.runs.get("rf").metrics == {"auc": 1.0}


def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with Workspace.open(tmp_path, create=True) as workspace:
        with workspace.track("before") as run:
            run.log(auc=0.5)
        [(pages,)] = workspace.database.rows("PRAGMA page_count")
        workspace.database.rows(f"PRAGMA max_page_count = {pages + 2}")
        with pytest.raises(WorkspaceUnusable, match=r"full[\s\S]*safe"), workspace.track("after") as run:
            run.log_series("loss", range(100_000))
        workspace.database.rows("PRAGMA max_page_count = 1000000")
        assert workspace.runs.get("before").metrics == {"auc": 0.5}
        assert workspace.verify() == []


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX permissions")
def test_a_read_only_workspace_can_be_read_and_says_so_when_written() -> None:
    folder = Path(tempfile.mkdtemp(prefix="nbmlops-read-only-"))
    try:
        with Workspace.open(folder, create=True) as workspace, workspace.track("rf") as run:
            run.log(auc=0.8)
        inside = folder / ".nbmlops"
        for path in inside.rglob("*"):
            path.chmod(0o444 if path.is_file() else 0o555)
        inside.chmod(0o555)
        folder.chmod(0o755)
        code = """
import os, sys, tempfile
from nbmlops.workspaces import Workspace
from nbmlops.errors import WorkspaceUnusable
other = Workspace.open(tempfile.mkdtemp(), create=True)
with other.track("imports what tracking imports"):
    pass
other.close()
if os.geteuid() == 0:
    os.setuid(65534)  # root may write anywhere, so the look is taken as nobody
workspace = Workspace.open(sys.argv[1])
print(workspace.runs.get("rf").metrics)
try:
    with workspace.track("another"):
        pass
except WorkspaceUnusable as error:
    print(error)
"""
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, timeout=60, check=True
        )
        assert "{'auc': 0.8}" in done.stdout, done.stderr
        assert "read-only" in done.stdout
    finally:
        for path in [folder / ".nbmlops", *(folder / ".nbmlops").rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceUnusable, match="no workspace can be made"):
        Workspace.open(tmp_path / "file" / "below", create=True)


def test_a_forked_child_has_its_own_connection_and_leaves_the_parents_run_open(tmp_path: Path) -> None:
    code = """
import os, nbmlops
with nbmlops.track("parent") as run:
    child = os.fork()
    if child == 0:
        run.log(from_child=1)
        os._exit(0)
    os.waitpid(child, 0)
    run.log(from_parent=2)
print(nbmlops.runs().get("parent"))
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "NBMLOPS_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "'from_child': 1.0" in done.stdout
    assert "'from_parent': 2.0" in done.stdout
    assert "status='finished'" in done.stdout


def test_opening_an_up_to_date_file_writes_nothing(tmp_path: Path) -> None:
    Workspace.open(tmp_path, create=True).close()
    file = tmp_path / ".nbmlops" / FILE
    before = file.stat().st_mtime_ns
    Database(tmp_path / ".nbmlops").close()
    assert file.stat().st_mtime_ns == before


INTERRUPTED = """
import signal, sys, nbmlops
from nbmlops.workspaces import Workspace
def stop(*_):
    raise KeyboardInterrupt
signal.signal(signal.SIGALRM, stop)
workspace = nbmlops.workspace(create=True)
with workspace.track("rf") as run:
    stops = 0
    while stops < 300:
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.0005 + (stops % 37) * 0.00003)
            while True:
                run.log(a=1, b=2, c=3)
        except KeyboardInterrupt:
            stops += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    run.log(last=1)
    other = Workspace.open()
    assert other.runs.get("rf").metrics["last"] == 1, "a write after an interrupt was lost"
    other.recorder.writer.update([run.id], note="others can write")
"""


def test_interrupts_while_logging_lose_no_later_write(python: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    assert python(INTERRUPTED).returncode == 0
