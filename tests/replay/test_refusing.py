"""What a replay may not do is refused with a word that says what, and noted once."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from nbmlops.replay.redirect import Redirect
from nbmlops.replay.refusing import Refusals, Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize(
    ("event", "args", "what"),
    [
        ("open", ("/data/out.csv", "w", 577), "write /data/out.csv"),
        ("os.rename", ("/scratch/a", "/data/b", -1, -1), "rename /data/b"),
        ("os.rename", ("/data/b", "/scratch/a", -1, -1), "rename /data/b"),
        ("os.symlink", ("/data/b", "/home/link", -1), "link /home/link"),
        ("subprocess.Popen", ("/bin/ls", ["ls", "-l"], None, None), "start a process: ls -l"),
        ("os.system", (b"rm -rf /data",), "start a process: rm -rf /data"),
        ("socket.connect", (None, ("10.0.0.1", 80)), "reach the network: 10.0.0.1:80"),
        ("socket.getaddrinfo", ("example.org", 443, 0, 0, 0), "reach the network: example.org:443"),
    ],
)
def test_is_refused(event: str, args: tuple[object, ...], what: str) -> None:
    told: list[str] = []
    refusals = Refusals(["/scratch"], told.append)
    for _ in range(2):
        with pytest.raises(Refused, match="a replay may not"):
            refusals(event, args)
    assert refusals.noted == told == [what]


@pytest.mark.parametrize(
    ("event", "args"),
    [
        ("open", ("/data/in.csv", "r", 524288)),
        ("open", ("/scratch/out.csv", "w", 577)),
        ("open", (3, "w", 577)),
        ("os.remove", ("/scratch/sub/out.csv", -1)),
        ("os.symlink", ("/data/in.csv", "/scratch/link", -1)),
        ("subprocess.Popen", ("lscpu", ["lscpu", "--parse=core"], None, None)),
        ("import", ("json",)),
    ],
)
def test_is_not_refused(event: str, args: tuple[object, ...]) -> None:
    Refusals(["/scratch"])(event, args)


def test_an_absolute_input_is_its_copy_for_reading_writing_and_removing(
    tmp_path: Path, python: Callable[..., object]
) -> None:
    original, copy = tmp_path / "in.csv", tmp_path / "copy.csv"
    original.write_text("original")
    copy.write_text("copy")
    database, copied = tmp_path / "a.db", tmp_path / "b.db"
    for path in (database, copied):
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE t (x)")
        connection.commit()
        connection.close()
    python(
        "import os, sqlite3, sys\n"
        "from pathlib import Path\n"
        "from nbmlops.replay.redirect import Redirect\n"
        "original, copy, database, copied = sys.argv[1:]\n"
        "Redirect({original: copy, database: copied}).install()\n"
        "assert Path(original).read_text() == open(original).read() == 'copy'\n"
        "assert os.path.getsize(original) == 4\n"
        "open(original, 'w').write('changed')\n"
        "connection = sqlite3.connect(database)\n"
        "connection.execute('INSERT INTO t VALUES (1)')\n"
        "connection.commit(); connection.close()\n"
        "os.remove(original)\n",
        *(str(path) for path in (original, copy, database, copied)),
    )
    assert original.read_text() == "original"
    assert not copy.exists()
    connection = sqlite3.connect(database)
    assert connection.execute("SELECT count(*) FROM t").fetchone() == (0,)
    connection.close()


def test_other_paths_are_left_alone() -> None:
    redirect = Redirect({"/data/in.csv": "/scratch/in.csv"})
    assert redirect.path("in.csv") == "in.csv"
    assert redirect.path(3) == 3
    assert redirect.path("/data/./in.csv") == "/scratch/in.csv"
