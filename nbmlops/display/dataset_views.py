"""Data sets: versions as a table, one with its columns, and what differs between two."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import NOTHING, change, count, digest, number, shape, size, when
from nbmlops.display.markup import esc, page, span
from nbmlops.display.svg import bars_spark
from nbmlops.display.table import Cell, Column, Table, facts_html, facts_text, numbers
from nbmlops.display.terminal import paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.records import ColumnDifference, DatasetDifference, DatasetVersion

_EMPTY = [
    "No data set is saved yet. A version is saved in one line:",
    "  %nbmlops datasets save VARIABLE as NAME",
    "  nbmlops datasets save FILE as NAME",
]
_LEVELS = " ▁▂▃▄▅▆▇█"
_WIDE = 12


class DatasetSaved(View):
    """What was saved, in one line.

    Parameters
    ----------
    version : DatasetVersion
        The new version, or the one that holds the content already.
    """

    def __init__(self, version: DatasetVersion) -> None:
        self.version = version

    def to_json(self) -> dict[str, Any]:
        """Return the record of the version."""
        return self.version.to_json()

    def text(self, color: bool = False) -> str:
        """Return the line for a terminal."""
        spec, rest = self._words()
        return f"{paint(plain(spec), 'name', color)}  {plain(rest)}"

    def html(self) -> str:
        """Return the line for a notebook."""
        spec, rest = self._words()
        return page(f"<p>{span(spec, 'name', self.version.fingerprint)}&ensp;{esc(rest)}</p>")

    def _words(self) -> tuple[str, str]:
        version = self.version
        if version.unchanged:
            return version.spec, f"holds this content already ({digest(version.fingerprint)}); nothing was saved"
        part = 100 * version.bytes_added / version.bytes if version.bytes else 100.0
        share = f", {part:.1f} % of it" if 0.05 <= part < 100 else ""
        what = shape(version.rows, version.columns) or version.kind
        return version.spec, (
            f"{what} · {digest(version.fingerprint)} · {size(version.bytes)}, {size(version.bytes_added)} added{share}"
        )


class DatasetTable(View):
    """Versions of data sets, one a row.

    Parameters
    ----------
    versions : list of DatasetVersion
        The versions to show.
    """

    def __init__(self, versions: list[DatasetVersion]) -> None:
        self.versions = versions

    def to_json(self) -> list[dict[str, Any]]:
        """Return the record of each version."""
        return [version.to_json() for version in self.versions]

    def text(self, color: bool = False) -> str:
        """Return the table for a terminal."""
        if not self.versions:
            return "\n".join(_EMPTY)
        width = terminal_width()
        lines, hidden = self._table().text(width, color)
        return "\n".join([*lines, *(wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else [])])

    def html(self) -> str:
        """Return the table for a notebook."""
        if not self.versions:
            return page(
                f"<p>{esc(_EMPTY[0])}</p>", *(f'<pre class="o-p">{esc(line.strip())}</pre>' for line in _EMPTY[1:])
            )
        return page(self._table().html())

    def _table(self) -> Table:
        columns = [Column("data set"), numbers("rows", drop=3), numbers("columns", drop=4), numbers("size", drop=2)]
        columns += [numbers("added"), Column("content", drop=5), Column("saved"), Column("note", drop=1, most=60)]
        columns.append(Column("source", screen="html", most=60))
        rows = [
            [
                Cell(version.spec, "name"),
                Cell(NOTHING if version.rows is None else f"{version.rows:,}"),
                Cell(NOTHING if version.columns is None else f"{version.columns:,}"),
                Cell(size(version.bytes)),
                Cell(size(version.bytes_added)),
                Cell(digest(version.fingerprint), "faint", version.fingerprint),
                Cell(when(version.created_at), "faint", version.created_at),
                Cell(version.note),
                Cell(version.source or "", "faint"),
            ]
            for version in self.versions
        ]
        return Table(columns, rows)


class DatasetView(View):
    """A version with its columns, or its files.

    Parameters
    ----------
    version : DatasetVersion
        The version.
    parts : dict
        Type of each column, or size of each file.
    """

    def __init__(self, version: DatasetVersion, parts: dict[str, str]) -> None:
        self.version = version
        self.parts = parts

    def to_json(self) -> dict[str, Any]:
        """Return the record of the version, with ``types`` of its columns or ``files`` of a folder."""
        name = "files" if self.version.kind in ("file", "folder") else "types"
        return {**self.version.to_json(), name: self.parts}

    def text(self, color: bool = False) -> str:
        """Return the version for a terminal."""
        width = terminal_width()
        lines = [paint(shorten(plain(self.version.spec), width), "name", color)]
        lines += facts_text(self._facts(), width, color)
        return "\n".join([*lines, "", *self._parts().text(width, color, "  ")[0]])

    def html(self) -> str:
        """Return the version for a notebook."""
        facts = [(name, f"<bdi>{esc(value)}</bdi>" if value else "") for name, value in self._facts()]
        return page(f"<div>{span(self.version.spec, 'name')}</div>", facts_html(facts), self._parts().html())

    def _facts(self) -> list[tuple[str, str]]:
        version = self.version
        return [
            ("holds", shape(version.rows, version.columns) or count(len(self.parts), "file")),
            ("size", f"{size(version.bytes)}, {size(version.bytes_added)} added by this version"),
            ("content", version.fingerprint),
            ("note", version.note),
            ("source", version.source or ""),
            ("saved", f"{when(version.created_at)}{f' by {version.user}' if version.user else ''}"),
            ("load", f'nbmlops.dataset("{version.spec}")'),
        ]

    def _parts(self) -> Table:
        title = "file" if self.version.kind in ("file", "folder") else "column"
        rows = [[Cell(name), Cell(kind, "faint")] for name, kind in self.parts.items()]
        return Table([Column(title, most=60), Column("" if title == "file" else "type", most=60)], rows)


class DatasetDiffView(View):
    """What differs between two versions or frames.

    Parameters
    ----------
    difference : DatasetDifference
        What was found.
    """

    def __init__(self, difference: DatasetDifference) -> None:
        self.difference = difference

    def to_json(self) -> dict[str, Any]:
        """Return the record of the difference."""
        return self.difference.to_json()

    def text(self, color: bool = False) -> str:
        """Return the difference for a terminal."""
        width = terminal_width()
        lines = wrapped(self._sentence(), width, "  ", "")
        if self.difference.columns:
            table, hidden = self._table(graphic=False).text(width, color)
            lines += ["", *table, *(wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else [])]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the difference for a notebook."""
        sentence = f"<p>{esc(self._sentence())}</p>"
        if not self.difference.columns:
            return page(sentence)
        table = self._table(graphic=True).html()
        for at, column in enumerate(self.difference.columns):
            for side, facts in (("b", column.before), ("a", column.after)):
                picture = bars_spark((facts or {}).get("histogram") or [], f"{column.column}: share of values")
                table = table.replace(esc(_mark(at, side)), picture)
        return page(sentence, table)

    def _sentence(self) -> str:
        found = self.difference
        parts = [
            f"{count(number_, 'row')} {word}"
            for number_, word in (
                (found.rows_added, "added"),
                (found.rows_removed, "removed"),
                (found.rows_changed, "changed"),
            )
            if number_
        ]
        changes: dict[str, int] = {}
        for column in found.columns:
            word = {"type": "of another type"}.get(column.change, column.change)
            changes[word] = changes.get(word, 0) + 1
        parts += [f"{count(amount, 'column')} {word}" for word, amount in changes.items()]
        parts += ["rows in another order"] if found.reordered else []
        return f"{found.a} → {found.b}: {', '.join(parts) if parts else 'nothing differs'}"

    def _table(self, *, graphic: bool) -> Table:
        columns = [Column("column", least=8), Column("change"), numbers("rows changed", drop=5)]
        columns += [numbers("mean before", drop=3), numbers("after", drop=3), Column("missing", drop=2, right=True)]
        columns += [Column("range or top values after", drop=6, most=46)]
        columns += [Column("before", drop=1, most=24), Column("after ", drop=1, most=24)]
        rows = []
        for at, column in enumerate(self.difference.columns):
            before, after = column.before or {}, column.after or {}
            rows.append(
                [
                    Cell(column.column if column.was is None else f"{column.was} → {column.column}", "name"),
                    Cell(_change(column)),
                    Cell(f"{column.rows_changed:,}"),
                    Cell(number(before["mean"]) if "mean" in before else ""),
                    Cell(_mean(before, after)),
                    Cell(_nulls(before, after)),
                    Cell(_values(after or before)),
                    Cell(_mark(at, "b") if graphic and "histogram" in before else _bars(before)),
                    Cell(_mark(at, "a") if graphic and "histogram" in after else _bars(after)),
                ]
            )
        return Table(columns, rows)


