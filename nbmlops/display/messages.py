"""What a command answers in a few words: a message, and the checks of ``nbmlops doctor``."""

from __future__ import annotations

from typing import Any

from nbmlops.display.format import count
from nbmlops.display.markup import esc, page
from nbmlops.display.table import Cell, Column, Table
from nbmlops.display.terminal import pad, paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View

_STATES = {
    "ok": ("✓", "mark-finished", "ok"),
    "missing": ("✗", "mark-failed", "missing"),
    "optional": ("–", "faint", "optional"),
}


class Message(View):
    """A record, and the sentence that says it.

    Parameters
    ----------
    record : dict
        What a script gets.
    text : str
        What a person reads; may have several lines.
    """

    def __init__(self, record: dict[str, Any], text: str) -> None:
        self.record = record
        self._text = text

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        return self.record

    def text(self, color: bool = False) -> str:  # noqa: ARG002 - every view takes it
        """Return the sentence; its lines are left as they are, so that paths can be copied."""
        return "\n".join(plain(line) for line in self._text.splitlines())

    def html(self) -> str:
        """Return the sentence for a notebook."""
        return page(*(f"<p>{esc(line)}</p>" for line in self._text.splitlines()))


class Checks(View):
    """What ``nbmlops doctor`` looked at.

    Parameters
    ----------
    checks : list of dict
        Each with ``name``, ``state`` (``ok``, ``missing``, ``optional``), ``found`` and ``hint``.
    """

    def __init__(self, checks: list[dict[str, Any]]) -> None:
        self.checks = checks

    def to_json(self) -> list[dict[str, Any]]:
        """Return the checks."""
        return self.checks

    def text(self, color: bool = False) -> str:
        """Return a line a check; under it what to do, where there is something to do."""
        width = terminal_width()
        name_width = max((len(str(check["name"])) for check in self.checks), default=0)
        lines = []
        for check in self.checks:
            sign, style, word = _STATES.get(str(check["state"]), ("?", "", str(check["state"])))
            found = f"{word}: {check['found']}" if word != "ok" else str(check["found"])
            name = pad(plain(check["name"]), name_width)
            lines.append(f"{paint(sign, style, color)} {name}  {shorten(plain(found), width - name_width - 4)}")
            if check.get("hint"):
                lines += wrapped(str(check["hint"]), width, " " * (name_width + 4))
        return "\n".join([*lines, "", *wrapped(self._sum(), width, "  ", "")])

    def html(self) -> str:
        """Return the checks as a table."""
        rows = []
        for check in self.checks:
            sign, style, word = _STATES.get(str(check["state"]), ("?", "", str(check["state"])))
            hint = str(check.get("hint") or "")
            rows.append(
                [Cell(f"{sign} {word}", style), Cell(str(check["name"])), Cell(str(check["found"])), Cell(hint)]
            )
        table = Table([Column("state"), Column("what"), Column("found", most=80), Column("what to do", most=80)], rows)
        return page(table.html(), f"<p>{esc(self._sum())}</p>")

    def _sum(self) -> str:
        missing = sum(check["state"] == "missing" for check in self.checks)
        optional = sum(check["state"] == "optional" for check in self.checks)
        if missing:
            it = "it" if missing == 1 else "them"
            return f"{count(missing, 'thing')} missing; the lines beside the crosses say how to get {it}."
        return "All that is needed is here" + (
            f"; {optional} optional {'thing is' if optional == 1 else 'things are'} not." if optional else "."
        )
