"""How a watched model does: a metric beside its limit, and the gaps between groups; by intervals, so not by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.fairness.asking import fairness_in
from nbmlops.measures.performance.asking import performance_in
from nbmlops.measures.vectors import coded, named_columns
from nbmlops.monitoring.parts import FAIRNESS, PERFORMANCE, Part, finding
from nbmlops.validation.metrics import METRICS

if TYPE_CHECKING:
    from nbmlops.measures.performance.records import Score
    from nbmlops.monitoring.records import Monitor

GAPS = ("demographic_parity_difference", "equalized_odds_difference")
_NO_ROWS = "of the reference there are no rows to estimate from, only a profile (--tested-on names some)"


def judged(monitor: Monitor, reference: Any, frame: Any) -> list[Part]:
    """Return what is asked of the model: its performance, its fairness, both or nothing.

    Parameters
    ----------
    monitor : Monitor
        What is asked.
    reference : frame or None
        Rows with truth and answers by which it is told how well the model should do, where there are any.
    frame : frame
        Current rows.

    Raises
    ------
    InvalidInput
        A column of predictions or of groups is not there.
    """
    names = Columns(frame).names
    for name in (monitor.prediction, monitor.probability, *monitor.by):
        if (monitor.metric or monitor.by) and name is not None and name not in names:
            raise InvalidInput(f"the data have no column {name!r}.", f"They have: {', '.join(names[:12])}")
    labelled = labels_of(monitor, frame)
    parts = [_performance(monitor, reference, frame, labelled)] if monitor.metric else []
    return parts + ([_fairness(monitor, frame, labelled)] if monitor.by else [])


def labels_of(monitor: Monitor, frame: Any) -> int:
    """Return how many rows hold the truth."""
    columns = named_columns(frame, "column")
    if monitor.truth is None or monitor.truth not in columns:
        return 0
    truth = coded(columns[monitor.truth], monitor.truth)
    if None not in truth.values:
        return len(truth.codes)
    return int((truth.codes != truth.values.index(None)).sum())


def limit_of(monitor: Monitor, reference: Any) -> float:
    """Return what the metric must not fall below; of errors, what it must not rise above.

    Raises
    ------
    InvalidInput
        It is meant relative to a reference without rows, or of which the metric cannot be told.
    """
    assert monitor.metric is not None
    if monitor.floor is not None:
        return monitor.floor
    if reference is None:
        raise InvalidInput(
            "a drop is measured from the reference's rows, and of a model only a profile is kept.",
            "Name rows with truth and answers: --tested-on DATASET   or say the limit itself: --floor 0.7",
        )
    found = performance_in(reference, metrics=[monitor.metric], **_columns(monitor)).measured
    score = None if found is None else found.whole.scores[monitor.metric].value
    if score is None:
        raise InvalidInput(f"{monitor.metric} has no value on the reference.", "Say the limit itself: --floor 0.7")
    assert monitor.drop is not None
    return score + monitor.drop if METRICS[monitor.metric].lower else score - monitor.drop


def _performance(monitor: Monitor, reference: Any, frame: Any, labelled: int) -> Part:
    metric = monitor.metric
    assert metric is not None
    limit = limit_of(monitor, reference)
    record: dict[str, Any] = {"metric": metric, "limit": limit, "labelled": labelled, "rows": Columns(frame).rows}
    if labelled:
        found = performance_in(frame, metrics=[metric], **_columns(monitor)).measured
        assert found is not None
        score, few = found.whole.scores[metric], found.whole.uncertain
        record.update(_ends(score), method="measured", by=score.interval)
        on = f"on {labelled:,} labelled row{'' if labelled == 1 else 's'}"
        if few or score.low is None:
            return Part(PERFORMANCE, (f"{metric} {_shown(score)} {on}: too few to tell",), record)
        return _verdict(metric, score, limit, record, "", on)
    if reference is None:
        return Part(PERFORMANCE, (f"{metric} cannot be told: no row is labelled, and {_NO_ROWS}",), record)
    try:
        estimate = performance_in(frame, reference=reference, metrics=[metric], **_columns(monitor)).estimate
    except InvalidInput as error:
        return Part(PERFORMANCE, (f"{metric} cannot be told: no row is labelled, and {error.message}",), record)
    assert estimate is not None
    score = estimate.whole.scores[metric]
    record.update(_ends(score), method=estimate.method, limits=estimate.limits)
    if score.low is None:
        return Part(PERFORMANCE, (f"{metric} cannot be estimated on these rows ({estimate.method})",), record)
    part = _verdict(metric, score, limit, record, "likely ", f"estimated without labels ({estimate.method})")
    return Part(part.kind, (*part.words, estimate.limits), part.record, part.found, part.told)


def _verdict(metric: str, score: Score, limit: float, record: dict[str, Any], likely: str, on: str) -> Part:
    """Say whether the whole interval is beyond the limit; an estimate only warns."""
    lower = METRICS[metric].lower
    assert score.low is not None
    assert score.high is not None
    beyond = score.low > limit if lower else score.high < limit
    side = "above" if lower else "below"
    words = f"{metric} is {likely}{_shown(score)}, {'' if beyond else 'not '}{side} {limit:.4g}, {on}"
    # labels also settle what was only estimated; an estimate, which sees less, ends nothing that labels have shown
    name = f"{metric}, estimated" if likely else metric
    told = frozenset({metric, f"{metric}, estimated"} if not likely else {name})
    record["beyond"] = beyond
    if not beyond:
        return Part(PERFORMANCE, (words,), record, told=told)
    short = f"{metric} {likely}{score.value:.3g} {side} {limit:.3g}"
    found = finding(PERFORMANCE, name, "warn" if likely else "severe", words, short)
    return Part(PERFORMANCE, (words,), record, (found,), told)


def _fairness(monitor: Monitor, frame: Any, labelled: int) -> Part:
    truth = monitor.truth if labelled else None
    report = fairness_in(
        frame, truth=truth, prediction=monitor.prediction, by=list(monitor.by), positive=monitor.positive
    )
    words, found, told = [], [], set()
    gaps: list[dict[str, Any]] = []
    for grouping in report.groupings:
        name = " and ".join(grouping.columns)
        known = [one for one in grouping.gaps if one.name in GAPS and one.low is not None]
        if not known:
            words.append(f"by {name}: no two groups can be compared")
        for gap in known:
            assert gap.low is not None
            column = f"{name}: {gap.name}"
            told.add(column)
            beyond = gap.low > monitor.gap
            gaps.append({"by": list(grouping.columns), "name": gap.name, "beyond": beyond, **_ends(gap)})
            said = f"by {name}: {gap}, {'above' if beyond else 'not above'} {monitor.gap:.4g}"
            words.append(said)
            if beyond:
                short = f"{gap.name.removesuffix('_difference').replace('_', ' ')} by {name} apart by {gap.value:.3g}"
                found.append(finding(FAIRNESS, column, "severe", said, short))
    record = {"gap": monitor.gap, "labelled": labelled, "gaps": gaps}
    return Part(FAIRNESS, tuple(words), record, tuple(found), frozenset(told))


def _columns(monitor: Monitor) -> dict[str, Any]:
    return {
        "truth": monitor.truth,
        "prediction": monitor.prediction,
        "probability": monitor.probability,
        "positive": monitor.positive,
    }


def _ends(one: Any) -> dict[str, Any]:
    return {"value": one.value, "low": one.low, "high": one.high}


def _shown(score: Score) -> str:
    if score.value is None:
        return "of no value"
    return f"{score.value:.4g}" + ("" if score.low is None else f" ({score.low:.4g} to {score.high:.4g})")
