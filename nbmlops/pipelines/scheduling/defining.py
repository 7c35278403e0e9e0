"""From words to a schedule: checked before it is kept, since nobody looks on when it runs."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, get_args

from nbmlops.datasets.names import parse_dataset
from nbmlops.errors import Conflict, InvalidInput
from nbmlops.pipelines.scheduling.on_dataset import DatasetTrigger
from nbmlops.pipelines.scheduling.on_event import check_event
from nbmlops.pipelines.scheduling.on_file import FileTrigger
from nbmlops.pipelines.scheduling.on_pipeline import PipelineTrigger
from nbmlops.pipelines.scheduling.on_time import check_cron
from nbmlops.pipelines.scheduling.records import Misfire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbmlops.pipelines.scheduling.triggers import Trigger

_NAME = re.compile(r"\w[\w.-]{0,120}")
_ONE = '--cron "0 3 * * *", --on-file "data/*.csv", --on-dataset, --on-pipeline, --on-event, --on-alert or --on-labels'


def read_trigger(
    *,
    cron: str | None = None,
    timezone: str | None = None,
    on_file: str | os.PathLike[str] | None = None,
    on_dataset: str | None = None,
    on_pipeline: str | None = None,
    on_event: str | None = None,
    on_alert: str | None = None,
    on_labels: str | None = None,
) -> Trigger:
    """Return the trigger that is meant.

    Raises
    ------
    InvalidInput
        There is none, or more than one, or it cannot be read.

    Examples
    --------
    >>> read_trigger(on_alert="delay")
    EventTrigger(event='alert:delay')
    """
    words = {
        "--cron": cron,
        "--on-file": on_file,
        "--on-dataset": on_dataset,
        "--on-pipeline": on_pipeline,
        "--on-event": on_event,
        "--on-alert": on_alert,
        "--on-labels": on_labels,
    }
    given = [name for name, value in words.items() if value is not None]
    if len(given) != 1:
        said = f"{' and '.join(given)} are too much" if given else "nothing says when"
        raise InvalidInput(f"a schedule has one trigger: {said}.", f"Say one of {_ONE}; make a schedule for each.")
    if timezone is not None and cron is None:
        raise InvalidInput("--timezone is for --cron.", "Leave it out.")
    if cron is not None:
        return check_cron(cron, timezone)
    if on_file is not None:
        return FileTrigger(os.path.abspath(os.path.expanduser(on_file)))  # noqa: PTH100, PTH111 - a pattern is no path
    if on_dataset is not None:
        return DatasetTrigger(_dataset(on_dataset))
    if on_pipeline is not None:
        return PipelineTrigger(on_pipeline)
    if on_event is not None:
        return check_event(on_event)
    return check_event(f"alert:{on_alert}" if on_alert is not None else f"labels:{on_labels}")


def check_schedule_name(name: str) -> str:
    """Return a schedule's name, or say what it may be made of.

    Raises
    ------
    InvalidInput
        It is no name.
    """
    if not _NAME.fullmatch(name):
        raise InvalidInput(
            f"{name!r} cannot be the name of a schedule.", "Use letters, digits, dots, dashes and underscores: nightly"
        )
    return name


def check_misfire(misfire: str | None, trigger: Trigger) -> Misfire:
    """Return what is done about what was missed; the trigger's own way by default.

    Raises
    ------
    InvalidInput
        There is no such way.
    """
    for word in get_args(Misfire):
        if word == (misfire or trigger.misfire):
            return word  # type: ignore[no-any-return]
    raise InvalidInput(f"--misfire {misfire}: there is no such way.", f"It is one of {', '.join(get_args(Misfire))}.")


def check_no_circle(name: str, pipeline: str, trigger: Trigger, others: Iterable[Mapping[str, Any]]) -> None:
    """Raise where pipelines would start one another for ever.

    Parameters
    ----------
    name : str
        The new schedule.
    pipeline : str
        What it starts.
    trigger : Trigger
        What starts it.
    others : iterable of dict
        The schedules that are there.

    Raises
    ------
    Conflict
        The pipeline would, over some others or by itself, be its own cause.
    """
    if not isinstance(trigger, PipelineTrigger):
        return
    causes: dict[str, set[str]] = {}
    for other in others:
        if other["kind"] == "pipeline" and other["name"] != name:
            causes.setdefault(other["pipeline"], set()).add(other["facts"]["pipeline"])
    seen, waiting = set(), [trigger.pipeline]
    while waiting:
        one = waiting.pop()
        if one == pipeline:
            raise Conflict(
                f"{pipeline} would start itself: its end is behind {trigger.pipeline}, which is to start it.",
                "Look at what starts what: nbmlops pipelines schedules",
            )
        if one not in seen:
            seen.add(one)
            waiting += causes.get(one, ())


def _dataset(spec: str) -> str:
    name, version = parse_dataset(spec)
    if version is not None:
        raise InvalidInput(f"{spec} is one version, and does not change.", f"--on-dataset {name}")
    return name
