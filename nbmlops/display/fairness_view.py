"""How a model does on groups: the gaps first, then each grouping with its metrics and how sure they are."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nbmlops.display.format import NOTHING, count, number
from nbmlops.display.interval_svg import interval_chart, interval_spark
from nbmlops.display.markup import esc, folded, page
from nbmlops.display.table import Cell, Column, Table, numbers
from nbmlops.display.terminal import paint, plain, terminal_width, wrapped
from nbmlops.display.view import View
from nbmlops.records import json_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from nbmlops.measures.fairness.records import Fairness, Gap, Group, Grouping, GroupMetric

MOST_GAPS = 12
MOST_GROUPINGS = 6
MOST_GROUPS = 14
CHARTED = 4
CHARTS = 2
"""What a page draws of a grouping; the first few of them have pictures, so that a kept notebook stays small."""
COUNT = "count"
OF_DATA = "base_rate"
"""How often the truth is positive: a gap of it is one of the data, not of what the model does."""
CHANCE = {True: "more than chance", False: "may be chance", None: "too few rows to tell"}


class FairnessView(View):
    """Gaps, worst first, and a table of groups by metrics for each grouping.

    Parameters
    ----------
    fairness : Fairness
        What was found.
    name : str
        What the rows are called.
    broken : sequence of tuple, optional
        The gaps that are below what was asked of them, each with that limit.
    """

    def __init__(self, fairness: Fairness, name: str = "rows", broken: Sequence[tuple[Gap, float]] = ()) -> None:
        self.fairness = fairness
        self.name = name
        self.broken = tuple(broken)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.fairness, name)

    def to_json(self) -> dict[str, Any]:
        """Return the record of what was found, with the limits that are not kept where there are any."""
        below = [json_value({"limit": limit, **asdict(gap)}) for gap, limit in self.broken]
        return {**self.fairness.to_json(), "below": below} if below else self.fairness.to_json()

    def text(self, color: bool = False) -> str:
        """Return gaps and groups for a terminal."""
        width = terminal_width()
        every = self._gaps()
        gaps = every[:MOST_GAPS]
        below = [line for one in self._below() for line in wrapped(plain(one), width, "  ", "")]
        lines = [paint(line, "error", color) for line in below]
        lines += wrapped(plain(self._sentence(every)), width, "  ", "")
        lines += [line for note in self._notes(every) for line in wrapped(plain(note), width, "  ", "")]
        tables = [("", self._gap_table(gaps))] if gaps else []
        tables += [(_by(one), self._group_table(one)) for one in self._groupings()]
        for title, table in tables:
            shown, hidden = table.text(width, color)
            lines += ["", *([plain(title)] if title else []), *shown]
            lines += wrapped(f"no room here for {', '.join(hidden)}", width) if hidden else []
        return "\n".join(lines)

    def html(self) -> str:
        """Return gaps and groups for a notebook."""
        every = self._gaps()
        gaps = every[:MOST_GAPS]
        parts = [f'<p class="o-r"><bdi>{esc(one)}</bdi></p>' for one in self._below()]
        parts.append(f"<p>{esc(self._sentence(every))}</p>")
        parts += [f'<p class="o-f">{esc(note)}</p>' for note in self._notes(every)]
        if gaps:
            table = self._gap_table(gaps, graphic=True).html()
            shared = max((gap.high for _, gap in gaps if gap.high is not None and not _is_ratio(gap)), default=1.0)
            widest = shared if self.fairness.task == "classification" else None  # amounts differ in their units
            for at, (_, gap) in enumerate(gaps):
                table = table.replace(esc(_mark(at)), _spark(gap, widest))
            parts.append(table)
        for at, grouping in enumerate(self._groupings()):
            charts = f"<div>{self._charts(grouping)}</div>" if at < CHARTED else ""
            parts.append(folded(esc(_by(grouping)), charts + self._group_table(grouping).html(), at == 0))
        return page(*parts)

    def _below(self) -> Iterator[str]:
        """Say which ratios are below what was asked of them."""
        for gap, limit in self.broken:
            name = _words(gap.name.removesuffix("_ratio"))
            yield f"{name} {number(gap.value)} is below {limit:g}: {gap.lowest} beside {gap.highest}"

    def _sentence(self, gaps: Sequence[tuple[Grouping, Gap]]) -> str:
        found = self.fairness
        said = f"{self.name}: {found.rows:,} rows, {count(len(found.groupings), 'grouping')}"
        if found.positive not in (None, 1):  # of 0 and 1, and of False and True, nobody asks
            said += f", {found.positive!r} counts as positive"
        sure = [gap for _, gap in gaps if _is_sure(gap)]
        if not gaps:
            return f"{said}; no two groups can be compared"
        if not sure:
            return f"{said}; no gap is larger than chance makes it"
        return f"{said}; {count(len(sure), 'gap')} of {len(gaps)} larger than chance makes"

    def _notes(self, gaps: Sequence[tuple[Grouping, Gap]]) -> Iterator[str]:
        found = self.fairness
        if found.unlabelled:
            yield f"{found.unlabelled:,} rows without truth are left out"
        few = sum(group.uncertain for one in found.groupings for group in one.groups)
        if few:
            words = "take part in gaps all the same" if found.small else "take no part in gaps"
            yield f"{count(few, 'group')} of fewer than {found.min_rows} rows: marked uncertain, and they {words}"
        by_chance = (1 - found.confidence) * len(gaps)
        if by_chance >= 1:
            yield f"of {len(gaps)} gaps about {by_chance:.0f} would look like more than chance where nothing is there"
        if len(gaps) > MOST_GAPS:
            yield f"the {MOST_GAPS} largest gaps; all of them are in the record"
        left = len(found.groupings) - MOST_GROUPINGS
        if left > 0:
            yield f"{count(left, 'more grouping')} in the record"

    def _gaps(self) -> list[tuple[Grouping, Gap]]:
        """Return the gaps that say something of their own: those that are more than chance first, then by size."""
        found = []
        for grouping in self.fairness.groupings:
            seen: set[Any] = set()
            for gap in grouping.gaps:
                if gap.value is None or gap.metric == OF_DATA:
                    continue
                # the same groups as far apart: the same said of the other label, or under the name of the metric
                key = (frozenset((gap.lowest, gap.highest)), round(gap.value, 9))
                if key not in seen:
                    seen.add(key)
                    found.append((grouping, gap))
        found.sort(key=lambda one: (not _is_sure(one[1]), -self._size(one[1])))
        return found

    def _size(self, gap: Gap) -> float:
        """Return how large a gap is, of ratios how far below one, of errors as a share of the error of all rows."""
        assert gap.value is not None
        if _is_ratio(gap):
            return 1 - gap.value
        if self.fairness.task == "classification":
            return gap.value
        whole = self.fairness.overall.metrics.get(gap.metric)
        return gap.value / abs(whole.value) if whole is not None and whole.value else gap.value

    def _gap_table(self, gaps: Sequence[tuple[Grouping, Gap]], graphic: bool = False) -> Table:
        columns = [Column("gap", least=20), numbers("size"), numbers("interval", drop=1), Column("", screen="html")]
        columns += [Column("", least=16, drop=2), Column("by", least=8, drop=3)]
        columns += [Column("lowest", least=8), Column("highest", least=8), Column("metric", least=12, drop=4)]
        rows = [
            [
                Cell(_words(gap.name), "name", gap.interval),
                Cell(number(gap.value)),
                Cell("" if gap.low is None else f"{number(gap.low)} to {number(gap.high)}"),
                Cell(_mark(at) if graphic and gap.low is not None else ""),
                Cell(CHANCE[_is_sure(gap)], "warning" if _is_sure(gap) else "faint"),
                Cell(" and ".join(grouping.columns)),
                Cell(_called(grouping, gap.lowest)),
                Cell(_called(grouping, gap.highest)),
                Cell("" if gap.name.startswith(gap.metric) else _words(gap.metric), "faint"),
            ]
            for at, (grouping, gap) in enumerate(gaps)
        ]
        return Table(columns, rows)

    def _groupings(self) -> Sequence[Grouping]:
        return self.fairness.groupings[:MOST_GROUPINGS]

    def _group_table(self, grouping: Grouping) -> Table:
        metrics = [name for name in self.fairness.metrics if name != COUNT]
        columns = [Column(", ".join(grouping.columns), least=12), numbers("rows"), Column("", whole=True)]
        columns += [numbers(_words(name), drop=at) for at, name in enumerate(metrics)]
        groups = _shown(grouping)
        rows = [self._group_row(_values(group), group, metrics) for group in groups]
        more = len(grouping.groups) - len(groups)
        if more:
            rows.append([Cell(f"{more:,} more groups in the record", "faint")])
        return Table(columns, [*rows, self._group_row("all", self.fairness.overall, metrics)])

    @staticmethod
    def _group_row(name: str, group: Group, metrics: Sequence[str]) -> list[Cell]:
        few = Cell("uncertain: few rows", "warning") if group.uncertain else Cell("")
        cells = [_metric_cell(group.metrics[metric], group.uncertain) for metric in metrics]
        return [Cell(name, "name"), Cell(f"{group.rows:,}"), few, *cells]

    def _charts(self, grouping: Grouping) -> str:
        """Return the metrics that the widest gaps are of, each group with its interval."""
        wide = sorted(
            (gap for gap in grouping.gaps if gap.value is not None and gap.metric in self.fairness.metrics),
            key=lambda gap: (not _is_sure(gap), -self._size(gap)),
        )
        chosen = list(dict.fromkeys(gap.metric for gap in wide))[:CHARTS]
        charts = []
        for metric in chosen:
            rows = [
                ((_values(group), one.value, one.low, one.high), one.uncertain)
                for group in _shown(grouping)
                for one in (group.metrics[metric],)
            ]
            whole = self.fairness.overall.metrics[metric].value
            ends = max(12, min(34, max(len(name) for (name, *_), _ in rows)))
            chart = interval_chart(rows, f"{_words(metric)} by group", whole, 240 + 7 * ends, ends)
            charts.append(f'<div class="o-v"><div>{esc(_words(metric))}</div>{chart}</div>')
        return "".join(charts)


def _metric_cell(one: GroupMetric, group_is_uncertain: bool) -> Cell:
    if one.value is None:
        return Cell(NOTHING, "faint")
    ends = "" if one.low is None or one.high is None else f" ({number(one.low)} to {number(one.high)})"
    if one.uncertain and not group_is_uncertain:
        return Cell(f"{number(one.value)}{ends}, few rows", "warning")
    return Cell(f"{number(one.value)}{ends}", "faint" if one.uncertain else "")


def _by(grouping: Grouping) -> str:
    return f"by {' and '.join(grouping.columns)}: {count(len(grouping.groups), 'group')}"


def _shown(grouping: Grouping) -> list[Group]:
    """Return the groups that there is room for: those that gaps are between, then the largest; in their order."""
    apart = {name for gap in grouping.gaps for name in (gap.lowest, gap.highest)}
    chosen = sorted(grouping.groups, key=lambda group: (group.name not in apart, -group.rows))[:MOST_GROUPS]
    kept = {group.name for group in chosen}
    return [group for group in grouping.groups if group.name in kept]


def _values(group: Group) -> str:
    return ", ".join(group.values.values())


def _called(grouping: Grouping, name: str | None) -> str:
    """Return the values of a group by its name: its columns stand beside it."""
    return next((_values(group) for group in grouping.groups if group.name == name), "")


def _is_ratio(gap: Gap) -> bool:
    return gap.name.endswith("_ratio")


def _is_sure(gap: Gap) -> bool | None:
    """Tell whether a gap is more than chance: its interval leaves out that there is none. None: nothing is known."""
    if gap.low is None or gap.high is None:
        return None
    return gap.high < 1 if _is_ratio(gap) else gap.low > 0


def _spark(gap: Gap, widest: float | None) -> str:
    """Return the interval of a gap: ratios from nothing to one, differences of shares all on one scale."""
    assert gap.value is not None
    assert gap.low is not None
    assert gap.high is not None
    rule = 1.0 if _is_ratio(gap) else 0.0
    most = 1.0 if _is_ratio(gap) else gap.high if widest is None else widest
    picture = interval_spark(gap.value, gap.low, gap.high, min(gap.low, 0.0), max(gap.high, most), rule)
    return picture.replace("<svg ", '<svg style="min-width:120px" ', 1)  # else a table gives it no room


def _words(name: str) -> str:
    return name.replace("_", " ")


def _mark(at: int) -> str:
    """Return the word in whose place a picture is put once the table is HTML; no data can hold it."""
    return f"\ue000{at}\ue001"
