"""From words to a monitor: checked before it is kept, since nobody looks on when it looks."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, did_you_mean
from nbmlops.events import check_event_word
from nbmlops.features.spans import written
from nbmlops.measures.performance.estimating import AMOUNTS, LABELS
from nbmlops.measures.performance.scoring import OF_AMOUNTS, OF_CLASSES, OF_LABELS, OF_PROBABILITIES
from nbmlops.monitoring.notifying import check_address

if TYPE_CHECKING:
    from collections.abc import Mapping

_METRICS = sorted({*OF_LABELS, *OF_PROBABILITIES, *OF_CLASSES, *OF_AMOUNTS} | ({*LABELS, *AMOUNTS} - {"mse"}))
_SHORT = {"auc": "roc_auc"}


def name_of(reference: str, name: str | None) -> str:
    """Return a monitor's name: what is said, or the reference's own."""
    return check_event_word(name or Path(reference.partition("@")[0]).stem, "name")


def facts_of(words: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the registry keeps of a monitor.

    Raises
    ------
    InvalidInput
        Something said of it cannot be.

    Examples
    --------
    >>> said = {"warn": 0.05, "severe": 0.1, "trailing": "120m", "time": "at", "notify": [], "ignore": (), "by": ()}
    >>> others = dict.fromkeys(["max_age", "truth", "probability", "prediction", "metric", "floor", "drop"])
    >>> facts_of({**said, **others, "gap": 0.1})["trailing"]
    '2h'
    """
    warn, severe = words["warn"], words["severe"]
    if not 0 < warn <= severe < 1:
        raise InvalidInput(f"0 < warn <= severe < 1, not {warn} and {severe}.", "--warn 0.05 --severe 0.1")
    if words["trailing"] is not None and words["time"] is None:
        raise InvalidInput("trailing rows need to know when a row was.", "--trailing 7d --time COLUMN")
    if words["max_age"] is not None and words["time"] is None:
        raise InvalidInput("how old data are needs to know when a row was.", "--max-age 2d --time COLUMN")
    spans = {name: None if words[name] is None else written(words[name]) for name in ("trailing", "max_age")}
    return {
        **words,
        **spans,
        "metric": _metric(words),
        "by": _groups(words),
        "ignore": list(words["ignore"]),
        "notify": [check_address(address) for address in words["notify"]],
    }


def _metric(words: Mapping[str, Any]) -> str | None:
    """Return the metric by its full name, where the model is judged."""
    limits = [name for name in ("floor", "drop") if words[name] is not None]
    if words["metric"] is None and words.get("tested_on") is not None:
        raise InvalidInput("rows to test on are for a metric.", "--metric roc_auc --drop 0.05")
    if words["metric"] is None:
        if limits:
            limit = limits[0]
            raise InvalidInput(f"{limit} of what is not said.", f"--metric roc_auc --{limit} {words[limit]}")
        return None
    metric = _SHORT.get(words["metric"], words["metric"])
    if metric not in _METRICS:
        hint = did_you_mean(metric, _METRICS, ", ".join(_METRICS))
        raise InvalidInput(f"there is no metric {metric!r} to watch.", hint)
    if len(limits) != 1:
        raise InvalidInput("a metric is watched against one limit.", "--floor 0.7, or --drop 0.05 from the reference")
    if not math.isfinite(words[limits[0]]):
        raise InvalidInput(f"a limit of {words[limits[0]]} is never passed.", f"--{limits[0]} 0.7")
    if words["drop"] is not None and not words["drop"] > 0:
        raise InvalidInput(f"a drop is more than nothing, not {words['drop']}.", "--drop 0.05")
    if words["truth"] is None or (words["prediction"] is None and words["probability"] is None):
        raise InvalidInput(
            "to judge a model its answers are compared with the truth.",
            "--truth COLUMN, and --prediction COLUMN or --probability COLUMN",
        )
    if metric in OF_PROBABILITIES and words["probability"] is None:
        raise InvalidInput(f"{metric} is made of probabilities.", "--probability COLUMN")
    return str(metric)


def _groups(words: Mapping[str, Any]) -> list[str]:
    if words["by"] and words["prediction"] is None:
        raise InvalidInput("how groups fare is told by what was predicted.", "--by COLUMN --prediction COLUMN")
    if not 0 <= words["gap"] < 1:
        raise InvalidInput(f"a gap is a share below one, not {words['gap']}.", "--gap 0.1")
    return list(words["by"])
