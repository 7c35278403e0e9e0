"""Who is told of an alert: the event once, the addresses at least once, whoever is killed on the way."""

from __future__ import annotations

import http.server
import json
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from waiting import wait_until

from nbmlops.errors import InvalidInput
from nbmlops.monitoring import notifying

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nbmlops import Workspace

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def month(seed: int, moved: float = 0.0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame({"distance": random.lognormal(6 + moved, 0.7, 1500), "hour": random.integers(5, 23, 1500)})


class Listener(http.server.HTTPServer):
    """Listens on a port of this machine: what it was told, and an answer that it may withhold."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.told: list[dict] = []
        self.answers = threading.Event()
        self.answers.set()

    @property
    def address(self) -> str:
        return f"json://127.0.0.1:{self.server_port}"


class Answer(http.server.BaseHTTPRequestHandler):
    server: Listener

    def do_POST(self) -> None:
        self.server.told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.server.answers.wait(60)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[Listener]:
    server = Listener()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("ALERTS", server.address)
    yield server
    server.answers.set()
    server.shutdown()
    server.server_close()


def test_addresses_are_told_and_what_fails_loses_no_alert(
    workspace: Workspace, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.datasets.save(month(0), "flights")
    workspace.monitors.create("flights", name="delay", notify=["env:ALERTS", "env:NOWHERE"])
    monkeypatch.delenv("NOWHERE", raising=False)
    check = workspace.monitors.run("delay", month(1, moved=0.5))
    assert listener.told[0]["title"] == "delay: severe, 1 of 2 columns drifted"
    assert listener.told[0]["message"].startswith("distance: median ")
    assert "not told: env:NOWHERE: the environment variable NOWHERE is not set" in check.summary
    assert [one.state for one in workspace.monitors.alerts()] == ["open"]
    workspace.monitors.run("delay", month(2, moved=0.5))
    assert len(listener.told) == 1  # nor is the address that cannot be reached tried at each look
    with pytest.raises(InvalidInput, match="an address to notify may hold a secret"):
        workspace.monitors.create("flights", name="other", notify=["slack://token/secret"])


def test_a_look_killed_while_it_tells_leaves_that_to_the_next(
    workspace: Workspace, listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.datasets.save(month(0), "flights")
    workspace.monitors.create("flights", name="delay", notify=["env:ALERTS"])
    month(1, moved=0.5).to_csv(tmp_path / "june.csv", index=False)
    listener.answers.clear()
    command = [sys.executable, "-m", "nbmlops", "--workspace", str(workspace.path), "monitors", "run", "delay"]
    with subprocess.Popen([*command, str(tmp_path / "june.csv")], stdout=subprocess.DEVNULL) as look:
        wait_until(lambda: listener.told)
        look.send_signal(signal.SIGKILL)
    listener.answers.set()
    assert [one.column for one in workspace.monitors.alerts(state="open")] == ["distance"]
    workspace.monitors.run("delay", month(2, moved=0.5))
    assert len(listener.told) == 1  # the other look may still be at it
    monkeypatch.setattr(notifying, "LOST_SECONDS", 0)
    for seed in (3, 4):
        workspace.monitors.run("delay", month(seed, moved=0.5))
        assert len(listener.told) == 2
    assert listener.told[1]["message"].startswith("distance: median ")
    assert len(workspace.events.list("alert")) == 1


def test_an_event_is_written_with_the_look_or_neither_is(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    workspace.datasets.save(month(0), "flights")
    workspace.monitors.create("flights", name="delay")

    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(type(workspace.events), "emit", full)
    with pytest.raises(OSError, match="no space"):
        workspace.monitors.run("delay", month(1, moved=0.5))
    assert (workspace.monitors.checks(), workspace.monitors.alerts()) == ([], [])
    monkeypatch.undo()
    workspace.monitors.run("delay", month(1, moved=0.5))
    assert len(workspace.events.list("alert")) == len(workspace.monitors.checks()) == 1
