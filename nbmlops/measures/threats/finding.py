"""Rows to look at, each with its evidence: out of distribution, or a known row with another label."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from nbmlops.errors import InvalidInput
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.joint import even_rows
from nbmlops.records import json_value

MOST_ROWS = 50_000
TREES = 200
SHARE = 0.001
"""Of the reference's own rows so many score as high; a row of the current data that scores higher is far out."""
MOST_SHOWN = 100
FEWEST_ROWS = 50
MOST_LABELS = 50
LARGEST = 1e36
"""The forest cuts floats of half the width."""


@dataclass(frozen=True)
class Threat:
    """One row, by its place in the current data. ``score`` is from 0 to 1 for rows that are far out."""

    row: int
    kind: Literal["out_of_distribution", "flipped_label"]
    reason: str
    columns: tuple[str, ...]
    score: float | None = None


@dataclass(frozen=True)
class Threats:
    """What was found: the first rows of each kind, and how many there are of how many expected by chance."""

    rows: int
    out_of_distribution: int
    expected: float
    flipped: int
    found: tuple[Threat, ...]

    def __str__(self) -> str:
        return (
            f"{self.out_of_distribution:,} of {self.rows:,} rows far out, about {self.expected:.3g} expected; "
            f"{self.flipped:,} with another label than rows like them"
        )

    def __repr__(self) -> str:
        return f"<threats: {self}>"

    def to_json(self) -> dict[str, Any]:
        """Return the record."""
        result: dict[str, Any] = json_value(asdict(self))
        return result


def threats_in(reference: Any, current: Any, *, target: str | None = None, ignore: tuple[str, ...] = ()) -> Threats:
    """Return rows of the current data that are none of the reference's kind, or contradict it.

    An isolation forest (Liu, Ting, Zhou, 2008) of the reference scores every row by how few random cuts set it apart;
    a row is far out where it scores higher than all but one in a thousand of reference rows that the forest has not
    seen, or where a value lies beyond the range by more than the range itself, which random cuts do not see. The
    columns named are those whose value is rarest for it. With a target, a row whose features equal those of
    reference rows of one label, and whose own label is another one, may have been turned round.

    Parameters
    ----------
    reference, current : frame
        Of pandas, polars or Arrow.
    target : str, optional
        The column of labels.
    ignore : tuple of str
        Columns that are not looked at.

    Raises
    ------
    InvalidInput
        The reference has too few rows, or the two have no column of numbers or labels in common.

    Examples
    --------
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> before = {"a": random.normal(size=2000), "b": random.normal(size=2000)}
    >>> now = {"a": np.append(random.normal(size=99), 9.0), "b": np.append(random.normal(size=99), -9.0)}
    >>> threats_in(before, now).found[0].row
    99
    """
    known, there = Columns(reference), Columns(current)
    if known.rows < FEWEST_ROWS or not there.rows:
        raise InvalidInput(
            "there are too few rows to tell.", f"At least {FEWEST_ROWS} of the reference, and some more."
        )
    names = [name for name in known.names if name in there.names and name != target and name not in ignore]
    names, codes = _usable(known, there, names)
    if not names:
        raise InvalidInput("the two have no column of numbers or labels in common.", "Compare them: nbmlops.drift")
    before = known.matrix(names, even_rows(known.rows, MOST_ROWS), codes)
    now = there.matrix(names, even_rows(there.rows, there.rows), codes)
    far = _far_out(before, now, names)
    flipped = [] if target is None else _flipped(known, there, [*names, target], names)
    return Threats(
        there.rows,
        len(far),
        SHARE * there.rows,
        len(flipped),
        (*flipped[:MOST_SHOWN], *far[:MOST_SHOWN]),
    )


def _usable(known: Columns, there: Columns, names: list[str]) -> tuple[list[str], dict[str, dict[Any, int]]]:
    """Return the columns that a forest can cut, and a number for each label: the rarer, the further out."""
    usable, codes = [], {}
    for name in names:
        side = known.side(name)
        if there.side(name).family != side.family:
            continue
        if side.family in ("number", "boolean") and not side.is_declared:
            usable.append(name)
        elif side.family in ("text", "number"):
            counts = side.counts()
            if len(counts.numbers) <= MOST_LABELS:
                order = sorted(zip(counts.numbers.tolist(), counts.labels.to_pylist(), strict=True), reverse=True)
                codes[name] = {label: at for at, (_, label) in enumerate(order)}
                usable.append(name)
    return usable, codes


