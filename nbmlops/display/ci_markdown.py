"""The report of ``nbmlops ci`` as Markdown: fits a comment on GitHub or GitLab.

Names and values are data: each stands in a ``<code>`` whose every sign with a meaning is written as a number, so that
it is neither markup, nor a link, nor calls anybody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbmlops.display.ci_words import (
    cell_title,
    gate_rows,
    headline,
    metric_rows,
    model_rows,
    rows_of_tests,
    run_rows,
    verdict_rows,
)
from nbmlops.display.format import count
from nbmlops.display.terminal import plain
from nbmlops.integration.workflows import MARKER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.integration.records import CiReport

MAX_CHARACTERS = 60_000
"""GitHub takes 65,536 in a comment."""
MAX_TEXT = 300
ROWS = (40, 12, 3)
"""Rows of each table: as many as a comment has room for, so that what changed in cells has some too."""
_FENCE = re.compile(r"`{3,}")
_SIGN = re.compile(r"[^\w .,;→≥≤…·%+=-]|_")


def code(text: object) -> str:
    """Return text that was made by someone else as Markdown shows it and nothing more.

    Examples
    --------
    >>> code("a|b"), code("<b>@me</b>"), code("")
    ('<code>a&#124;b</code>', '<code>&#60;b&#62;&#64;me&#60;&#47;b&#62;</code>', '')
    """
    said = plain(text).strip()
    said = said if len(said) <= MAX_TEXT else f"{said[: MAX_TEXT - 1]}…"
    escaped = _SIGN.sub(lambda found: f"&#{ord(found[0])};", said)
    return f"<code>{escaped}</code>" if said else ""


def markdown(report: CiReport) -> str:
    """Return a report as Markdown; what is long is folded, and left out where a comment would not take it."""
    text = next(
        (text for text in (_top(report, most) for most in ROWS) if len(text) < MAX_CHARACTERS * 0.7),
        _top(report, ROWS[-1]),
    )
    return text + _cells(report, MAX_CHARACTERS - len(text))


def _top(report: CiReport, most: int) -> str:
    """Return headline and tables, each with a number of rows at most."""
    parts = [
        MARKER,
        f"## {headline(report)}",
        f"{code(report.head[:10])} beside {code(report.base)} ({code(report.base_commit[:10])})",
        *(f"> {code(note)}" for note in report.notes),
        *(_table(title, heads, rows, kinds, most) for title, heads, rows, kinds in _tables(report)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _tables(report: CiReport) -> list[tuple[str, Sequence[str], Sequence[Sequence[str]], str]]:
    """Return title, heads, rows and kinds of each table. Kinds: l words of ours, r a number, c what others wrote."""
    return [
        ("Gates", ("", "gate", "step", "values"), gate_rows(report), "lccc"),
        ("Metrics", ("step", "metric", "base", "now", "change", ""), metric_rows(report), "ccrrrl"),
        ("Beside models", ("model", "step", "metric", "model's", "now", "change", ""), model_rows(report), "cccrrrl"),
        ("Tests", ("", "step", "test", "error"), rows_of_tests(report), "lccc"),
        ("Steps", ("", "step", "time", "why"), run_rows(report), "lcrc"),
        ("Data", ("step", "data", "", "what"), _data(report), "cclc"),
        ("Findings", ("", "where", "what"), _findings(report), "lcc"),
        ("Reproduction", ("", "step", "run", "verdict", "why"), verdict_rows(report), "lcclc"),
    ]


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], kinds: str, most: int) -> str:
    """Return a table, or nothing of no rows."""
    if not rows:
        return ""
    lines = [
        f"**{title}**",
        "",
        f"| {' | '.join(heads)} |",
        f"|{'|'.join('---:' if kind == 'r' else '---' for kind in kinds)}|",
    ]
    for row in rows[:most]:
        cells = [code(cell) if kind == "c" else cell for kind, cell in zip(kinds, row, strict=True)]
        lines.append(f"| {' | '.join(cells)} |")
    if len(rows) > most:
        lines += ["", f"… and {len(rows) - most} more"]
    return "\n".join(lines)


def _data(report: CiReport) -> list[tuple[str, str, str, str]]:
    return [(one.step, one.path, one.change, one.detail) for one in report.data]


def _findings(report: CiReport) -> list[tuple[str, str, str]]:
    found = sorted(report.findings, key=lambda one: one.severity != "severe")
    return [("✗" if one.severity == "severe" or report.strict else "⚠", one.where, one.what) for one in found]


def _cells(report: CiReport, room: int) -> str:
    """Return the cells that changed, folded, notebook by notebook, as far as there is room."""
    parts: list[str] = []
    left_out = 0
    for notebook in dict.fromkeys(change.notebook for change in report.cells):
        changes = [change for change in report.cells if change.notebook == notebook]
        head = f"<details><summary>{code(notebook)}: {count(len(changes), 'changed cell')}</summary>\n"
        body = "\n".join(f"\n{cell_title(change)}\n\n{fenced(change.diff)}" for change in changes)
        part = f"\n{head}{body}\n\n</details>\n"
        if len(part) > room:
            left_out += 1
            continue
        parts.append(part)
        room -= len(part)
    if left_out:
        parts.append(f"\n{left_out} notebooks with long changes are shown in the HTML report only.\n")
    return "".join(parts)


def fenced(diff: str) -> str:
    """Return a diff in a fence that nothing in it can close.

    Examples
    --------
    >>> print(fenced("-a\\n+```"))
    ````diff
    -a
    +```
    ````
    """
    longest = max((len(found) for found in _FENCE.findall(diff)), default=2)
    fence = "`" * max(3, longest + 1)
    return f"{fence}diff\n{diff}\n{fence}"
