"""``nbmlops why``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from nbmlops.display.format import count, duration
from nbmlops.display.messages import Message
from nbmlops.display.why_view import WhyView
from nbmlops.replay import REPEATS
from nbmlops.replay.program import Options, expected_seconds
from nbmlops.replay.proving import check_timeout

if TYPE_CHECKING:
    from nbmlops.cli.app import Session
    from nbmlops.replay.why import Attribution


@click.command()
@click.argument("runs", nargs=-1, metavar="[A B]")
@click.option("--metric", help="Which metric; the first that both runs computed.")
@click.option("--repeats", type=int, default=REPEATS, show_default=True, help="With how many seeds; 1: no interval.")
@click.option("--no-replay", is_flag=True, help="Only list what differs, and say what replays would cost.")
@click.option("--allow", is_flag=True, help="Let replays write elsewhere, start processes and reach the network.")
@click.option("--timeout", type=float, metavar="SECONDS", help="When to stop one replay.")
@click.pass_obj
def why(
    session: Session,
    runs: tuple[str, ...],
    metric: str | None,
    repeats: int,
    no_replay: bool,
    allow: bool,
    timeout: float | None,
) -> Any:
    """Say why a metric differs between two runs: by code, data, settings or randomness, measured by replays.

    Without names: the best run before the last, and the last.
    """
    workspace = session.open()
    bar = _Bar()
    options = Options(allow=allow, timeout=check_timeout(timeout))
    question = workspace.proving.why(runs, metric=metric, repeats=repeats, options=options, told=bar)
    differs, cost = _differs(question), _cost(question)
    if no_replay:
        record = {
            "metric": question.metric,
            "a": question.a.id,
            "b": question.b.id,
            "differs": question.differs,
            "replays": question.expected_replays(),
        }
        return Message(record, f"{differs}\nto weigh them: {cost}")
    print(f"{differs}\nat most {cost}", file=sys.stderr, flush=True)
    with bar:
        answer = question.answer()
    direction = workspace.recorder.reader.direction(answer.metric)
    return WhyView(answer, is_lower_better=direction == "lower")


class _Bar:
    """How far the replays have come, on a terminal."""

    def __init__(self) -> None:
        self._bar: Any = None

    def __call__(self, done: int, number: int) -> None:
        if self._bar is not None:
            self._bar.total = max(number, self._bar.total or 0)
            self._bar.update(done - self._bar.n)

    def __enter__(self) -> _Bar:
        from tqdm.auto import tqdm

        self._bar = tqdm(total=0, unit="replay", leave=False, disable=not sys.stderr.isatty(), file=sys.stderr)
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()


def _differs(question: Attribution) -> str:
    if not question.differs:
        return f"{question.a.name} and {question.b.name} do not differ in what a replay can change"
    return "\n".join(f"{name}: {'; '.join(words)}" for name, words in question.differs.items())


def _cost(question: Attribution) -> str:
    replays = question.expected_replays()
    seconds = max(expected_seconds(question.a), expected_seconds(question.b)) * replays / 2
    return f"{count(replays, 'replay')}, about {duration(seconds)}"
