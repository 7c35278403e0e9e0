"""``nbmlops ci`` on a screen and as a file: the report, and the check of a deployment."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.display.ci_markdown import markdown
from nbmlops.display.ci_words import HOLDS, TABLES, cell_title, headline
from nbmlops.display.document import document
from nbmlops.display.format import count
from nbmlops.display.markup import esc, folded, page, span
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import pad, paint, plain, terminal_width, wrapped
from nbmlops.display.view import View
from nbmlops.errors import InvalidInput
from nbmlops.integration.repository import REPORT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbmlops.display.ci_words import CiColumn
    from nbmlops.integration.deploying import Deployment
    from nbmlops.integration.records import CellChange, CiReport

MAX_HTML = 190_000
"""Bytes of a page without its head and its style."""
ROWS = (200, 50, 10)
"""Rows of each table of a page: as many as there is room for."""
MAX_TEXT = 500
MOST = 30
"""Rows of a table on a terminal."""
_STYLES = {"✓": "better", "✗": "error", "–": "faint", "⚠": "warning"}


class CiView(View):
    """A report of ``nbmlops ci``.

    Examples
    --------
    >>> from nbmlops.integration.records import CiReport
    >>> gate = {"gate": "auc >= 0.7", "step": "train", "holds": False, "detail": "auc is 0.6"}
    >>> CiView(CiReport("failed", "main", "ab12" * 10, "cd34" * 10, gates=(gate,), duration_s=2.0))
    ✗ nbmlops ci failed: nothing ran, 1 gate missed (2.0 s)
      cd34cd34cd beside main (ab12ab12ab)
      gates
           gate        step   values
        ✗  auc >= 0.7  train  auc is 0.6
    """

    def __init__(self, report: CiReport) -> None:
        self.report = report

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops ci --json``."""
        return self.report.to_json()

    def text(self, color: bool = False) -> str:
        """Return the report for a terminal: what needs a look, and what was compared."""
        report, width = self.report, terminal_width()
        sign = "✓" if report.status == "passed" else "✗"
        lines = [f"{paint(sign, _STYLES[sign], color)} {plain(headline(report))}"]
        lines.append(f"  {plain(f'{report.head[:10]} beside {report.base} ({report.base_commit[:10]})')}")
        lines += [line for note in report.notes for line in wrapped(plain(note), width, "    ", "  ")]
        for title, table in self._tables():
            shown = replace(table, rows=table.rows[:MOST])
            lines += [f"  {title}", *shown.text(width, color, "    ")[0]]
            if len(table.rows) > MOST:
                lines.append(f"    … and {len(table.rows) - MOST} more")
        lines += [f"  {plain(name)}: {_cells_of(changes)}" for name, changes in report.cells_by_notebook.items()]
        if report.report:
            lines.append(f"  report: {plain(report.report)}")
        return "\n".join(lines)

    def html(self) -> str:
        """Return the report for a notebook, and for a page of its own: no script, nothing from another place."""
        parts = next((parts for parts in map(self._top, ROWS) if _bytes(*parts) < MAX_HTML * 0.7), self._top(ROWS[-1]))
        room = MAX_HTML - _bytes(*parts)
        for name, changes in self.report.cells_by_notebook.items():
            inside = "".join(f"<p>{esc(cell_title(change))}</p>{diff_html(change.diff)}" for change in changes)
            part = folded(f"{esc(name)}: {esc(_cells_of(changes))}", inside)
            if _bytes(part) > room:
                part = f"<p>{esc(name)}: {count(len(changes), 'cell')} differ, too much to be shown</p>"
            if _bytes(part) < room:
                parts.append(part)
                room -= _bytes(part)
        return page(*parts)

    def _top(self, most: int) -> list[str]:
        """Return headline and tables, each with a number of rows at most."""
        report = self.report
        sign = HOLDS[report.status == "passed"]
        parts = [
            f"<div>{span(sign, _STYLES[sign])} <b>{esc(headline(report))}</b></div>",
            f"<p>{esc(f'{report.head[:10]} beside {report.base} ({report.base_commit[:10]})')}</p>",
            *(f"<p>{esc(note)}</p>" for note in report.notes),
        ]
        for title, table in self._tables():
            parts += [f'<h4 class="o-4">{esc(title)}</h4>', replace(table, rows=table.rows[:most]).html()]
            parts += [f"<p>… and {len(table.rows) - most} more</p>"] if len(table.rows) > most else []
        return parts

    def document(self) -> str:
        """Return the report as an HTML file."""
        return document(f"nbmlops ci: {self.report.status}", self.html())

    def _tables(self) -> Iterator[tuple[str, Table]]:
        for table in TABLES:
            rows = table.rows(self.report)
            if rows:
                columns = [_column(one) for one in table.columns]
                yield table.title, Table(columns, [[_cell(text) for text in row] for row in rows])


