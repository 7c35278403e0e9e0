"""What the scheduler does, as a crontab or as units of systemd, for who would rather let these keep the time.

Their lines start ``nbmlops scheduler --once --only=NAME``, which asks the registry before it runs anything: so a job
runs once even where a scheduler is at work beside them, or where the machine's cron and the schedule mean another hour.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from nbmlops.pipelines.scheduling.calendars import calendars_of
from nbmlops.pipelines.scheduling.on_time import local_zone
from nbmlops.pipelines.starting import command_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nbmlops.pipelines.scheduling.records import Schedule

_HEAD = "# schedules of {workspace}, written by nbmlops scheduler print crontab"
_ZONE = "# {zone} is not this machine's zone: cronie's cron keeps CRON_TZ; Debian's does not, and comes at another hour"
_OTHERS = "# what is started by changes and events is looked for once a minute"
_SAFE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_.")


def crontab(schedules: Sequence[Schedule], workspace: Path) -> str:
    """Return the lines of a crontab that starts what the scheduler would.

    Parameters
    ----------
    schedules : sequence of Schedule
        Which; those that rest are left out.
    workspace : Path
        The ``.nbmlops`` folder.
    """
    lines = [_HEAD.format(workspace=workspace)]
    by_zone: dict[str, list[Schedule]] = {}
    others = []
    for schedule in schedules:
        if schedule.enabled and schedule.kind == "cron":
            by_zone.setdefault(schedule.facts["timezone"], []).append(schedule)
        elif schedule.enabled:
            others.append(schedule)
    if others:
        lines += [_OTHERS, f"* * * * * {_cron_command(workspace, others)}"]
    here = local_zone() if by_zone else ""
    for zone in sorted(by_zone, key=lambda zone: (zone != here, zone)):  # CRON_TZ counts for all lines below it
        if zone != here:
            lines += [_ZONE.format(zone=zone), f"CRON_TZ={zone}"]
        for schedule in by_zone[zone]:
            lines.append(f"{schedule.facts['cron']} {_cron_command(workspace, [schedule])}")
    return "\n".join(lines)


def systemd_units(schedules: Sequence[Schedule], workspace: Path) -> dict[str, str]:
    """Return the files of systemd units that start what the scheduler would, by their names.

    Parameters
    ----------
    schedules : sequence of Schedule
        Which; those that rest are left out.
    workspace : Path
        The ``.nbmlops`` folder.
    """
    units = {}
    others = [schedule for schedule in schedules if schedule.enabled and schedule.kind != "cron"]
    for schedule in schedules:
        if schedule.enabled and schedule.kind == "cron":
            name = f"nbmlops-{unit_name(schedule.name)}"
            about = f"nbmlops: {schedule.pipeline or schedule.name}, {schedule.words}"
            units[f"{name}.service"] = _service(about, "oneshot", _once(workspace, [schedule]), workspace)
            units[f"{name}.timer"] = _timer(about, schedule)
    if others:
        about = "nbmlops: what changes and events start"
        command = [*command_of(workspace, "scheduler"), *_only(others)]
        units["nbmlops-scheduler.service"] = _service(about, "exec", command, workspace)
    return units


def unit_name(name: str) -> str:
    r"""Return a name as systemd escapes it.

    Examples
    --------
    >>> unit_name("nightly"), unit_name("über-nacht")
    ('nightly', '\\xc3\\xbcber\\x2dnacht')
    """
    return "".join(
        char if char in _SAFE else "".join(f"\\x{byte:02x}" for byte in char.encode("utf-8")) for char in name
    )


def _once(workspace: Path, schedules: Sequence[Schedule]) -> list[str]:
    return [*command_of(workspace, "scheduler", "--once"), *_only(schedules)]


def _only(schedules: Sequence[Schedule]) -> list[str]:
    return [f"--only={schedule.name}" for schedule in schedules]  # as one word: a name may be that of a command too


def _cron_command(workspace: Path, schedules: Sequence[Schedule]) -> str:
    # cron turns a percent sign into the end of the command, in quotes too
    return shlex.join(_once(workspace, schedules)).replace("%", r"\%")


def _service(about: str, kind: str, command: Sequence[str], workspace: Path) -> str:
    lines = ["[Unit]", f"Description={_plain(about)}", "", "[Service]", f"Type={kind}"]
    lines += [f"WorkingDirectory={_plain(str(workspace.parent))}", f"ExecStart={' '.join(map(_quoted, command))}"]
    # by default systemd ends the whole control group with the unit, and with it the pipelines that go on by themselves
    lines += ["KillMode=process"]
    if kind == "exec":
        lines += ["Restart=on-failure", "", "[Install]", "WantedBy=default.target"]
    return "\n".join(lines) + "\n"


def _timer(about: str, schedule: Schedule) -> str:
    lines = ["[Unit]", f"Description={_plain(about)}", "", "[Timer]"]
    lines += [f"OnCalendar={one}" for one in calendars_of(schedule.facts["cron"], schedule.facts["timezone"])]
    lines += ["AccuracySec=1s", f"Persistent={'false' if schedule.misfire == 'skip' else 'true'}"]
    return "\n".join([*lines, "", "[Install]", "WantedBy=timers.target"]) + "\n"


def _plain(text: str) -> str:
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    """Return a word as ExecStart takes it whole: its percent and dollar signs mean themselves."""
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return text if text and not set(text) & set(" \t'\"\\;") else f'"{text}"'
