"""Interactive figures, made with Plotly where it is installed; nothing here is loaded before it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import MissingExtra

if TYPE_CHECKING:
    from nbmlops.records import Comparison

Axis = tuple[str, tuple[float | None, ...], bool]


def axes_of(comparison: Comparison) -> list[Axis]:
    """Return the numeric params and metrics that differ, params first; the last field tells that lower is better."""
    params = [(one.name, one.values, False) for one in comparison.params if _is_numeric(one.values)]
    metrics = [(one.name, one.values, one.direction == "lower") for one in comparison.metrics]
    return [*params, *reversed(metrics)]


def figure_of(comparison: Comparison) -> Any:
    """Return a Plotly figure of a comparison."""
    try:
        import plotly.graph_objects as go
    except ImportError as error:
        raise MissingExtra("the figure needs plotly.", "pip install plotly") from error

    names = [run.name for run in comparison.runs]
    if len(names) == 2:
        labels = [one.name for one in comparison.metrics]
        bars = [
            go.Bar(name=name, x=labels, y=[one.values[index] for one in comparison.metrics])
            for index, name in enumerate(names)
        ]
        return go.Figure(bars, layout={"barmode": "group", "template": "none"})
    axes = [axis for axis in axes_of(comparison) if sum(value is not None for value in axis[1]) == len(names)]
    dimensions: list[dict[str, Any]] = [
        {"label": "run", "values": list(range(len(names))), "tickvals": list(range(len(names))), "ticktext": names}
    ]
    for name, values, turned in axes:
        known = [value for value in values if value is not None and value == value]  # noqa: PLR0124 - NaN
        spread = [min(known), max(known)] if known else [0, 1]
        dimensions.append({"label": name, "values": list(values), "range": spread[::-1] if turned else spread})
    lines = go.Parcoords(dimensions=dimensions, line={"color": list(range(len(names))), "colorscale": "Viridis"})
    return go.Figure(lines, layout={"template": "none"})


def _is_numeric(values: tuple[Any, ...]) -> bool:
    return all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in values)
