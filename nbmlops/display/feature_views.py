"""Feature views as a table, one with its features and users, and a training set with what is missing of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from nbmlops.display.format import NOTHING, count, digest, figure, when
from nbmlops.display.markup import esc, page, span
from nbmlops.display.table import Cell, Column, Table, facts_html, facts_text, numbers
from nbmlops.display.terminal import paint, plain, shorten, terminal_width, wrapped
from nbmlops.display.view import View

if TYPE_CHECKING:
    from nbmlops.features.records import FeatureView, Source, TrainingSet

_FRACTION = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?|-?\d+e[+-]?\d+")
_EMPTY = [
    "No feature view is defined yet. A cell defines one:",
    "  %%feature weather --entity origin --timestamp time_hour --ttl 2h",
    "  SELECT origin, time_hour, temp FROM weather",
]


class FeatureTable(View):
    """Feature views, one a row.

    Parameters
    ----------
    views : list of FeatureView
        The versions to show.
    searched : str
        The words that were looked for: said where no view has them.
    """

    def __init__(self, views: list[FeatureView], searched: str = "") -> None:
        self.views = views
        self._empty = _EMPTY
        if searched:
            self._empty = [f"No feature view has {searched!r} in it. All of them:", "  %feature list"]

    def to_json(self) -> list[dict[str, Any]]:
        """Return the record of each view."""
        return [view.to_json() for view in self.views]

    def text(self, color: bool = False) -> str:
        """Return the table for a terminal."""
        if not self.views:
            return "\n".join(self._empty)
        width = terminal_width()
        lines, hidden = self._table().text(width, color)
        return "\n".join([*lines, *(wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else [])])

    def html(self) -> str:
        """Return the table for a notebook."""
        if not self.views:
            body = "\n".join(line.strip() for line in self._empty[1:])
            return page(f"<p>{esc(self._empty[0])}</p>", f'<pre class="o-p">{esc(body)}</pre>')
        return page(self._table().html())

    def _table(self) -> Table:
        columns = [Column("view", whole=True), Column("entity", most=24), Column("ttl", drop=1)]
        columns += [Column("features", most=48, prose=True), numbers("rows", drop=2)]
        columns += [Column("until", drop=3, whole=True), Column("defined", drop=4)]
        columns += [Column("owner", drop=5), Column("description", drop=6, most=60, prose=True)]
        rows = [
            [
                Cell(view.spec, "name"),
                Cell(", ".join(view.definition.entity))
                if not view.definition.on_demand
                else Cell("on demand", "faint"),
                Cell(view.definition.ttl or NOTHING),
                Cell(", ".join(view.features)),
                Cell(NOTHING if view.definition.on_demand else f"{view.preview.rows:,}"),
                Cell(moment(view.preview.last)),
                Cell(when(view.created_at), "faint", view.created_at),
                Cell(view.owner, "faint"),
                Cell(view.description, "faint"),
            ]
            for view in self.views
        ]
        return Table(columns, rows)


class FeatureViewShown(View):
    """One version of a feature view: what was defined, what it holds, who uses it.

    Parameters
    ----------
    view : FeatureView
        The version.
    """

    def __init__(self, view: FeatureView) -> None:
        self.view = view

    def to_json(self) -> dict[str, Any]:
        """Return the record of the view."""
        return self.view.to_json()

    def text(self, color: bool = False) -> str:
        """Return the view for a terminal."""
        width = terminal_width()
        title = paint(shorten(plain(self.view.spec), width), "name", color)
        lines = [f"{title}  {plain(self._state())}" if self._state() else title]
        lines += facts_text(self._facts(), width, color)
        lines += ["", *self._features().text(width, color, "  ")[0]]
        lines += ["", paint("Body", "section", color)]
        lines += [f"  {plain(line)}" for line in self.view.definition.text.splitlines()]
        return "\n".join(lines)

    def html(self) -> str:
        """Return the view for a notebook."""
        state = f"&ensp;{span(self._state(), 'faint')}" if self._state() else ""
        facts = [(name, f"<bdi>{esc(value)}</bdi>" if value else "") for name, value in self._facts()]
        return page(
            f"<div>{span(self.view.spec, 'name', self.view.digest)}{state}</div>",
            facts_html(facts),
            self._features().html(),
            f'<h4 class="o-4">Body</h4><pre class="o-p">{esc(self.view.definition.text)}</pre>',
        )

    def _state(self) -> str:
        return "is defined so already; no new version was made" if self.view.unchanged else ""

    def _facts(self) -> list[tuple[str, str]]:
        view, definition = self.view, self.view.definition
        if definition.on_demand:
            return [*self._on_demand(), *self._about()]
        times = f" … {moment(view.preview.last)}" if view.preview.last else ""
        keys = f"{count(view.preview.entities, 'key')} ({', '.join(definition.entity)})"
        what = f"{count(view.preview.rows, 'row')} of {keys}"
        computed = [
            f"{one.function}({one.column or '*'}{f', {one.number}' if one.number > 1 else ''}) as {one.name}"
            for one in definition.aggregates
        ]
        return [
            ("entity", ", ".join(definition.entity)),
            ("time", f"{definition.timestamp}{f', created {definition.created}' if definition.created else ''}"),
            ("ttl", definition.ttl or "none"),
            ("windows", f"{', '.join(definition.windows)}: {', '.join(computed)}" if computed else ""),
            ("holds", f"{what}, {moment(view.preview.first)}{times}" if view.preview.rows else "no rows"),
            ("reads", ", ".join(_source(source) for source in definition.sources)),
            ("checks", "; ".join(definition.checks)),
            *self._about(),
        ]

    def _on_demand(self) -> list[tuple[str, str]]:
        """Return what a request brings, and which stored features are taken."""
        declared = [column for column in self.view.definition.request if column[0] not in self.view.definition.taken]
        return [
            ("computed", "on demand"),
            ("request", ", ".join(f"{name} {kind.lower()}" for name, kind in declared)),
            ("takes", ", ".join(self.view.definition.inputs)),
        ]

    def _about(self) -> list[tuple[str, str]]:
        view = self.view
        return [
            ("about", view.description),
            ("tags", ", ".join(f"{key}={value}" for key, value in view.tags.items())),
            ("owner", view.owner),
            ("defined", f"{when(view.created_at)}{f' by {view.user}' if view.user else ''}, {digest(view.digest)}"),
            ("used by", ", ".join(view.users)),
            (f"{view.name}@{view.version - 1} is used by", ", ".join(view.users_before)),
        ]

    def _features(self) -> Table:
        columns = [Column("feature", whole=True), Column("type", most=24), numbers("missing"), Column("range", most=60)]
        rows = [
            [
                Cell(column.name, "name"),
                Cell(column.type.lower(), "faint"),
                Cell("" if column.null_share is None else percent(column.null_share)),
                Cell(
                    "" if column.low is None else f"{moment(column.low)} … {moment(column.high)}",
                    title=f"{column.low} … {column.high}",
                ),
            ]
            for column in self.view.preview.columns
        ]
        return Table(columns, rows)


class TrainingSetView(View):
    """A training set: its id, its rows, and what share of each column is missing, and why.

    Parameters
    ----------
    record : TrainingSet
        The training set.
    out : str
        The file that it was written to.
    """

    def __init__(self, record: TrainingSet, out: str = "") -> None:
        self.record = record
        self.out = out

    def to_json(self) -> dict[str, Any]:
        """Return the record of the training set, with ``out``."""
        return {**self.record.to_json(), **({"out": self.out} if self.out else {})}

    def text(self, color: bool = False) -> str:
        """Return the training set for a terminal."""
        width = terminal_width()
        lines = wrapped(self._sentence(), width, "  ", "")
        return "\n".join([*lines, "", *self._table().text(width, color, "  ")[0]])

    def html(self) -> str:
        """Return the training set for a notebook."""
        return page(f"<p>{esc(self._sentence())}</p>", self._table().html())

    def _sentence(self) -> str:
        record = self.record
        place = f", in {self.out}" if self.out else ""
        return f"training set {record.id[:12]}: {count(record.rows_out, 'row')} with {', '.join(record.views)}{place}"

    def _table(self) -> Table:
        columns = [Column("feature", whole=True), numbers("missing"), numbers("no row"), numbers("older than ttl")]
        columns.append(numbers("no value"))
        rows = [
            [
                Cell(item.column, "name"),
                Cell(percent(item.share)),
                Cell(percent(item.no_key), "faint"),
                Cell(percent(item.too_old), "faint"),
                Cell(percent(item.null), "faint"),
            ]
            for item in self.record.missing
        ]
        return Table(columns, rows)


def percent(share: float) -> str:
    """Return a share of rows; one that is not nothing is not shown as nothing.

    Examples
    --------
    >>> percent(0.0), percent(0.0025), percent(0.00001), percent(1.0)
    ('0 %', '0.25 %', '< 0.01 %', '100 %')
    """
    value = 100 * share
    if 0 < value < 0.01:
        return "< 0.01 %"
    return f"{value:.0f} %" if value in (0, 100) else f"{value:.2f} %" if value < 10 else f"{value:.1f} %"


def moment(text: str | None) -> str:
    """Return a number or a time as DuckDB writes it, for reading: four digits; no seconds where they are nothing.

    Examples
    --------
    >>> moment("2013-01-01 06:00:00+00"), moment("39.024137931"), moment("336776"), moment(None)
    ('2013-01-01 06:00', '39.02', '336776', '')
    """
    if text is None:
        return ""
    if _FRACTION.fullmatch(text):
        return figure(float(text))
    return text.removesuffix("+00").removesuffix(":00") if text[4:5] == "-" and text[10:11] == " " else text


def _source(source: Source) -> str:
    table = f"::{source.table}" if source.table else ""
    return f"{source.name} from {source.address}{table}"
