"""Nothing half is ever listed, damage is named, several writers and the collector leave each other alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from nbmlops.artifacts import local
from nbmlops.datasets.files import fetch_file, file_fingerprint, find_file, keep_file
from nbmlops.errors import Conflict, InvalidInput, NotFound
from nbmlops.workspaces import Workspace, restore

from .conftest import flights

if TYPE_CHECKING:
    from pathlib import Path

SAVER = """
import sys, numpy as np, pandas as pd
from nbmlops.workspaces import Workspace
ws = Workspace.open(sys.argv[1])
generator = np.random.default_rng(int(sys.argv[2]))
print("ready", flush=True)
for step in range(int(sys.argv[3])):
    frame = pd.DataFrame({"step": step, "who": int(sys.argv[2]), "x": generator.random(30_000)})
    frame["y"] = generator.random(30_000)
    ws.datasets.save(frame, "d", note=str(step))
"""


def start(ws: Workspace, who: int, steps: int) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", SAVER, str(ws.path), str(who), str(steps)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_killed_save_leaves_only_whole_versions(ws: Workspace) -> None:
    ws.datasets.save(flights(100), "d")
    for delay in (0.0, 0.02, 0.05, 0.11, 0.3):
        process = start(ws, 1, 1000)
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    for version in ws.datasets.log("d"):
        assert len(ws.datasets.load(version.spec)) == version.rows
    assert ws.verify() == []
    assert ws.datasets.save(flights(50), "d").version > 1


def test_four_writers_at_once(ws: Workspace) -> None:
    writers = [start(ws, who, 5) for who in range(4)]
    assert [(writer.communicate()[0], writer.returncode) for writer in writers] == [("", 0)] * 4
    log = ws.datasets.log("d")
    assert [version.version for version in log] == list(range(20, 0, -1))
    seen = {(int(frame["who"][0]), int(frame["step"][0])) for frame in (ws.datasets.load(one.spec) for one in log)}
    assert seen == {(who, step) for who in range(4) for step in range(5)}
    assert ws.verify() == []


def flip(ws: Workspace, digest: str) -> None:
    path = ws.blobs._path(digest)
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_flipped_byte_is_found_and_named(ws: Workspace, tmp_path: Path) -> None:
    ws.datasets.save(flights(1000), "flights")
    ws.datasets.save(flights(1000).assign(more=1), "flights")
    [(shared,)] = ws.database.rows("SELECT digest FROM dataset_blobs GROUP BY digest HAVING count(*) = 2 LIMIT 1")
    flip(ws, shared)
    [said] = ws.verify()
    assert shared[:13] in said
    assert "it belongs to the data set flights@1, the data set flights@2" in said
    with pytest.raises(Conflict, match=r"flights@1 cannot be loaded: .*damaged"):
        ws.datasets.load("flights@1")
    ws.blobs.remove(shared)
    assert "is damaged: its blob" in ws.verify()[0]
    with pytest.raises(NotFound, match="doctor --verify"):
        ws.datasets.load("flights@2")
    (tmp_path / "a.bin").write_bytes(os.urandom(1000))
    ws.datasets.save(tmp_path / "a.bin", "raw")
    flip(ws, next(digest for digest, size in ws.blobs.digests() if size == 1000))
    assert any("it belongs to the data set raw@1" in line for line in ws.verify())


def test_a_byte_that_is_flipped_behind_a_load_is_found_by_the_next(ws: Workspace) -> None:
    ws.datasets.save(flights(1000), "flights")
    ws.datasets.load("flights")
    digest = next(digest for digest, _ in ws.blobs.digests())
    before = ws.blobs._path(digest).stat()
    flip(ws, digest)
    os.utime(ws.blobs._path(digest), ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(Conflict, match=r"flights@1 cannot be loaded: .*damaged"):
        ws.datasets.load("flights")


def test_the_collector_takes_only_what_nothing_refers_to(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("nbmlops.collecting", "nbmlops.artifacts.local"):
        monkeypatch.setattr(f"{module}.YOUNG", -1.0)
    assert local.YOUNG < 0
    frame = flights(3000)
    for data in (frame, frame.drop(index=range(10)), frame.assign(more=frame.delay * 2)):
        ws.datasets.save(data, "d")
    (tmp_path / "a.bin").write_bytes(os.urandom(300_000))
    ws.datasets.save(tmp_path / "a.bin", "raw")
    loose = keep_file(ws.database, ws.blobs, _written(tmp_path / "b.bin", os.urandom(200_000)))
    assert ws.gc(dry_run=True)["blobs_removed"] == 1
    assert find_file(ws.database, loose.fingerprint) is not None
    assert ws.gc()["blobs_removed"] == 1
    assert find_file(ws.database, loose.fingerprint) is None
    ws.datasets.delete("d@3")
    assert ws.gc()["blobs_removed"] == 0
    ws.datasets.undelete("d@3")
    ws.datasets.delete("d@3")
    assert ws.gc(dry_run=True, deleted=True)["versions_erased"] == 1
    assert ws.gc(dry_run=True)["versions_erased"] == 0
    found = ws.gc(deleted=True)
    assert (found["versions_erased"], found["blobs_removed"] > 0) == (1, True)
    assert ws.gc(dry_run=True, deleted=True)["versions_erased"] == 0
    with pytest.raises(NotFound, match="erased"):
        ws.datasets.undelete("d@3")
    pd.testing.assert_frame_equal(ws.datasets.load("d@1"), frame)
    assert ws.datasets.load("raw").read_bytes() == (tmp_path / "a.bin").read_bytes()
    assert ws.datasets.save(frame.assign(z=1), "d").version == 4
    assert ws.verify() == []


def test_backups_hold_data_sets(ws: Workspace, tmp_path: Path) -> None:
    frame = flights(1000)
    ws.datasets.save(frame, "d")
    ws.datasets.save(_written(tmp_path / "a.bin", b"x" * 1000), "raw")
    assert ws.backup(tmp_path / "backup")["datasets"] == 2
    restore(tmp_path / "backup", tmp_path / "other")
    with Workspace.open(tmp_path / "other") as other:
        pd.testing.assert_frame_equal(other.datasets.load("d"), frame)
        assert other.datasets.load("raw").read_bytes() == b"x" * 1000
        assert other.verify() == []


def _written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def test_files_cost_what_changed_and_come_back(ws: Workspace, tmp_path: Path) -> None:
    data = os.urandom(20_000_000)
    first = keep_file(ws.database, ws.blobs, _written(tmp_path / "a", data))
    assert first.bytes == first.bytes_added == len(data)
    assert (first.fingerprint, first.bytes) == file_fingerprint(tmp_path / "a")
    changed = data[:9_000_000] + b"inserted" + data[9_000_000:]
    second = keep_file(ws.database, ws.blobs, _written(tmp_path / "a", changed))
    assert second.bytes_added < 0.02 * len(data)
    assert keep_file(ws.database, ws.blobs, tmp_path / "a").bytes_added == 0
    for kept, wanted in ((first, data), (second, changed)):
        fetch_file(ws.database, ws.blobs, kept.fingerprint, tmp_path / "deep" / "out")
        assert (tmp_path / "deep" / "out").read_bytes() == wanted
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["out"]
    empty = keep_file(ws.database, ws.blobs, _written(tmp_path / "e", b""))
    fetch_file(ws.database, ws.blobs, empty.fingerprint, tmp_path / "e2")
    assert (tmp_path / "e2").read_bytes() == b""


def test_a_file_over_the_limit_or_changing_is_not_kept(ws: Workspace, tmp_path: Path) -> None:
    path = _written(tmp_path / "a", os.urandom(9_000_000))
    with pytest.raises(InvalidInput, match="more than 8,500,000 bytes"):
        keep_file(ws.database, ws.blobs, path, max_bytes=8_500_000)
    assert list(ws.blobs.digests()) == []
    seen = []

    def meddle(count: int) -> None:
        if not seen:
            with path.open("ab") as file:
                file.write(b"more")
        seen.append(count)

    with pytest.raises(Conflict, match="changed while it was being read"):
        keep_file(ws.database, ws.blobs, path, told=meddle)
    assert list(ws.blobs.digests()) == []
    with pytest.raises(NotFound, match="no file"):
        keep_file(ws.database, ws.blobs, tmp_path / "nothing")
    with pytest.raises(NotFound, match="no file with the fingerprint"):
        fetch_file(ws.database, ws.blobs, "b3:" + "0" * 64, tmp_path / "out")


def test_folders_and_what_a_database_answers(ws: Workspace, tmp_path: Path) -> None:
    import sqlite3

    folder = tmp_path / "pictures"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "a.png").write_bytes(os.urandom(50_000))
    (folder / "b.txt").write_text("b")
    first = ws.datasets.save(folder, "pictures")
    assert (first.kind, first.rows, first.bytes) == ("folder", None, 50_001)
    assert ws.datasets.save(folder, "pictures").unchanged
    (folder / "b.txt").write_text("c")
    assert ws.datasets.save(folder, "pictures").bytes_added == 1
    back = ws.datasets.load("pictures@1")
    assert (back / "b.txt").read_text() == "b"
    assert (back / "deep" / "a.png").read_bytes() == (folder / "deep" / "a.png").read_bytes()
    (back / "b.txt").write_text("meddled")
    assert (ws.datasets.load("pictures@1") / "b.txt").read_text() == "b"
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a, b)")
    connection.executemany("INSERT INTO t VALUES (?, ?)", [(1, "x"), (2, None)])
    version = ws.datasets.save_query("SELECT * FROM t", connection, "answer")
    assert (version.rows, version.source) == (2, "SELECT * FROM t")
    with pytest.raises(InvalidInput, match="no such table"):
        ws.datasets.save_query("SELECT * FROM u", connection, "answer")
    connection.close()


def test_names_versions_and_errors(ws: Workspace) -> None:
    frame = pd.DataFrame({"a": np.arange(3)})
    assert ws.datasets.save(frame, "flights", "first").spec == "flights@1"
    again = ws.datasets.save(frame, "flights")
    assert (again.spec, again.unchanged, again.note) == ("flights@1", True, "first")
    assert ws.datasets.save(frame + 1, "flights").spec == "flights@2"
    assert ws.datasets.save(frame, "flights").spec == "flights@3"
    assert ws.datasets.delete("flights@3") == 1
    assert ws.datasets.save(frame * 5, "flights").spec == "flights@4"
    assert [version.version for version in ws.datasets.log("flights")] == [4, 2, 1]
    assert ws.datasets.get("flights@latest").version == 4
    assert ws.datasets.names() == ["flights", "flights@4", "flights@2", "flights@1"]
    for spec, said in (
        ("flihgts", "Did you mean 'flights'"),
        ("flights@3", "Versions: flights@4, flights@2, flights@1"),
        ("flights@champion", "not a version"),
        ("a b", "cannot be the name"),
    ):
        with pytest.raises((NotFound, InvalidInput), match=said):
            ws.datasets.load(spec)
    assert ws.datasets.delete("flights") == 3
    assert ws.datasets.list() == []
    assert ws.datasets.undelete("flights") == 4
