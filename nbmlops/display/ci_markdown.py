"""The report of ``nbmlops ci`` as Markdown: fits a comment on GitHub or GitLab.

Names and values are data: each stands in a ``<code>`` whose every sign with a meaning is written as a number, so that
it is neither markup, nor a link, nor calls anybody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nbmlops.display.ci_words import SIGNS, TABLES, cell_title, headline
from nbmlops.display.format import count
from nbmlops.display.terminal import plain
from nbmlops.integration.workflows import MARKER

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.display.ci_words import CiTable
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
        f"## {SIGNS[report.status]} {headline(report)}",
        f"{code(report.head[:10])} beside {code(report.base)} ({code(report.base_commit[:10])})",
        *(f"> {code(note)}" for note in report.notes),
        *(_table(table, table.rows(report), most) for table in TABLES),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(table: CiTable, rows: Sequence[Sequence[str]], most: int) -> str:
    """Return a table, or nothing of no rows."""
    if not rows:
        return ""
    lines = [
        f"**{table.title.capitalize()}**",
        "",
        f"| {' | '.join(column.head for column in table.columns)} |",
        f"|{'|'.join('---:' if column.kind == 'number' else '---' for column in table.columns)}|",
    ]
    for row in rows[:most]:
        cells = [
            code(cell) if column.kind == "theirs" else cell for column, cell in zip(table.columns, row, strict=True)
        ]
        lines.append(f"| {' | '.join(cells)} |")
    if len(rows) > most:
        lines += ["", f"… and {len(rows) - most} more"]
    return "\n".join(lines)


def _cells(report: CiReport, room: int) -> str:
    """Return the cells that changed, folded, notebook by notebook, as far as there is room."""
    parts: list[str] = []
    left_out = 0
    for notebook, changes in report.cells_by_notebook.items():
        head = f"<details><summary>{code(notebook)}: {count(len(changes), 'changed cell')}</summary>\n"
        body = "\n".join(f"\n{cell_title(change)}\n\n{fenced(change.diff)}" for change in changes)
        part = f"\n{head}{body}\n\n</details>\n"
        if len(part) > room:
            left_out += 1
            continue
        parts.append(part)
        room -= len(part)
    if left_out:
        noun = f"{count(left_out, 'notebook')} with long changes {'is' if left_out == 1 else 'are'}"
        parts.append(f"\n{noun} shown in the HTML report only.\n")
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
