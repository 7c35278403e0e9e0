"""Behind the wall nothing outside the scratch folder can change, whatever library tries."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nbmlops.wall import landlock_version

if TYPE_CHECKING:
    from pathlib import Path

BEHIND = """
import os, sys
from nbmlops.wall import programs_of_python, raise_wall
scratch, outside = sys.argv[1:]
print(raise_wall([scratch], programs_of_python()))
open(os.path.join(scratch, "made.txt"), "w").write("x")
"""

needs_wall = pytest.mark.skipif(landlock_version() < 6, reason="this system has no Landlock with scopes")


def behind(tmp_path: Path, code: str) -> subprocess.CompletedProcess[str]:
    scratch, outside = tmp_path / "scratch", tmp_path / "outside"
    scratch.mkdir()
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    return subprocess.run(
        [sys.executable, "-c", BEHIND + code, str(scratch), str(outside)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@needs_wall
@pytest.mark.parametrize(
    "code",
    [
        "open(outside + '/kept.txt', 'w')",
        "open(outside + '/new.txt', 'w')",
        "os.remove(outside + '/kept.txt')",
        "os.rename(outside + '/kept.txt', scratch + '/kept.txt')",
        "os.link(outside + '/kept.txt', outside + '/link.txt')",
        "os.truncate(outside + '/kept.txt', 0)",
        "import subprocess; subprocess.run(['/bin/ls'])",
        "os.posix_spawn('/bin/ls', ['ls'], {})",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "import socket; socket.socket(socket.AF_UNIX).connect('/run/postgresql/.s.PGSQL.5432')",
        "os.kill(os.getppid(), 0)",
        "import pyarrow as pa, pyarrow.parquet as pq; pq.write_table(pa.table({'a': [1]}), outside + '/new.parquet')",
        "import ctypes; sys.exit(ctypes.CDLL(None).unlink((outside + '/kept.txt').encode()) != 0)",
    ],
)
def test_nothing_outside_changes(tmp_path: Path, code: str) -> None:
    done = behind(tmp_path, code)
    assert done.stdout.startswith("[]"), done.stderr
    assert done.returncode != 0
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["kept.txt"]
    assert (tmp_path / "outside" / "kept.txt").read_text() == "kept"
    assert (tmp_path / "scratch" / "made.txt").exists()


@needs_wall
def test_workers_of_joblib_still_work(tmp_path: Path) -> None:
    code = (
        "os.environ['JOBLIB_TEMP_FOLDER'] = scratch\n"
        "from joblib import Parallel, delayed\n"
        "print(Parallel(n_jobs=2)(delayed(pow)(i, 2) for i in range(4)))"
    )
    done = behind(tmp_path, code)
    assert "[0, 1, 4, 9]" in done.stdout, done.stderr