class DeploymentView(View):
    """A check of a deployment.

    Examples
    --------
    >>> from nbmlops.integration.deploying import DeployCheck, Deployment
    >>> DeploymentView(Deployment("delay@3", (DeployCheck("memory", True, "82 MB"),), {}))
    ✓ delay@3 can be deployed
      ✓  memory  82 MB
    """

    def __init__(self, found: Deployment) -> None:
        self.found = found

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops ci deploy-check --json``."""
        return self.found.to_json()

    def text(self, color: bool = False) -> str:
        """Return the checks."""
        sign = HOLDS[self.found.holds]
        head = f"{paint(sign, _STYLES[sign], color)} {paint(plain(self.found.model), 'name', color)} {self._sentence()}"
        width = max((len(one.check) for one in self.found.checks), default=0)
        lines = [head]
        for one in self.found.checks:
            sign = HOLDS[one.holds]
            head = f"  {sign}  {pad(plain(one.check), width)}  "
            found = wrapped(plain(one.detail), terminal_width(), " " * (width + 7), head)
            lines += [found[0].replace(sign, paint(sign, _STYLES[sign], color), 1), *found[1:]]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the checks for a notebook."""
        return page(f"<div><b>{esc(self.found.model)}</b> {esc(self._sentence())}</div>", self._table().html())

    def _sentence(self) -> str:
        return "can be deployed" if self.found.holds else "is not to be deployed"

    def _table(self) -> Table:
        rows = [[_cell(HOLDS[one.holds]), Cell(one.check), Cell(one.detail)] for one in self.found.checks]
        columns = [Column("", whole=True), Column("check", whole=True), Column("found", most=110, prose=True)]
        return Table(columns, rows, has_head=False)


def _column(one: CiColumn) -> Column:
    if one.kind == "number":
        return numbers(one.head)
    return Column(one.head, most=one.most, whole=one.whole, prose=one.prose)


def _cells_of(changes: Sequence[CellChange]) -> str:
    cells = [str(change.cell) for change in changes]
    more = f" and {len(cells) - MOST} more" if len(cells) > MOST else ""
    return f"cell {cells[0]} differs" if len(cells) == 1 else f"cells {', '.join(cells[:MOST])}{more} differ"


def _cell(text: str) -> Cell:
    said = text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…"
    return Cell(said, _STYLES.get(text[:1], ""))


def _bytes(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)


def diff_html(diff: str) -> str:
    """Return a diff with its lines coloured.

    Examples
    --------
    >>> diff_html("-a<b\\n c")
    '<pre class="o-p"><span class="o-d">-a&lt;b</span>\\n c</pre>'
    """
    kinds = {"+": "o-a", "-": "o-d"}
    lines = [
        f'<span class="{kinds[line[0]]}">{esc(line)}</span>' if line[:1] in kinds else esc(line)
        for line in diff.splitlines()
    ]
    return f'<pre class="o-p">{chr(10).join(lines)}</pre>'


def make_folder(folder: Path) -> None:
    """Make the folder of a report, where there is none.

    Raises
    ------
    InvalidInput
        It cannot be made, or not be written into.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(error) from error
    if not os.access(folder, os.W_OK):
        raise _unwritable(f"{folder} may not be written into")


def _unwritable(why: object) -> InvalidInput:
    return InvalidInput(f"the report cannot be written: {why}.", "Name a folder: --out reports")


def write_report(report: CiReport, folder: Path) -> CiReport:
    """Write a report as Markdown and HTML; give it with the place of the Markdown.

    In a job of GitHub it is also added to the summary of the job.

    Parameters
    ----------
    report : CiReport
        It.
    folder : Path
        Where; it is made where there is none.

    Raises
    ------
    InvalidInput
        It cannot be written there.
    """
    place = folder / f"{REPORT}.md"
    written = replace(report, report=str(place))
    text = markdown(written)
    make_folder(folder)
    try:
        place.write_text(text, encoding="utf-8")
        (folder / f"{REPORT}.html").write_text(CiView(written).document(), encoding="utf-8")
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(text)
    except OSError as error:
        raise _unwritable(error) from error
    return written
