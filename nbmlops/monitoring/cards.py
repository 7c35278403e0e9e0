"""A model's card: what it is, what it was made of, how well it does and for whom, what it looks at, and its proof."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.explaining import explain_model
from nbmlops.measures.fairness.asking import fairness_in
from nbmlops.measures.performance.asking import performance_in
from nbmlops.records import json_value
from nbmlops.validation.columns import pandas_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.measures.explaining import Explanation
    from nbmlops.measures.fairness import Fairness
    from nbmlops.measures.performance import Performance
    from nbmlops.monitoring.monitors import Monitors
    from nbmlops.monitoring.records import Alert
    from nbmlops.records import ModelVersion, RunDetail
    from nbmlops.registry import Models
    from nbmlops.tracking.runs import Runs


@dataclass(frozen=True)
class ModelCard:
    """What is known of a version of a model, in one place.

    ``performance``, ``fairness`` and ``explanation`` (which columns it looks at) are measured on data that the card was
    asked to look at, None where there are none; where the last cannot be told, ``unexplained`` says why. ``alerts`` are
    those of the monitors that watch it.
    """

    version: ModelVersion
    run: RunDetail | None
    data: str
    performance: Performance | None
    fairness: Fairness | None
    alerts: tuple[Alert, ...]
    explanation: Explanation | None = None
    unexplained: str = ""

    def __repr__(self) -> str:
        return f"<card of {self.version.spec}{f', measured on {self.data}' if self.data else ''}>"

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops models card --json``."""
        result: dict[str, Any] = json_value(
            {
                "model": self.version.to_json(),
                "run": self.run.to_json() if self.run else None,
                "data": self.data,
                "performance": self.performance.to_json() if self.performance else None,
                "fairness": self.fairness.to_json() if self.fairness else None,
                "explanation": self.explanation.to_json() if self.explanation else None,
                "alerts": [asdict(alert) for alert in self.alerts],
            }
        )
        return result


def model_card(
    models: Models,
    runs: Runs,
    monitors: Monitors,
    spec: str,
    frame: Any = None,
    *,
    called: str = "",
    target: str | None = None,
    by: Sequence[str] = (),
) -> ModelCard:
    """Collect a model's card; see `Workspace.model_card`."""
    version = models.get(spec)
    performance, fairness, explanation, why = None, None, None, ""
    if frame is not None:
        model, frame = _asked(models, version, frame, target, by)
        performance, fairness = _measured(model, version, frame, str(target), by)
        explanation, why = _explained(model, version, frame, str(target))
    watching = [
        one.name for one in monitors.list() if one.reference.partition("@")[0] == version.name and one.open_alerts
    ]
    alerts = [alert for name in watching for alert in monitors.alerts(name) if alert.state != "over"]
    run = runs.show(version.run) if version.run else None
    on = called if frame is not None else ""
    return ModelCard(version, run, on, performance, fairness, tuple(alerts), explanation, why)


def _asked(models: Models, version: ModelVersion, frame: Any, target: str | None, by: Sequence[str]) -> tuple[Any, Any]:
    """Return the model and the rows that it is asked about, or say what is missing of them."""
    columns = Columns(frame)
    wanted = _inputs(version)
    for name in [*wanted, *by, *([target] if target else [])]:
        if name not in columns.names:
            raise InvalidInput(f"the data have no column {name!r}.", f"They have: {', '.join(columns.names[:12])}")
    if target is None:
        raise InvalidInput("what the model predicts has to be named.", "--target COLUMN")
    return models.load(version.spec), pandas_of(frame)


def _inputs(version: ModelVersion) -> list[str]:
    return [str(entry["name"]) for entry in version.signature.get("inputs", [])]


def _explained(model: Any, version: ModelVersion, frame: Any, target: str) -> tuple[Explanation | None, str]:
    """Return how much a metric falls where a column is shuffled; where that cannot be told, why."""
    try:
        return explain_model(model, frame[[*_inputs(version), target]], target=target), ""
    except InvalidInput as error:
        return None, error.message


def _measured(
    model: Any, version: ModelVersion, frame: Any, target: str, by: Sequence[str]
) -> tuple[Performance | None, Fairness | None]:
    features = frame[_inputs(version)]
    said: dict[str, Any] = {"truth": target, "prediction": model.predict(features)}
    classes = list(getattr(model, "classes_", []))
    has_two = len(classes) == 2
    said["positive"] = classes[1] if has_two else None
    chance = model.predict_proba(features)[:, 1] if has_two and hasattr(model, "predict_proba") else None
    report = performance_in(frame, probability=chance, **said)
    return report.measured, fairness_in(frame, by=list(by), **said) if by else None
