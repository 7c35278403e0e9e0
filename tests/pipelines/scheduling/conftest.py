from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import pytest

from nbmlops.pipelines.scheduling.daemon import Daemon
from nbmlops.pipelines.scheduling.firing import Firings
from nbmlops.pipelines.scheduling.starting import Starter
from nbmlops.store.processes import Process, this_process
from nbmlops.store.schedules import ScheduleStore

if TYPE_CHECKING:
    from collections.abc import Collection

    from nbmlops.pipelines.scheduling.records import Deed, Firing


class NotedStarter(Starter):
    """Starts nothing: notes what would be started. The test says when it ends, and how."""

    def __init__(self, workspace: Any) -> None:
        super().__init__(workspace)
        self.started: list[Firing] = []
        self.open: dict[int, int | None] = {}

    def start(self, firing: Firing, file: str, params: dict[str, Any]) -> Process:
        self.started.append(firing)
        self.open[firing.id] = None
        return this_process()

    def is_ours(self, firing: int) -> bool:
        return firing in self.open

    def has_children(self) -> bool:
        return bool(self.open)

    def ended(self, firing: int) -> int | None:
        return self.open[firing]

    def forget(self, firing: int) -> None:
        self.open.pop(firing, None)

    def end_all(self, code: int = 0) -> None:
        self.open = dict.fromkeys(self.open, code)


class Watched:
    """A scheduler whose clock the test turns, and which starts nothing for real."""

    def __init__(self, project: Any) -> None:
        self.workspace = project.workspace
        self.now = datetime.datetime.now(datetime.UTC)
        self.deeds: list[Deed] = []
        self.starter = NotedStarter(self.workspace.path)
        self.store = ScheduleStore(self.workspace.database)
        self.daemon = self.another()

    def another(self, only: Collection[str] = ()) -> Daemon:
        firings = Firings(self.workspace.recorder, self.store, self.starter)
        return Daemon(self.workspace.database, self.store, firings, self.deeds.append, only, clock=lambda: self.now)

    def tick(self, *, end: bool = True) -> list[str]:
        """Look once; give the words of what was started, and let it end."""
        before = len(self.starter.started)
        self.daemon.tick()
        if end:
            self.starter.end_all()
        return [firing.words for firing in self.starter.started[before:]]

    def at(self, moment: str) -> list[str]:
        """Turn the clock and look once."""
        self.now = datetime.datetime.fromisoformat(moment).astimezone(datetime.UTC)
        return self.tick()

    def since(self, name: str, moment: str) -> None:
        """Let a schedule have been made at another time."""
        at = datetime.datetime.fromisoformat(moment).astimezone(datetime.UTC).isoformat()
        row = self.store.find(name)
        self.store.enable(row["id"], True, {**row["since"], "at": at})


@pytest.fixture
def watched(project) -> Watched:
    project.notebook("a", "open('out.txt', 'a').write(f'{k}\\n')", parameters="k = 1")
    project.pipeline("  a: {notebook: a.ipynb, cache: false}\n")
    return Watched(project)
