"""More cases of known truth (`drift_cases`): what is only seen of rows as wholes, and what only looks like it.

How columns of labels hang together, and rows that were written several times. ``CASES`` are those of both files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from drift_cases import CASES, Case, both, case, usual

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CASES", "NEEDS_ROWS"]

NEEDS_ROWS: set[str] = set()
"""Cases of what only the rows of the reference show: how labels hang together, and whether rows are the same."""


def case_of_rows(make: Callable[[np.random.Generator], Case]) -> Callable[[np.random.Generator], Case]:
    NEEDS_ROWS.add(make.__name__)
    return case(make)


def _fares(random, rows: int, order: tuple[int, int, int] = (0, 1, 2)) -> pd.DataFrame:
    code = random.choice(3, rows, p=[0.5, 0.3, 0.2])
    middle = np.array([10.0, 30.0, 80.0])[list(order)][code]
    fare = np.sort(np.exp(random.normal(3, 1, rows)))[np.argsort(np.argsort(middle * random.lognormal(0, 0.5, rows)))]
    return pd.DataFrame({"fare": fare, "class": np.array(list("ABC"))[code], "age": random.normal(40, 12, rows)})


@case_of_rows
def labels_hang_together_in_another_order(random):
    return _fares(random, 3000), _fares(random, 3000, (2, 0, 1)), {}, {"fare+class"}


@case_of_rows
def labels_of_few_rows_hang_together_in_another_order(random):
    return _fares(random, 300), _fares(random, 300, (2, 0, 1)), {}, {"fare+class"}


@case
def labels_hang_together_as_they_did(random):
    return _fares(random, 500), _fares(random, 500), {}, set()


def _ports(random, rows: int, by: int = 0) -> pd.DataFrame:
    code = random.integers(0, 4, rows)
    port = np.where(random.random(rows) < 0.7, (code + by) % 4, random.integers(0, 4, rows))
    return pd.DataFrame(
        {"line": np.array(list("wxyz"))[code], "port": np.array(list("NESW"))[port], "x": random.normal(size=rows)}
    )


@case_of_rows
def two_columns_of_labels_hang_together_otherwise(random):
    return _ports(random, 1500), _ports(random, 1500, 1), {}, {"line+port"}


@case
def two_columns_of_labels_hang_together_as_they_did(random):
    return _ports(random, 1500), _ports(random, 1500), {}, set()


@case_of_rows
def codes_without_an_order_hang_together_otherwise(random):
    before, now = (pd.DataFrame({"code": random.integers(1, 4, 3000)}) for _ in "12")
    # neither order has a rank correlation
    for frame, means in ((before, [0, 3, 0]), (now, [2, -1, 2])):
        frame["x"] = np.array(means, float)[frame["code"] - 1] + random.normal(size=3000)
        frame["x"] = frame["x"].rank() / len(frame)
    return before, now, {}, {"code+x"}


def _repeated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.loc[frame.index.repeat(5)].reset_index(drop=True)


@case_of_rows
def every_row_five_times(random):
    before, now = both(random, 800)
    return before, _repeated(now), {}, {""}


@case_of_rows
def every_row_five_times_in_another_order(random):
    before, now = both(random, 300)
    return before, _repeated(now).sample(frac=1, random_state=1), {}, {""}


@case_of_rows
def every_row_five_times_on_both_sides(random):
    before, now = both(random, 500)
    return _repeated(before), _repeated(now), {}, set()


@case_of_rows
def every_row_five_times_and_one_column_moves(random):
    before, now = both(random, 1000)
    now["lognormal"] *= 1.6
    return before, _repeated(now), {}, {"lognormal", ""}


@case
def rows_of_few_labels_are_the_same_by_chance(random):
    before, now = (
        pd.DataFrame({"flag": random.random(2000) < 0.3, "kind": random.choice(list("abc"), 2000)}) for _ in "12"
    )
    now["kind"] = random.choice(list("abc"), 2000, p=[0.5, 0.25, 0.25])
    return before, now, {}, {"kind"}


@case_of_rows
def rows_of_the_reference_drawn_and_repeated(random):
    before = usual(random, 2000)
    return before, _repeated(before.sample(400, random_state=1)), {}, {""}


@case
def one_column_becomes_constant_beside_labels(random):
    before, now = (
        pd.DataFrame({"x": random.random(3000), "airport": random.zipf(1.3, 3000).clip(max=60).astype(str)})
        for _ in "12"
    )
    for frame in (before, now):
        frame["city"] = "city " + frame["airport"]
    now["x"] = 0.5
    return before, now, {}, {"x"}


@case
def a_column_is_missing_beside_labels(random):
    before, now = (pd.DataFrame({"x": random.random(3000), "c": random.choice(list("ab"), 3000)}) for _ in "12")
    now.loc[random.random(3000) < 0.07, "x"] = np.nan
    return before, now, {}, {"x"}


@case
def a_value_stands_in_beside_labels(random):
    before, now = (pd.DataFrame({"x": random.random(3000), "c": random.choice(list("ab"), 3000)}) for _ in "12")
    now.loc[random.random(3000) < 0.2, "x"] = 0.5
    return before, now, {}, {"x"}


@case_of_rows
def every_row_five_times_with_missing_values(random):
    before, now = (pd.DataFrame({"x": random.random(900), "c": random.choice(list("ab"), 900)}) for _ in "12")
    for frame in (before, now):
        frame.loc[random.random(900) < 0.1, "x"] = np.nan
    return before, _repeated(now), {}, {""}
