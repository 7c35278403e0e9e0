"""Registered models: all versions as a table, one version in full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.display.format import count, digest, number, run_id, setting, size, when
from nbmlops.display.markup import esc, folded, page, span
from nbmlops.display.table import Cell, Column, Table, facts_html, facts_text, numbers
from nbmlops.display.terminal import paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.records import ModelVersion

METRICS = 4
INPUTS = 60
SAMPLE_COLUMNS = 12
HISTORY = 20


class ModelTable(View):
    """Versions of models, one a row.

    Parameters
    ----------
    versions : list of ModelVersion
        The versions to show.
    """

    def __init__(self, versions: list[ModelVersion]) -> None:
        self.versions = versions

    def to_json(self) -> list[dict[str, Any]]:
        """Return the record of each version."""
        return [version.to_json() for version in self.versions]

    def text(self, color: bool = False) -> str:
        """Return the table for a terminal."""
        width = terminal_width()
        if not self.versions:
            return "\n".join(_EMPTY)
        lines, hidden = version_table(self.versions).text(width, color)
        return "\n".join([*lines, *(wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else [])])

    def html(self) -> str:
        """Return the table for a notebook."""
        if not self.versions:
            return page(
                f"<p>{esc(_EMPTY[0])}</p>", *(f'<pre class="o-p">{esc(line.strip())}</pre>' for line in _EMPTY[1:])
            )
        return page(version_table(self.versions).html())


_EMPTY = [
    "No model is registered yet. A model gets a name, a version and an alias in one line:",
    "  %register VARIABLE as NAME@champion",
    "  nbmlops models register RUN as NAME@champion",
]


class ModelView(View):
    """A model: its one version in full, or its versions and the history of its aliases.

    Parameters
    ----------
    versions : list of ModelVersion
        One version, or all of a model.
    history : list of dict
        Every change of an alias, newest first.
    """

    def __init__(self, versions: list[ModelVersion], history: list[dict[str, Any]]) -> None:
        self.versions = versions
        self.history = history

    def to_json(self) -> list[dict[str, Any]]:
        """Return the record of each version."""
        return [version.to_json() for version in self.versions]

    def text(self, color: bool = False) -> str:
        """Return the model for a terminal."""
        width = terminal_width()
        if len(self.versions) != 1:
            lines = [ModelTable(self.versions).text(color)]
        else:
            version = self.versions[0]
            aliases = shorten(plain(" ".join(version.aliases)), width // 2)
            lines = [f"{paint(shorten(plain(version.spec), width // 2 - 1), 'name', color)} {aliases}".rstrip()]
            lines += facts_text(_facts(version), width, color)
            for title, table in (
                ("metrics", _metrics(version)),
                ("inputs", _inputs(version)),
                ("sample rows", _samples(version)),
            ):
                if table.rows:
                    lines += ["", paint(title, "section", color), *table.text(width, color, "  ")[0]]
        if self.history:
            lines += ["", paint("aliases", "section", color)]
            lines += [shorten(f"  {_move(change)}", width) for change in self.history[:HISTORY]]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the model for a notebook."""
        parts = []
        if len(self.versions) != 1:
            parts.append(version_table(self.versions).html())
        else:
            version = self.versions[0]
            aliases = " ".join(span(f"@{alias}", "best") for alias in version.aliases)
            parts.append(f"<div>{span(version.spec, 'name')} {aliases}</div>")
            rows = [(name, _fact_html(name, value, version)) for name, value in _facts(version)]
            parts.append(facts_html(rows))
            metrics, inputs, samples = _metrics(version), _inputs(version), _samples(version)
            parts.append(metrics.html() if metrics.rows else "")
            known = version.signature.get("inputs", [])
            if inputs.rows:
                parts.append(folded(count(len(known), "input"), inputs.html(), is_open=len(known) <= 20))
            parts.append(folded("sample rows", samples.html()) if samples.rows else "")
        if self.history:
            lines = "".join(f"<div>{esc(_move(change))}</div>" for change in self.history[:HISTORY])
            parts.append(folded("history of the aliases", lines, is_open=len(self.history) <= 5))
        return page(*parts)


def version_table(versions: list[ModelVersion]) -> Table:
    """Return versions as a table: spec, aliases, metrics, the run that fitted it, when, how large."""
    names = list(dict.fromkeys(name for version in versions for name in version.metrics))[:METRICS]
    columns = [Column("model"), Column("aliases"), *(numbers(name, drop=2) for name in names)]
    columns += [
        Column("run", drop=3, most=30),
        Column("made"),
        Column("flavor", drop=4),
        numbers("size", drop=5),
    ]
    columns.append(Column("sha256", screen="html"))
    rows = [
        [
            Cell(version.spec, "name"),
            Cell(", ".join(version.aliases), "best"),
            *(Cell(number(version.metrics.get(name)), "" if name in version.metrics else "faint") for name in names),
            _run_cell(version),
            Cell(when(version.created_at), "faint", version.created_at),
            Cell(version.flavor),
            Cell(size(version.bytes) if version.bytes else ""),
            Cell(version.sha256[:8], "faint", version.sha256),
        ]
        for version in versions
    ]
    return Table(columns, rows)


