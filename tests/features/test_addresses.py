"""Sources that stand elsewhere: PostgreSQL, file systems of fsspec, addresses that are held as secrets."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from nbmlops.errors import InvalidInput, NotFound

from .conftest import define

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.workspaces import Workspace

ROWS = [("EWR", "2013-01-01 05:00", 39.0), ("EWR", "2013-01-01 06:00", 40.5), ("JFK", "2013-01-01 05:00", None)]
LABELS = pd.DataFrame(
    {"origin": ["EWR", "JFK", "EWR"], "t": pd.to_datetime(["2013-01-01 05:30"] * 2 + ["2013-01-01 07:00"])}
)
SECRET = "hunter2hunter2"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server of the test's own, with one table; its URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = programs[-1] if programs else Path(shutil.which("initdb") or "")
    if not initdb.is_file():
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    psycopg = pytest.importorskip("psycopg")
    folder = tmp_path_factory.mktemp("postgres")
    # it refuses to run as root
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    place = folder / "data"
    if as_user:
        folder.chmod(0o755)
        for parent in folder.parents[:2]:
            parent.chmod(0o755)
        place.mkdir()
        shutil.chown(place, "postgres")
    (folder / "password").write_text(SECRET)
    (folder / "password").chmod(0o644)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]

    def run(*words: str) -> None:
        subprocess.run([*as_user, *words], check=True, capture_output=True, cwd="/", timeout=60)

    run(
        str(initdb),
        "-D",
        str(place),
        "-U",
        "ann",
        "-A",
        "scram-sha-256",
        f"--pwfile={folder / 'password'}",
        "--no-sync",
    )
    control = str(initdb.with_name("pg_ctl"))
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run(control, "-D", str(place), "-o", options, "-w", "-l", str(place / "log"), "start")
    try:
        with psycopg.connect(f"postgresql://ann:{SECRET}@127.0.0.1:{port}/postgres", autocommit=True) as connection:
            connection.execute("CREATE TABLE weather (origin text, t timestamp, temp double precision)")
            connection.cursor().executemany("INSERT INTO weather VALUES (%s, %s, %s)", ROWS)
        yield f"postgresql+psycopg://ann:{SECRET}@127.0.0.1:{port}/postgres"
    finally:
        run(control, "-D", str(place), "-m", "immediate", "stop")


@pytest.mark.slow
def test_a_table_of_postgresql_whose_password_stays_in_the_environment(
    ws: Workspace, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InvalidInput, match="holds a secret"):
        define(ws, "weather", "SELECT * FROM readings", "origin", sources={"readings": f"{postgres}::weather"})
    monkeypatch.setenv("WEATHER_URL", postgres)
    define(
        ws, "weather", "SELECT * FROM readings", "origin", ttl="2h", sources={"readings": "env:WEATHER_URL::weather"}
    )
    result, _record = ws.features.training_set(LABELS, ["weather:temp"])
    assert result["temp"].tolist()[::2] == [39.0, 40.5]
    assert pd.isna(result["temp"].iloc[1])
    assert ws.features.materialize("weather", "2013-01-01 07:00").written == 2
    assert ws.features.online.get("weather", ["EWR"], "2013-01-01 07:00")[0]["values"] == {"temp": 40.5}
    for file in ws.path.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file
    monkeypatch.delenv("WEATHER_URL")
    with pytest.raises(NotFound, match="WEATHER_URL is not set"):
        ws.features.training_set(LABELS, ["weather:temp"])


@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_files_of_a_file_system_that_fsspec_knows(ws: Workspace, ending: str) -> None:
    fsspec = pytest.importorskip("fsspec")
    frame = pd.DataFrame(ROWS, columns=["origin", "t", "temp"]).astype({"t": "datetime64[us]"})
    with fsspec.open(f"memory://features/weather.{ending}", "wb") as file:
        (frame.to_parquet if ending == "parquet" else lambda to: frame.to_csv(to, index=False))(file)
    address = f"memory://features/weather.{ending}"
    define(ws, "weather", "SELECT * FROM readings", "origin", sources={"readings": address})
    result, _ = ws.features.training_set(LABELS, ["weather"])
    assert result["temp"].tolist()[::2] == [39.0, 40.5]


def test_an_address_in_the_keyring(ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keyring = pytest.importorskip("keyring")
    file = tmp_path / "weather.csv"
    pd.DataFrame(ROWS, columns=["origin", "t", "temp"]).to_csv(file, index=False)
    held = {("weather", "ann"): str(file)}
    monkeypatch.setattr(keyring, "get_password", lambda service, user: held.get((service, user)))
    define(ws, "weather", "SELECT * FROM readings", "origin", sources={"readings": "keyring:weather/ann"})
    assert ws.features.training_set(LABELS, ["weather"])[0]["temp"].tolist()[0] == 39.0
    held.clear()
    with pytest.raises(NotFound, match="the keyring holds nothing for weather/ann"):
        ws.features.training_set(LABELS, ["weather"])
