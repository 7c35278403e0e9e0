"""Data whose truth is known: what was changed between two sides, and in which column it has to be found.

Each case takes a generator and gives reference, current, options, and the truth: the columns to be found (of a finding
in the schema or in the distribution; ``a+b`` for two columns that hang together in another way; ``concept``). An empty
truth is: nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

Case = tuple[pd.DataFrame, pd.DataFrame, dict[str, Any], set[str]]
CASES: dict[str, Callable[[np.random.Generator], Case]] = {}


def case(make: Callable[[np.random.Generator], Case]) -> Callable[[np.random.Generator], Case]:
    CASES[make.__name__] = make
    return make


def usual(random: np.random.Generator, rows: int) -> pd.DataFrame:
    """Ten columns as one meets them: light and heavy tails, counts, codes, labels, some missing."""
    x = random.normal(size=rows)
    frame = pd.DataFrame(
        {
            "normal": x,
            "related": 0.8 * x + 0.6 * random.normal(size=rows),
            "lognormal": random.lognormal(3, 1, rows),
            "cauchy": random.standard_cauchy(rows),
            "uniform": random.random(rows),
            "count": random.poisson(3, rows),
            "large_count": random.poisson(400, rows),
            "carrier": random.choice(list("ABCDEFG"), rows, p=[0.3, 0.25, 0.2, 0.1, 0.08, 0.05, 0.02]),
            "tail": random.zipf(1.6, rows).clip(max=5000).astype(str),
            "flag": random.random(rows) < 0.3,
        }
    )
    frame.loc[random.random(rows) < 0.05, "uniform"] = np.nan
    return frame


def both(random: np.random.Generator, rows: int = 5000, others: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    return usual(random, rows), usual(random, others or rows)


def _unchanged(rows: int, others: int | None = None) -> Callable[[np.random.Generator], Case]:
    def make(random: np.random.Generator) -> Case:
        return (*both(random, rows, others), {}, set())

    return make


for before, now in [(300, None), (500, None), (5000, None), (200_000, None), (300, 100_000), (100_000, 300), (20, 20)]:
    CASES[f"unchanged_{before}_{now or before}"] = _unchanged(before, now)


@case
def unchanged_a_million(random):
    before, now = (
        pd.DataFrame({"a": random.normal(size=1_000_000), "b": random.choice(list("xyz"), 1_000_000)}) for _ in "12"
    )
    return before, now, {}, set()


@case
def mean_shift(random):
    before, now = both(random)
    now["lognormal"] = random.lognormal(3.4, 1, len(now))
    return before, now, {}, {"lognormal"}


@case
def mean_shift_of_few_rows(random):
    before, now = both(random, 300)
    now["large_count"] = random.poisson(415, 300)
    return before, now, {}, {"large_count"}


@case
def variance(random):
    before, now = both(random)
    now["normal"], now["related"] = usual(random, len(now))["normal"], usual(random, len(now))["related"]
    before["related"], now["related"] = random.normal(size=len(before)), random.normal(size=len(now))
    now["normal"] *= 1.6
    return before, now, {}, {"normal"}


@case
def shape_only(random):
    before, now = both(random)
    before["shape"] = random.normal(size=len(before))
    sign = random.choice([-1, 1], len(now))
    now["shape"] = sign * 0.9 + 0.436 * random.normal(size=len(now))  # mean 0, variance 1, two humps
    return before, now, {}, {"shape"}


@case
def correlation_only(random):
    before, now = both(random)
    now["related"] = -0.8 * now["normal"] + 0.6 * random.normal(size=len(now))
    return before, now, {}, {"normal+related"}


@case
def correlation_gone(random):
    before, now = both(random)
    now["related"] = random.permutation(now["related"])
    return before, now, {}, {"normal+related"}


@case
def heavy_tail_moved(random):
    before, now = both(random)
    now["cauchy"] += 0.5
    return before, now, {}, {"cauchy"}


@case
def pareto_unchanged(random):
    before, now = (
        pd.DataFrame({"p": random.pareto(0.8, rows), "q": random.pareto(1.2, rows)}) for rows in (500, 50_000)
    )
    return before, now, {}, set()


@case
def category_shares(random):
    before, now = both(random)
    now["carrier"] = random.choice(list("ABCDEFG"), len(now), p=[0.2, 0.35, 0.2, 0.1, 0.08, 0.05, 0.02])
    return before, now, {}, {"carrier"}


@case
def new_category(random):
    before, now = both(random)
    now.loc[random.random(len(now)) < 0.01, "carrier"] = "new"
    return before, now, {}, {"carrier"}


@case
def category_gone(random):
    before, now = both(random)
    now = now[now["carrier"] != "C"]
    return before, now, {}, {"carrier"}


@case
def codes_change(random):
    before, now = both(random)
    before["code"], now["code"] = random.integers(1, 13, len(before)), random.integers(1, 13, len(now))
    now.loc[random.random(len(now)) < 0.3, "code"] = 7
    return before, now, {}, {"code"}


@case
def codes_swapped(random):
    before, now = both(random)
    shares = [0.4, 0.05, 0.05, 0.5]
    before["code"] = random.choice([1, 2, 3, 4], len(before), p=shares)
    now["code"] = random.choice([1, 3, 2, 4], len(now), p=[0.5, 0.05, 0.05, 0.4])
    return before, now, {}, {"code"}


@case
def new_code(random):
    before, now = both(random)
    before["code"], now["code"] = random.integers(1, 13, len(before)), random.integers(1, 13, len(now))
    now.loc[now.index[:40], "code"] = 99
    return before, now, {}, {"code"}


@case
def more_missing(random):
    before, now = both(random)
    now.loc[random.random(len(now)) < 0.06, "lognormal"] = np.nan
    return before, now, {}, {"lognormal"}


@case
def all_missing(random):
    before, now = both(random)
    now["lognormal"] = np.nan
    return before, now, {}, {"lognormal"}


@case
def another_unit_in_some_rows(random):
    before, now = both(random)
    now.loc[random.random(len(now)) < 0.01, "lognormal"] *= 1000
    return before, now, {}, {"lognormal"}


@case
def another_unit_in_few_rows_of_few(random):
    before, now = both(random, 500)
    now.loc[now.index[:4], "large_count"] *= 1000
    return before, now, {}, {"large_count"}


@case
def another_unit_everywhere(random):
    before, now = both(random)
    now["uniform"] *= 100
    return before, now, {}, {"uniform"}


@case
def text_where_numbers_were(random):
    before, now = both(random)
    now["lognormal"] = now["lognormal"].map("{:.3f}".format)
    return before, now, {}, {"lognormal"}


@case
def some_text_where_numbers_were(random):
    before, now = both(random)
    mixed = now["lognormal"].astype(object)
    mixed[random.random(len(now)) < 0.02] = "unknown"
    now["lognormal"] = mixed
    return before, now, {}, {"lognormal"}


@case
def numbers_where_text_was(random):
    before, now = both(random)
    now["carrier"] = random.integers(0, 7, len(now))
    return before, now, {}, {"carrier"}


@case
def integers_that_became_floats(random):
    before, now = both(random)
    now["count"] = now["count"].astype(float)
    return before, now, {}, set()


@case
def missing_column(random):
    before, now = both(random)
    return before, now.drop(columns="count"), {}, {"count"}


@case
def extra_column(random):
    before, now = both(random)
    return before, now.assign(surprise=1.0), {}, {"surprise"}


@case
def became_constant(random):
    before, now = both(random)
    now["uniform"] = 0.5
    before["uniform"] = random.random(len(before))
    return before, now, {}, {"uniform"}


@case
def gradual(random):
    before, now = both(random)
    now["lognormal"] *= np.linspace(1, 2.2, len(now))
    return before, now, {}, {"lognormal"}


@case
def tiny_effect_of_many_rows(random):
    before, now = (pd.DataFrame({"a": random.normal(size=1_000_000), "b": random.random(1_000_000)}) for _ in "12")
    now["a"] += 0.01
    return before, now, {}, set()


@case
def three_hundred_columns(random):
    before, now = (pd.DataFrame(random.normal(size=(2000, 300)), columns=[f"c{at}" for at in range(300)]) for _ in "12")
    now["c17"] += 0.3
    return before, now, {}, {"c17"}


@case
def three_hundred_columns_unchanged(random):
    before, now = (pd.DataFrame(random.normal(size=(1000, 300)), columns=[f"c{at}" for at in range(300)]) for _ in "12")
    return before, now, {}, set()


@case
def several_at_once(random):
    before, now = both(random)
    now["cauchy"] *= 2
    now["flag"] = random.random(len(now)) < 0.4
    now.loc[random.random(len(now)) < 0.1, "count"] = np.nan
    return before, now, {}, {"cauchy", "flag", "count"}


def _year(random, start: str, days: int, trend: float = 0.0) -> pd.DataFrame:
    time = pd.DatetimeIndex(np.datetime64(start, "ns") + np.arange(days * 24) * np.timedelta64(1, "h"))
    phase = 2 * np.pi * time.day_of_year.to_numpy() / 365.25
    return pd.DataFrame(
        {
            "time": time,
            "temperature": 12 - 10 * np.cos(phase) + 3 * random.normal(size=len(time)) + trend,
            "load": 50 - 20 * (time.day_of_week.to_numpy() >= 5) + 5 * random.normal(size=len(time)),
            "noise": random.normal(size=len(time)),
        }
    )


@case
def season(random):
    return _year(random, "2022-01-01", 730), _year(random, "2024-07-01", 31), {"time": "time"}, set()


@case
def weekend(random):
    return _year(random, "2022-01-01", 730), _year(random, "2024-07-06", 2), {"time": "time"}, set()


@case
def warmer_than_the_season(random):
    return _year(random, "2022-01-01", 730), _year(random, "2024-07-01", 31, 2.5), {"time": "time"}, {"temperature"}


@case
def months_that_follow(random):
    flat = [_year(random, start, 90)[["time", "load", "noise"]] for start in ("2022-01-01", "2022-04-01")]
    return flat[0], flat[1], {"time": "time"}, set()


@case
def identifiers(random):
    before, now = both(random)
    for frame, start in ((before, 0), (now, 5000)):
        frame["row"] = np.arange(start, start + len(frame))
        frame["key"] = [f"order-{at}" for at in range(start, start + len(frame))]
    return before, now, {}, set()


def _labelled(random, rows: int, sign: float = 1.0, shift: float = 0.0) -> pd.DataFrame:
    frame = pd.DataFrame(random.normal(size=(rows, 4)), columns=list("abcd"))
    frame["a"] += shift
    frame["y"] = 2 * sign * frame["a"] + np.sin(2 * frame["b"]) + 0.5 * random.normal(size=rows)
    return frame


@case
def concept_only(random):
    return _labelled(random, 4000), _labelled(random, 4000, -1), {"target": "y"}, {"concept"}


@case
def concept_of_classes_only(random):
    before, now = _labelled(random, 4000), _labelled(random, 4000, -1)
    for frame in (before, now):
        frame["y"] = np.where(frame["y"] > 0, "late", "on time")
    return before, now, {"target": "y"}, {"concept"}


@case
def target_only(random):
    before, now = _labelled(random, 4000), _labelled(random, 4000)
    now["y"] += 1
    return before, now, {"target": "y"}, {"y"}


@case
def features_move_and_the_target_with_them(random):
    return _labelled(random, 4000), _labelled(random, 4000, shift=0.7), {"target": "y"}, {"a", "y"}


@case
def nothing_with_a_target(random):
    return _labelled(random, 2000), _labelled(random, 2000), {"target": "y"}, set()


@case
def heavy_tailed_target(random):
    before, now = _labelled(random, 2000), _labelled(random, 2000)
    for frame in (before, now):
        frame["y"] += random.standard_cauchy(len(frame))
    return before, now, {"target": "y"}, set()


@case
def prediction_moves(random):
    before, now = both(random)
    before["p"], now["p"] = random.beta(2, 5, len(before)), random.beta(3, 5, len(now))
    return before, now, {"prediction": "p"}, {"p"}


@case
def many_labels_of_few_rows(random):
    before, now = ({"tail": random.zipf(1.6, 1000).clip(max=5000).astype(str), "x": random.random(1000)} for _ in "12")
    return pd.DataFrame(before), pd.DataFrame(now), {}, set()


@case
def concept_of_booleans_only(random):
    before, now = _labelled(random, 4000), _labelled(random, 4000, -1)
    for frame in (before, now):
        frame["y"] = frame["y"] > 0
        frame["flag"] = random.random(len(frame)) < 0.3
    return before, now, {"target": "y"}, {"concept"}


@case
def features_move_far_and_the_target_with_them(random):
    sides = [pd.DataFrame({"a": random.normal(by, 1, 4000), "b": random.normal(size=4000)}) for by in (0, 2)]
    for frame in sides:
        frame["y"] = 3 * frame["a"] + frame["b"] + random.normal(size=len(frame))
    return sides[0], sides[1], {"target": "y"}, {"a", "y"}


@case
def a_flag_hangs_together_no_more(random):
    before, now = both(random)
    before["vip"] = before["uniform"].fillna(0.5) + 0.2 * random.normal(size=len(before)) > 0.5
    now["vip"] = random.permutation(now["uniform"].fillna(0.5) + 0.2 * random.normal(size=len(now)) > 0.5)
    return before, now, {}, {"uniform+vip"}


@case
def a_smaller_unit_in_some_rows(random):
    before, now = (pd.DataFrame({"weight": random.normal(80, 10, 5000), "x": random.random(5000)}) for _ in "12")
    now.loc[random.random(5000) < 0.03, "weight"] /= 1000
    return before, now, {}, {"weight"}


def _in_new_york(frame: pd.DataFrame) -> pd.DataFrame:
    # whole weekends as people there have them: in UTC these begin four or five hours later
    return frame.assign(time=frame["time"].dt.tz_localize("America/New_York", ambiguous="NaT", nonexistent="NaT"))


@case
def weekend_of_another_clock(random):
    return (
        _in_new_york(_year(random, "2022-01-01", 730)),
        _in_new_york(_year(random, "2024-07-06", 2)),
        {"time": "time"},
        set(),
    )


@case
def rows_by_the_month(random):
    whole = _year(random, "2022-01-01", 730)
    first = whole[whole["time"].dt.day == 1].loc[lambda rows: rows.index.repeat(8)].copy()
    first["temperature"] += random.normal(0, 3, len(first))
    sides = first[first["time"].dt.year == 2022], first[(first["time"].dt.year == 2023) & (first["time"].dt.month == 7)]
    return *(side[["time", "temperature"]].reset_index(drop=True) for side in sides), {"time": "time"}, set()


@case
def eleven_months(random):
    return _year(random, "2022-01-01", 730), _year(random, "2024-01-01", 335), {"time": "time"}, set()


@case
def constant_and_nothing_else(random):
    before, now = (pd.DataFrame({"x": random.normal(size=2000), "c": random.choice(list("abc"), 2000)}) for _ in "12")
    now["x"] = 0.5
    return before, now, {}, {"x"}