def _run_cell(version: ModelVersion) -> Cell:
    name = str(version.lineage.get("run") or "")
    return Cell(name or run_id(version.run or ""), "", version.run or "")


def _facts(version: ModelVersion) -> list[tuple[str, str]]:
    lineage = version.lineage
    fitted = str(lineage.get("run") or "")
    run = f"{fitted} ({run_id(version.run)})".strip() if version.run else ""
    datasets = [f"{used.get('name')} {digest(used.get('fingerprint'))}" for used in lineage.get("datasets") or []]
    git = lineage.get("git") or {}
    output = version.signature.get("output") or {}
    classes = output.get("classes")
    gives = f"{output.get('type', '')}{f', classes {setting(classes)}' if classes else ''}"
    return [
        ("run", run + (f", variable {version.variable}" if version.variable else "")),
        ("experiment", str(lineage.get("experiment") or "")),
        ("notebook", str(lineage.get("notebook") or "")),
        ("data", ", ".join(datasets)),
        ("features", ", ".join(dict.fromkeys(str(used.get("view")) for used in lineage.get("features") or []))),
        ("environment", digest(lineage["environment"]) if lineage.get("environment") else ""),
        ("git", " · ".join(str(part) for part in (str(git.get("commit") or "")[:8], git.get("branch")) if part)),
        ("flavor", f"{version.flavor}, {size(version.bytes)}"),
        ("output", gives.strip(", ")),
        ("sha256", version.sha256),
        ("made", f"{when(version.created_at)}{f' by {version.user}' if version.user else ''}"),
        ("load", f'nbmlops.load("{version.name}@{version.aliases[0] if version.aliases else version.version}")'),
    ]


def _fact_html(name: str, value: str, version: ModelVersion) -> str:
    if name == "made":
        return span(value, "", version.created_at)
    if name in ("sha256", "load"):
        return f"<code>{esc(value)}</code>"
    return f"<bdi>{esc(shorten(value, 600))}</bdi>" if value else ""


def _metrics(version: ModelVersion) -> Table:
    rows = [[Cell(name, "faint"), Cell(number(value), "best", repr(value))] for name, value in version.metrics.items()]
    return Table([Column("", most=60), numbers("")], rows, has_head=False)


def _inputs(version: ModelVersion) -> Table:
    inputs = version.signature.get("inputs") or []
    rows = []
    for entry in inputs[:INPUTS]:
        categories = entry.get("categories")
        if categories is not None:
            values = ", ".join(setting(value) for value in categories)
        elif entry.get("min") is None and entry.get("max") is None:
            values = ""
        else:
            values = f"{_end(entry.get('min'))} … {_end(entry.get('max'))}"
        rows.append(
            [
                Cell(str(entry["name"])),
                Cell(str(entry["type"]), "faint"),
                Cell("may be missing" if entry.get("nullable") else "", "faint"),
                Cell(values),
            ]
        )
    if len(inputs) > INPUTS:
        rows.append([Cell(f"+{len(inputs) - INPUTS} more inputs", "faint")])
    return Table([Column("input"), Column("type"), Column("", drop=1), Column("values", most=60)], rows)


def _end(value: Any) -> str:
    return number(value) if isinstance(value, int | float) and not isinstance(value, bool) else setting(value)


def _samples(version: ModelVersion) -> Table:
    samples = version.samples or {}
    names = [str(name) for name in samples.get("columns", [])]
    numeric = [all(not isinstance(row[index], str) for row in samples.get("rows", [])) for index in range(len(names))]
    columns = [
        Column(name, right=numeric[index], drop=index, most=20) for index, name in enumerate(names[:SAMPLE_COLUMNS])
    ]
    rows = [[Cell(_end(value)) for value in row[:SAMPLE_COLUMNS]] for row in samples.get("rows", [])]
    if any(len(row) == 1 for row in rows):  # a row of one cell would be a heading
        columns, rows = [*columns, Column("")], [[*row, Cell("")] for row in rows]
    return Table(columns, rows)


def _move(change: dict[str, Any]) -> str:
    version = change.get("version")
    where = f"→ version {version}" if version is not None else "taken away"
    by = f" by {plain(change['user'])}" if change.get("user") else ""
    return f"{plain(change.get('alias', ''))} {where}, {when(str(change.get('changed_at')))}{by}"
