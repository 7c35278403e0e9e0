"""A model's card: what it is, what it was made of, how well it does and for whom, and whether it can be proven."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.fairness.asking import fairness_in
from nbmlops.measures.performance.asking import performance_in
from nbmlops.records import json_value

if TYPE_CHECKING:
    from collections.abc import Sequence

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

    ``performance`` and ``fairness`` are measured on data that the card was asked to look at, None where there are none;
    ``alerts`` are those of the monitors that watch it.
    """

    version: ModelVersion
    run: RunDetail | None
    data: str
    performance: Performance | None
    fairness: Fairness | None
    alerts: tuple[Alert, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the record of ``nbmlops models card --json``."""
        result: dict[str, Any] = json_value(
            {
                "model": self.version.to_json(),
                "run": self.run.to_json() if self.run else None,
                "data": self.data,
                "performance": self.performance.to_json() if self.performance else None,
                "fairness": self.fairness.to_json() if self.fairness else None,
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
    performance = fairness = None
    if frame is not None:
        performance, fairness = _measured(models, version, frame, target, by)
    watching = [
        one.name for one in monitors.list() if one.reference.partition("@")[0] == version.name and one.open_alerts
    ]
    alerts = [alert for name in watching for alert in monitors.alerts(name) if alert.state != "over"]
    run = runs.show(version.run) if version.run else None
    return ModelCard(version, run, called if frame is not None else "", performance, fairness, tuple(alerts))


def _measured(
    models: Models, version: ModelVersion, frame: Any, target: str | None, by: Sequence[str]
) -> tuple[Performance | None, Fairness | None]:
    columns = Columns(frame)
    wanted = [str(entry["name"]) for entry in version.signature.get("inputs", [])]
    for name in [*wanted, *by, *([target] if target else [])]:
        if name not in columns.names:
            raise InvalidInput(f"the data have no column {name!r}.", f"They have: {', '.join(columns.names[:12])}")
    if target is None:
        raise InvalidInput("what the model predicts has to be named.", "--target COLUMN")
    if not hasattr(frame, "loc"):
        frame = frame.to_pandas()
    features = frame[wanted]
    model = models.load(version.spec)
    said: dict[str, Any] = {"truth": target, "prediction": model.predict(features)}
    classes = list(getattr(model, "classes_", []))
    has_two = len(classes) == 2
    said["positive"] = classes[1] if has_two else None
    chance = model.predict_proba(features)[:, 1] if has_two and hasattr(model, "predict_proba") else None
    report = performance_in(frame, probability=chance, **said)
    return report.measured, fairness_in(frame, by=list(by), **said) if by else None
