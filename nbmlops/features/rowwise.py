"""Whether a body makes rows of rows, one by one: only then does it mean the same on a few pushed rows as on all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.features.statements import parsed

if TYPE_CHECKING:
    from nbmlops.features.engine import Body


def check_rowwise(body: Body, hint: str) -> None:
    """Raise where a body looks at more than one row of its source, or at more than one source.

    Parameters
    ----------
    hint : str
        What to do instead.

    Raises
    ------
    InvalidInput
        It joins, aggregates, ranks, sorts or samples.
    """
    view, sources = body.definition.name, body.definition.sources
    if len(sources) != 1:
        names = ", ".join(source.name for source in sources) or "nothing"
        raise InvalidInput(f"{view!r} reads {names}; one source and no more would be right.", hint)
    found = _more_than_a_row(parsed(body.query))
    if found:
        raise InvalidInput(
            f"the body of {view!r} looks at more than one row ({found}): it says nothing of a row alone.", hint
        )


def _more_than_a_row(tree: Any) -> str:
    """Return what of a SELECT looks beyond a row; empty for none.

    Examples
    --------
    >>> _more_than_a_row(parsed("SELECT origin, avg(temp) AS temp FROM weather GROUP BY origin"))
    'avg'
    >>> _more_than_a_row(parsed("WITH w AS (SELECT * FROM weather WHERE temp > 0) SELECT origin, temp FROM w"))
    ''
    """
    from sqlglot import exp

    for kind in (
        exp.AggFunc,
        exp.Window,
        exp.Join,
        exp.Group,
        exp.Distinct,
        exp.Limit,
        exp.SetOperation,
        exp.TableSample,
    ):
        node = tree.find(kind)
        if node is not None:
            name = node.sql_name() if isinstance(node, exp.Func) else node.key
            return str(name).lower().replace("tablesample", "sample")
    for node in tree.find_all(exp.Exists, exp.Subquery):
        stands_in_from = isinstance(node, exp.Subquery) and isinstance(node.parent, exp.From)
        if node.parent is not None and not stands_in_from:
            return "subquery"
    return ""
