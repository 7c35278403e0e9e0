"""The verdict of a replay: a word first, then what was compared, what differs and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import NOTHING, count, duration, number, setting
from nbmlops.display.markup import bdi, esc, page, span
from nbmlops.display.table import Cell, Column, Table, facts_html, numbers
from nbmlops.display.terminal import paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.records import Replay

VERDICTS = {
    "identical": ("✓", "better"),
    "equivalent": ("≈", "better"),
    "diverged": ("≠", "warning"),
    "not_replayable": ("–", "faint"),
}
MOST = 20


def verdict_word(verdict: str | None) -> str:
    """Return a verdict as people read it.

    Examples
    --------
    >>> verdict_word("not_replayable"), verdict_word(None)
    ('not replayable', '–')
    """
    return verdict.replace("_", " ") if verdict else NOTHING


def verdict_html(verdict: str | None) -> str:
    """Return a verdict with its mark and colour."""
    if not verdict:
        return span(NOTHING, "faint")
    sign, style = VERDICTS[verdict]
    return span(f"{sign} {verdict_word(verdict)}", style)


def sentence(replay: Replay) -> str:
    """Return what came of a replay, in one sentence after the verdict."""
    if replay.verdict == "identical":
        if not replay.compared:
            return replay.reason
        return f"{count(replay.compared, 'result')} compared, the same to the last bit"
    if replay.verdict == "not_replayable":
        return replay.reason
    if not replay.differs:
        return replay.reason
    shown = ", ".join(replay.differs[:4]) + (f" and {len(replay.differs) - 4} more" if len(replay.differs) > 4 else "")
    verb = "differs" if len(replay.differs) == 1 else "differ"
    within = " within 1e-6" if replay.verdict == "equivalent" else ""
    return f"{shown} {verb}{within}; {count(replay.compared, 'result')} compared"


class ProofView(View):
    """One replay.

    Examples
    --------
    >>> from nbmlops.records import Replay
    >>> ProofView(Replay("0" * 32, "identical", name="rf·3", compared=4, duration_s=4.2))
    ✓ rf·3  identical  4 results compared, the same to the last bit  4.2 s
    """

    def __init__(self, replay: Replay) -> None:
        self.replay = replay

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops reproduce --json``."""
        return self.replay.to_json()

    def text(self, color: bool = False) -> str:
        """Return the verdict and its evidence for a terminal."""
        replay, width = self.replay, terminal_width()
        sign, style = VERDICTS[replay.verdict]
        head = f"{paint(sign, style, color)} {paint(plain(replay.name), 'name', color)}"
        head += f"  {paint(verdict_word(replay.verdict), style, color)}"
        said = sentence(replay)
        short = len(replay.name) + len(said) < width - 30
        lines = [f"{head}  {plain(said)}  {duration(replay.duration_s)}".rstrip() if short else head]
        if not short:
            lines += wrapped(plain(said), width, "  ", "  ")
        if replay.reason and replay.reason != said:
            lines += wrapped(plain(replay.reason), width, "  ", "  ")
        for factor in replay.factors:
            lines += wrapped(f"{factor.factor}: {plain(factor.detail)}", width, "      ", "  ")
        lines += self._table().text(width, color, "  ")[0] if self._rows() else []
        lines += [
            line for words in self._notes() for line in wrapped(plain(words), width, "    ", paint("  ! ", "", color))
        ]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the verdict and its evidence for a notebook."""
        replay = self.replay
        seconds = span(duration(replay.duration_s), "faint", f"{count(replay.replays, 'replay')}")
        said = sentence(replay)
        parts = [f"<div>{bdi(replay.name, 'name')} {verdict_html(replay.verdict)} {esc(said)} {seconds}</div>"]
        if replay.reason and replay.reason != said:
            parts.append(f"<div>{esc(replay.reason)}</div>")
        parts.append(facts_html([(factor.factor, esc(factor.detail)) for factor in replay.factors]))
        if self._rows():
            parts.append(self._table().html())
        parts += [f'<div class="o-w">! {esc(words)}</div>' for words in self._notes()]
        return page(*parts)

    def _rows(self) -> list[list[Cell]]:
        rows = []
        for name, pair in self.replay.metrics.items():
            differs = name in self.replay.differs
            rows.append(_row(name, number(_float(pair["recorded"])), number(_float(pair["replayed"])), differs))
        for name, pair in self.replay.values.items():
            rows.append(_row(name, setting(pair["recorded"]), setting(pair["replayed"]), True))
        return rows[:MOST]

    def _table(self) -> Table:
        return Table([Column(""), numbers("recorded"), numbers("replayed"), Column("")], self._rows())

    def _notes(self) -> list[str]:
        replay = self.replay
        notes = [f"refused: {what}" for what in replay.refused[:MOST]]
        if replay.verdict != "not_replayable" and not replay.contained:
            notes.append(f"not contained: {', '.join(replay.open_gaps)}")
        notes += [
            f"assumption does not hold: {one['message'] or one['text']}" for one in replay.assumptions if not one["ok"]
        ]
        return notes


class ProofTable(View):
    """Many replays, a line each."""

    def __init__(self, replays: Sequence[Replay]) -> None:
        self.replays = list(replays)

    def to_json(self) -> list[dict[str, Any]]:
        """Return the records."""
        return [replay.to_json() for replay in self.replays]

    def text(self, color: bool = False) -> str:
        """Return the lines and their sum."""
        width = terminal_width()
        if not self.replays:
            return "nothing to reproduce: every run is proven as things are now"
        lines = []
        for replay in self.replays:
            sign, style = VERDICTS[replay.verdict]
            why = "; ".join(f"{one.factor}: {one.detail}" for one in replay.factors) or sentence(replay)
            line = f"{plain(replay.name)}  {verdict_word(replay.verdict)}  {plain(why)}"
            lines.append(f"{paint(sign, style, color)} {shorten(line, width - 2)}")
        return "\n".join([*lines, self._sum()])

    def html(self) -> str:
        """Return a table."""
        rows = [
            [
                Cell(f"{VERDICTS[replay.verdict][0]} {replay.name}", "name"),
                Cell(verdict_word(replay.verdict), VERDICTS[replay.verdict][1]),
                Cell("; ".join(f"{one.factor}: {one.detail}" for one in replay.factors) or sentence(replay)),
                Cell(duration(replay.duration_s), "faint"),
            ]
            for replay in self.replays
        ]
        table = Table([Column("run"), Column("proof"), Column("why", most=90), numbers("time")], rows)
        return page(f"<p>{esc(self._sum())}</p>", table.html() if rows else "")

    def _sum(self) -> str:
        sums = {word: sum(replay.verdict == word for replay in self.replays) for word in VERDICTS}
        return ", ".join(f"{found} {verdict_word(word)}" for word, found in sums.items() if found)


def _row(name: str, recorded: str, replayed: str, differs: bool) -> list[Cell]:
    note = Cell("differs", "warning") if differs else Cell("same", "faint")
    return [Cell(name, "faint"), Cell(recorded), Cell(replayed, "best" if differs else ""), note]


def _float(value: Any) -> float | None:
    return float(value) if value is not None else None
