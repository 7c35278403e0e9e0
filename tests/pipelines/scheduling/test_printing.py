"""The crontab and the units that are printed mean the same times, and start the same command, whatever the names."""

from __future__ import annotations

import datetime
import os
import re
import shlex
import shutil
import subprocess
import sys
from itertools import islice
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbmlops.pipelines.scheduling.calendars import calendars_of
from nbmlops.pipelines.scheduling.on_time import CronTrigger, local_zone
from nbmlops.pipelines.scheduling.printing import crontab, systemd_units
from nbmlops.workspaces import Workspace

if TYPE_CHECKING:
    from pathlib import Path

ANALYZE = shutil.which("systemd-analyze")
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


@pytest.fixture
def scheduled(project) -> Workspace:
    """Schedules of a workspace in a folder whose name is hard on quotes."""
    project.notebook("a", "1")
    project.pipeline("  a: {notebook: a.ipynb}\n")
    folder = project.folder / 'it\'s 100% $HOME "quoted"'
    folder.mkdir()
    workspace = Workspace.open(folder, create=True)
    file = project.folder / "pipeline.yaml"
    workspace.pipelines.schedule(file, name="nightly", cron="0 3 * * 1-5", timezone=local_zone())
    workspace.pipelines.schedule(file, name="far-away", cron="*/10 * * * *", timezone="Asia/Kathmandu", misfire="skip")
    workspace.pipelines.schedule(file, name="fresh", on_dataset="flights")
    workspace.pipelines.schedule(file, name="rests", cron="@daily", timezone="UTC")
    workspace.pipelines.pause("rests")
    return workspace


def command(workspace: Workspace, *words: str) -> list[str]:
    return [sys.executable, "-m", "nbmlops", "--workspace", str(workspace.path), "scheduler", *words]


def run_by_cron(text: str) -> list[str]:
    """Return the words of a crontab's command as cron and the shell read it: % ends it, unless it is escaped."""
    said = re.split(r"(?<!\\)%", text)
    assert len(said) == 1, text
    return shlex.split(said[0].replace(r"\%", "%"))


def test_a_crontab_has_the_times_the_zones_and_the_commands(scheduled) -> None:
    lines = crontab(scheduled.pipelines.schedules(), scheduled.path).splitlines()
    zone, found = None, {}
    for line in lines:
        if line.startswith("CRON_TZ="):
            zone = line.removeprefix("CRON_TZ=")
        elif not line.startswith("#"):
            *fields, words = line.split(" ", 5)
            found[" ".join(fields)] = (zone, run_by_cron(words))
    assert found == {
        "* * * * *": (None, command(scheduled, "--once", "--only=fresh")),
        "0 3 * * 1-5": (None, command(scheduled, "--once", "--only=nightly")),
        "*/10 * * * *": ("Asia/Kathmandu", command(scheduled, "--once", "--only=far-away")),
    }


def test_units_have_the_commands_whatever_the_folder_is_called(scheduled) -> None:
    units = systemd_units(scheduled.pipelines.schedules(), scheduled.path)
    assert list(units) == [
        r"nbmlops-far\x2daway.service",
        r"nbmlops-far\x2daway.timer",
        "nbmlops-nightly.service",
        "nbmlops-nightly.timer",
        "nbmlops-scheduler.service",
    ]
    [line] = [line for line in units["nbmlops-nightly.service"].splitlines() if line.startswith("ExecStart=")]
    # as systemd.syntax and systemd.service say: quotes as C has them, then %% and $$
    read = [word.replace("%%", "%").replace("$$", "$") for word in shlex.split(line.removeprefix("ExecStart="))]
    assert read == command(scheduled, "--once", "--only=nightly")
    for name in ("nbmlops-nightly.service", "nbmlops-scheduler.service"):
        # a unit that is stopped or started again takes the scheduler with it, and not the pipelines that run
        assert "KillMode=process" in units[name].partition("[Service]")[2].partition("[Install]")[0].splitlines()
    assert "Persistent=false" in units[r"nbmlops-far\x2daway.timer"]
    assert "Persistent=true" in units["nbmlops-nightly.timer"]


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not here")
def test_systemd_takes_the_units(scheduled, tmp_path: Path) -> None:
    folder = tmp_path / "units"
    folder.mkdir()
    for name, text in systemd_units(scheduled.pipelines.schedules(), scheduled.path).items():
        (folder / name).write_text(text)
    names = [str(path) for path in sorted(folder.iterdir())]
    done = subprocess.run(
        [str(ANALYZE), "verify", "--man=no", *names],
        capture_output=True,
        text=True,
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{folder}:"},
        check=False,
    )
    ours = [line for line in done.stderr.splitlines() if "nbmlops" in line]
    assert ours == []


