"""A model's card as text, HTML and Markdown: the same sections in each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.display.ci_markdown import code
from nbmlops.display.document import document
from nbmlops.display.format import digest, number, when
from nbmlops.display.markup import esc, page, span
from nbmlops.display.table import Cell, Column, Table
from nbmlops.display.terminal import paint, plain, terminal_width
from nbmlops.display.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbmlops.monitoring.cards import ModelCard

PROOF = {
    "identical": "✓ identical: replayed to the last bit",
    "equivalent": "✓ equivalent: replayed within rounding",
    "diverged": "✗ diverged: its replay came out differently",
    "not_replayable": "– it could not be replayed",
}
MOST = 40


@dataclass(frozen=True)
class Section:
    """A heading with rows under it; ``heads`` are empty for names with values."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class ModelCardView(View):
    """A model's card.

    Parameters
    ----------
    card : ModelCard
        What is known.
    """

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    def to_json(self) -> dict[str, Any]:
        """Return the record of the card."""
        return self.card.to_json()

    def text(self, color: bool = False) -> str:
        """Return the card for a terminal."""
        width = terminal_width()
        lines = [paint(plain(self.card.version.spec), "name", color)]
        for section in self._sections():
            lines += ["", paint(section.title, "section", color), *_table(section).text(width, color, "  ")[0]]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the card for a notebook."""
        parts = [f"<div>{span(self.card.version.spec, 'name')}</div>"]
        for section in self._sections():
            parts += [f'<h4 class="o-4">{esc(section.title)}</h4>', _table(section).html()]
        return page(*parts)

    def document(self) -> str:
        """Return the card as an HTML file."""
        return document(f"{self.card.version.spec}: model card", self.html())

    def markdown(self) -> str:
        """Return the card as a Markdown file."""
        lines = [f"# {code(self.card.version.spec)}", ""]
        for section in self._sections():
            heads = section.heads or ("", "")
            lines += [f"## {section.title}", "", f"| {' | '.join(heads)} |", f"| {' | '.join('---' for _ in heads)} |"]
            lines += [f"| {' | '.join(code(cell) for cell in row)} |" for row in section.rows[:MOST]]
            lines += [f"… and {len(section.rows) - MOST} more"] if len(section.rows) > MOST else []
            lines.append("")
        return "\n".join(lines)

    def _sections(self) -> Iterator[Section]:
        """Return what there is to tell; empty sections are left out."""
        everything = (
            Section("Model", (), self._model()),
            Section("Proof", (), self._proof()),
            Section("Metrics of its run", (), self._metrics()),
            Section(f"Performance on {self.card.data}", ("metric", "value", "interval"), self._performance()),
            Section(f"Fairness on {self.card.data}", ("gap", "value", "interval", "lowest", "highest"), self._gaps()),
            self._looks_at(),
            Section("Training data", ("data set", "rows", "columns", "content"), self._data()),
            Section("Inputs", ("column", "type", "range"), self._inputs()),
            Section("Assumptions", ("holds", "assertion"), self._assumptions()),
            Section("Alerts", ("severity", "monitor", "what happened", "since"), self._alerts()),
        )
        return (section for section in everything if section.rows)

    def _model(self) -> tuple[tuple[str, ...], ...]:
        version, run = self.card.version, self.card.run
        facts = [
            ("aliases", ", ".join(version.aliases)),
            ("made", f"{when(version.created_at)}{f' by {version.user}' if version.user else ''}"),
            ("flavor", version.flavor),
            ("sha256", version.sha256),
            ("run", f"{run.name} ({run.id})" if run else ""),
            ("notebook", (run.notebook or "") if run else ""),
            ("git", str((run.git or {}).get("commit") or "")[:10] if run else ""),
            ("note", run.note if run else ""),
        ]
        return tuple((name, value) for name, value in facts if value)

    def _proof(self) -> tuple[tuple[str, ...], ...]:
        run = self.card.run
        if run is None:
            return (("replay", "it is of no run, so nothing can be replayed"),)
        said = PROOF.get(run.verdict or "", f"not replayed yet: nbmlops reproduce {run.name}")
        return (("replay", said), *(("warning", warning) for warning in run.warnings))

    def _metrics(self) -> tuple[tuple[str, ...], ...]:
        return tuple((name, number(value)) for name, value in self.card.version.metrics.items())

    def _performance(self) -> tuple[tuple[str, ...], ...]:
        found = self.card.performance
        if found is None:
            return ()
        return tuple(
            (name, number(score.value), _interval(score.low, score.high)) for name, score in found.whole.scores.items()
        )

    def _gaps(self) -> tuple[tuple[str, ...], ...]:
        found = self.card.fairness
        if found is None:
            return ()
        return tuple(
            (
                f"{gap.name.replace('_', ' ')} by {' and '.join(grouping.columns)}",
                number(gap.value),
                _interval(gap.low, gap.high),
                gap.lowest or "",
                gap.highest or "",
            )
            for grouping in found.groupings
            for gap in grouping.gaps
            if gap.value is not None
        )

    def _looks_at(self) -> Section:
        found = self.card.explanation
        if found is None:
            why = self.card.unexplained
            return Section(f"What it looks at on {self.card.data}", (), (("not told", why),) if why else ())
        rows = tuple(
            (one.column, number(one.value), _interval(one.low, one.high), f"{one.share:.0%}")
            for one in found.importances
        )
        head = f"{found.of.replace('_', ' ')} falls by"
        title = f"What it looks at on {self.card.data} ({found.method}, {found.rows:,} rows)"
        return Section(title, ("column", head, found.interval, "share"), rows)

    def _data(self) -> tuple[tuple[str, ...], ...]:
        run = self.card.run
        return tuple(
            (
                used.name or "",
                "" if used.rows is None else f"{used.rows:,}",
                "" if used.columns is None else f"{used.columns:,}",
                digest(used.fingerprint),
            )
            for used in (run.datasets if run else ())
        )

    def _inputs(self) -> tuple[tuple[str, ...], ...]:
        rows = []
        for entry in self.card.version.signature.get("inputs") or []:
            span_ = f"{entry['min']} … {entry['max']}" if entry.get("min") is not None else ""
            values = ", ".join(map(str, entry.get("categories") or []))
            rows.append((str(entry["name"]), str(entry["type"]), span_ or values))
        return tuple(rows)

    def _assumptions(self) -> tuple[tuple[str, ...], ...]:
        run = self.card.run
        return tuple(("yes" if one["ok"] else "no", str(one["text"])) for one in (run.assumptions if run else ()))

    def _alerts(self) -> tuple[tuple[str, ...], ...]:
        return tuple((one.severity, one.monitor, one.reason, when(one.first_at)) for one in self.card.alerts)


def _interval(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{number(low)} to {number(high)}"


def _table(section: Section) -> Table:
    heads = section.heads or ("", "")
    columns = [Column(head, most=70, prose=at == len(heads) - 1) for at, head in enumerate(heads)]
    rows = [[Cell(cell, "faint" if not at else "") for at, cell in enumerate(row)] for row in section.rows[:MOST]]
    return Table(columns, rows, has_head=bool(section.heads))