def _far_out(before: Any, now: Any, names: list[str]) -> list[Threat]:
    import numpy as np
    from sklearn.ensemble import IsolationForest

    middles = np.array(
        [np.median(column[~np.isnan(column)]) if (~np.isnan(column)).any() else 0 for column in before.T]
    )
    before, now = (np.where(np.isnan(side), middles, side) for side in (before, now))
    # what is infinite cannot be cut: it is taken for far beyond all else
    edge = min(max(np.abs(side[np.isfinite(side)]).max(initial=1.0) for side in (before, now)), LARGEST) * 10
    before, now = (np.nan_to_num(side, posinf=edge, neginf=-edge).clip(-edge, edge) for side in (before, now))
    order = np.random.default_rng(0).permutation(len(before))
    learn, judge = order[: len(order) // 2], order[len(order) // 2 :]
    forest = IsolationForest(n_estimators=TREES, max_samples=min(256, len(learn)), random_state=0, n_jobs=1).fit(
        before[learn]
    )
    own, scores = -forest.score_samples(before[judge]), -forest.score_samples(now)
    limit = float(np.quantile(own, 1 - SHARE))
    ordered = np.sort(before, axis=0)
    span = ordered[-1] - ordered[0]
    beyond = ((now > ordered[-1] + span) | (now < ordered[0] - span)).any(axis=1)
    rows = np.flatnonzero(beyond | (scores > limit))
    rows = rows[np.lexsort((-scores[rows], ~beyond[rows]))]
    return [
        Threat(int(row), "out_of_distribution", *_rarest(ordered, now[row], names), round(float(scores[row]), 4))
        for row in rows
    ]


def _rarest(ordered: Any, values: Any, names: list[str]) -> tuple[str, tuple[str, ...]]:
    """Return in words, and by name, in which columns a row's values are rarest for the reference."""
    import numpy as np

    tails = []
    for at, value in enumerate(values):
        column = ordered[:, at]
        below = np.searchsorted(column, value, side="right") / len(column)
        above = 1 - np.searchsorted(column, value, side="left") / len(column)
        tails.append((min(below, above), at))
    rare = [at for tail, at in sorted(tails)[:3] if tail <= 0.01] or [min(tails)[1]]
    words = ", ".join(f"{names[at]} {values[at]:.4g}" for at in rare)
    return f"far out: {words}", tuple(names[at] for at in rare)


def _flipped(known: Columns, there: Columns, names: list[str], features: list[str]) -> list[Threat]:
    """Return rows whose features stand in the reference under one other label only."""
    import pandas as pd

    target = names[-1]
    if target not in known.names or target not in there.names:
        raise InvalidInput(f"there is no column {target!r} on both sides.", ", ".join(known.names[:10]))
    numeric = {name for name in names if _is_plain(known, name) and _is_plain(there, name)}
    sides = [
        pd.DataFrame({name: _plain(side, name) if name in numeric else side.labels(name) for name in names})
        for side in (known, there)
    ]
    labels = sides[0].groupby(features, dropna=False, sort=False)[target].agg(["nunique", "first", "size"])
    single = labels[labels["nunique"] == 1].reset_index()
    both = sides[1].reset_index(names="row").merge(single, on=features, how="inner")
    other = both[(both[target] != both["first"]) & both[target].notna()]
    rows = other[["row", target, "first", "size"]].itertuples(index=False)
    return [
        Threat(int(row), "flipped_label", _said(target, label, first, count), (target,))
        for row, label, first, count in rows
    ]


def _said(target: str, label: Any, first: Any, count: int) -> str:
    same = f"{count} row{'s' if count > 1 else ''} of the reference with the same features"
    return f"{target} is {label!r}; {same} say{'' if count > 1 else 's'} {first!r}"


def _is_plain(side: Columns, name: str) -> bool:
    column = side.side(name)
    return column.family in ("number", "boolean") and not column.is_declared and not column.is_mixed


def _plain(side: Columns, name: str) -> Any:
    import numpy as np

    return side.matrix([name], np.arange(side.rows), {})[:, 0]