def _mark(at: int, side: str) -> str:
    """Return the word in whose place a picture is put once the table is HTML; no data can hold it."""
    return f"\ue000{at}{side}\ue001"


def _change(column: ColumnDifference) -> str:
    if column.change == "type" and column.before and column.after:
        return f"{column.before.get('type')} → {column.after.get('type')}"
    return column.change


def _mean(before: dict[str, Any], after: dict[str, Any]) -> str:
    if "mean" not in after:
        return ""
    text = number(after["mean"])
    if "mean" in before and before["mean"] != after["mean"]:
        text += f" {change(after['mean'] - before['mean'], after['mean'])}"
    return text


def _nulls(before: dict[str, Any], after: dict[str, Any]) -> str:
    was, now = before.get("nulls"), after.get("nulls")
    if not was and not now:
        return ""
    return f"{was:,} → {now:,}" if was is not None and now is not None else f"{was if now is None else now:,}"


def _values(facts: dict[str, Any]) -> str:
    if facts.get("min") is not None:
        low, high = (number(v) if isinstance(v, int | float) else str(v) for v in (facts["min"], facts["max"]))
        return f"{low} … {high}"
    return ", ".join(f"{value} {amount:,}" for value, amount in facts.get("top", [])[:3])


def _bars(facts: dict[str, Any]) -> str:
    """Return a histogram as one line of blocks.

    Examples
    --------
    >>> _bars({"histogram": [0, 1, 4, 8]})
    ' ▁▄█'
    """
    counts = facts.get("histogram") or []
    if len(counts) > _WIDE:  # two bins a letter
        counts = [sum(counts[at : at + 2]) for at in range(0, len(counts), 2)]
    most = max(counts, default=0)
    if not most:
        return ""
    return "".join(_LEVELS[0 if not amount else max(1, round(8 * amount / most))] for amount in counts)
