"""What the tests of views share; imported by name, since several folders of tests have no package."""

import pytest

from nbmlops.records import RunDetail
from nbmlops.tracking.report import CellReport, MetricChange


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")


@pytest.fixture
def make_run():
    def make(name="rf", number=1, **fields):
        defaults = {
            "id": f"0198c3d2a1b27c3d8e4f5a6b{number:08x}",
            "name": name,
            "experiment": "delay",
            "status": "finished",
            "started_at": "2026-03-12T15:00:00+00:00",
            "duration_s": 1.84,
        }
        return RunDetail(**{**defaults, **fields})

    return make


@pytest.fixture
def report(make_run):
    def make(metrics=(), run=None, **fields):
        changes = tuple(one if isinstance(one, MetricChange) else MetricChange(*one) for one in metrics)
        return CellReport(run or make_run(metrics={one.name: one.value for one in changes}), changes, **fields)

    return make


class Directions:
    """Stands for `Runs` where a table asks it which way a metric is better."""

    def direction(self, metric):
        return "lower" if "loss" in metric else "higher"


@pytest.fixture
def service():
    return Directions()


@pytest.fixture
def nasty():
    """Return what a user may call a thing, and what must never become a tag or steer a terminal."""
    return "<script>alert(\"x\")</script> 'q' & 🚀 مرحبا \x1b[31m\u202e"