fields = st.tuples(
    st.sampled_from(["0", "*/15", "5,35", "10-12", "*"]),
    st.sampled_from(["*", "3", "*/6", "22-23", "0,12"]),
    st.sampled_from(["*", "1", "*/10", "13,27", "1-31"]),
    st.sampled_from(["*", "2", "1-6", "*/4"]),
    st.sampled_from(["*", "0", "7", "1-5", "sun", "*/2", "0-7"]),
)


@settings(max_examples=80, deadline=None)
@given(fields=fields)
def test_a_calendar_means_the_same_times_as_the_expression(fields: tuple[str, ...]) -> None:
    begin = datetime.datetime(2026, 1, 30, 11, 3, tzinfo=datetime.UTC)
    due = list(islice(CronTrigger(" ".join(fields), "UTC").after(begin), 30))
    read = [read_calendar(line) for line in calendars_of(" ".join(fields), "UTC")]
    for moment in due:
        assert any(fits(moment) for fits in read), moment
    for step in range(1, min(20_000, int((due[-1] - begin).total_seconds() // 60))):
        moment = begin + datetime.timedelta(minutes=step)
        if moment not in due:
            assert not any(fits(moment) for fits in read), moment


@pytest.mark.skipif(ANALYZE is None, reason="systemd is not here")
@pytest.mark.parametrize("cron", ["0 3 * * 1-5", "*/15 6-8 * * *", "0 0 1,15 * *", "30 22 */10 */3 0"])
def test_systemd_says_the_same_times(cron: str) -> None:
    begin = datetime.datetime(2026, 1, 30, 11, 3, tzinfo=datetime.UTC)
    [calendar] = calendars_of(cron, "UTC")
    done = subprocess.run(
        [str(ANALYZE), "calendar", "--iterations=6", "--base-time=2026-01-30 11:03:00 UTC", calendar],
        capture_output=True,
        text=True,
        env={**os.environ, "TZ": "UTC", "LC_ALL": "C"},
        check=True,
    )
    found = re.findall(r"(?:Next elapse|Iter(?:ation|\.) #\d+): \w+ (\S+ \S+) UTC", done.stdout)
    expected = [f"{due:%Y-%m-%d %H:%M:%S}" for due in islice(CronTrigger(cron, "UTC").after(begin), 6)]
    assert found == expected, done.stdout


def read_calendar(line: str):
    """Return a test of times for a line as systemd.time says it: weekdays, date, time, zone."""
    found = re.fullmatch(
        r"(?:(?P<week>[A-Za-z,]+) )?\*-(?P<month>\S+)-(?P<day>\S+) (?P<hour>\S+):(?P<minute>\S+):00 UTC", line
    )
    assert found is not None, line

    def has(part: str, number: int) -> bool:
        return found[part] == "*" or number in [int(one) for one in found[part].split(",")]

    def fits(moment: datetime.datetime) -> bool:
        week = found["week"] is None or DAYS[moment.weekday()] in found["week"].split(",")
        return (
            week
            and has("month", moment.month)
            and has("day", moment.day)
            and has("hour", moment.hour)
            and has("minute", moment.minute)
        )

    return fits
