"""The card under a tracked cell: one line that says what came of it, and the evidence one click below."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.display.card_text import card_lines, change_of, changed_params, joined_words, more_words
from nbmlops.display.evidence import evidence_html
from nbmlops.display.format import duration, number, run_id, setting
from nbmlops.display.markup import CARD_STYLE, bdi, esc, mark, span
from nbmlops.display.table import facts_html
from nbmlops.display.terminal import shorten, terminal_width
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.tracking.report import CellReport, MetricChange

MOST_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class _Room:
    """How many of each list a card shows, and how long a name may be; a card that grows too large gets less."""

    metrics: int
    items: int
    width: int


_ROOMS = (_Room(6, 24, 60), _Room(6, 8, 40), _Room(4, 3, 24), _Room(2, 1, 10))


class CardView(View):
    """The card of one run.

    Parameters
    ----------
    report : CellReport
        What the tracked cell reported.

    Examples
    --------
    >>> from nbmlops.records import RunDetail
    >>> from nbmlops.tracking.report import CellReport, MetricChange
    >>> run = RunDetail("0" * 32, "rf·3", "delay", "finished", "2026-03-12T15:00:00+00:00", duration_s=1.84)
    >>> CardView(CellReport(run, (MetricChange("auc", 0.8427, "higher", last=0.8314, best=0.8314),)))
    ✓ rf·3  1.8 s  auc 0.8427 ▲ +0.0113 best
    """

    def __init__(self, report: CellReport) -> None:
        self.report = report

    def to_json(self) -> dict[str, Any]:
        """Return the record of the run."""
        return self.report.run.to_json()

    def text(self, color: bool = False) -> str:
        """Return the card as a few lines."""
        return "\n".join(card_lines(self.report, terminal_width(), color))

    def html(self) -> str:
        """Return the card, under 10 kB: closed it is its first line and the warnings."""
        card = ""
        for room in _ROOMS:
            card = _card(self.report, room)
            if len(card) < MOST_BYTES // 2 or len(card.encode()) < MOST_BYTES:
                break
        return card


def _card(report: CellReport, room: _Room) -> str:
    first = _first_line(report, room)
    if report.joined:
        body = f"<div>{first}</div>"
    else:
        body = f"<details><summary>{first}</summary>{_opened(report, room)}</details>"
        shown = report.run.warnings[: room.items]
        body += "".join(f'<div class="o-w">! {esc(shorten(words, 5 * room.width))}</div>' for words in shown)
        body += _rest(len(report.run.warnings), len(shown), "warnings")
    return f'<div class="nbo" data-run="{esc(report.run.id)}">{CARD_STYLE}{body}</div>'


def _first_line(report: CellReport, room: _Room) -> str:
    run = report.run
    if report.joined:
        return f'<span class="o-g">+</span> {bdi(shorten(joined_words(report), 8 * room.width))}'
    sign, word, style = mark(run.status)
    hover = shorten(run.name, 4 * room.width) if len(run.name) > room.width else ""
    name = bdi(shorten(run.name, room.width), "name", hover)
    parts = [f'<span class="o-m">{span(sign, style, word)} {name}</span>']
    if run.duration_s is not None:
        parts.append(f'<span class="o-m o-f" title="{run.duration_s:.3f} s">{duration(run.duration_s)}</span>')
    if run.status == "failed":
        error = " ".join((run.error or "failed").split())
        parts.append(bdi(shorten(error, 4 * room.width), "error"))
    elif run.status != "finished":
        parts.append(f'<span class="o-m o-f">{run.status}</span>')
    parts += [_metric(metric, report.last_run, room) for metric in report.metrics[: room.metrics]]
    return " ".join([*parts, _rest(len(report.metrics), room.metrics, "metrics")])


def _metric(metric: MetricChange, last_run: str | None, room: _Room) -> str:
    arrow, words, style = change_of(metric)
    changed = ""
    if words:
        last = shorten(last_run or "last run", room.width)
        changed = " " + span(f"{arrow} {words}", style, f"{metric.direction} is better; {last}: {number(metric.last)}")
    best = " <b>best</b>" if metric.is_best else ""
    value = f'<span class="o-b" title="{metric.value!r}">{number(metric.value)}</span>'
    return f'<span class="o-m">{span(shorten(metric.name, room.width), "faint")} {value}{changed}{best}</span>'


def _opened(report: CellReport, room: _Room) -> str:
    """Return what the card shows when it is open."""
    changes = [
        f"{esc(shorten(name, room.width))} {span(shorten(setting(old), room.width), 'faint')} → "
        f"{span(shorten(setting(new), room.width), 'best')}"
        for name, old, new in changed_params(report)[: room.items]
    ]
    rest = more_words(len(report.changed_params), room.items, "params")
    since = f"changed since {shorten(report.last_run or 'the last run', room.width)}"
    parts = [facts_html([(since, "<br>".join([*changes, *([rest] if rest else [])]))]), _metrics_table(report, room)]
    parts.append(evidence_html(report.run, most=room.items // 2 + 1, width=room.width))
    parts += [f"<div>{_first_line(child, room)}</div>" for child in report.children[: room.items // 2 + 1]]
    parts.append(_rest(len(report.children), room.items // 2 + 1, "runs"))
    return "".join(parts)


def _metrics_table(report: CellReport, room: _Room) -> str:
    compared = [metric for metric in report.metrics if metric.last is not None or metric.best is not None]
    if not compared:
        return ""
    has_last = any(metric.last is not None for metric in compared)
    titles = ["this run", *([shorten(report.last_run or "last", room.width)] if has_last else []), "best before"]
    head = "".join(f'<th class="o-x">{esc(title)}</th>' for title in titles)
    rows = [f"<tr><th></th>{head}<th></th></tr>"]
    for metric in compared[: room.items]:
        last = f'<td class="o-x">{number(metric.last)}</td>' if has_last else ""
        rows.append(
            f'<tr><th>{esc(shorten(metric.name, room.width))}</th><td class="o-x o-b">{number(metric.value)}</td>{last}'
            f'<td class="o-x">{number(metric.best)}</td><td class="o-f">{_run_word(metric.best_run, room)}'
            f"{' · lower is better' if metric.direction == 'lower' else ''}</td></tr>"
        )
    return f'<table class="o-t"><tbody>{"".join(rows)}</tbody></table>' + _rest(len(compared), room.items, "metrics")


def _run_word(run: str | None, room: _Room) -> str:
    """Return the name of a run, or its id short with the whole one on hover."""
    if run is None:
        return ""
    is_id = len(run) == 32 and run.isalnum()
    return span(run_id(run), "", run) if is_id else bdi(shorten(run, room.width))


def _rest(there: int, shown: int, noun: str) -> str:
    words = more_words(there, shown, noun)
    return f'<span class="o-f">{words}</span>' if words else ""
