import pytest

from nbmlops.display.pipeline_views import PipelineTable
from nbmlops.pipelines.records import PipelineRun

RUN = PipelineRun(
    "delays",
    "failed",
    (),
    id="0198c3d2a1b27c3d8e4f5a6b7c8d9e0f",
    started_at="2026-03-12T15:00:00+00:00",
    duration_s=3.0,
    cause="schedule nightly, due 2026-03-12 15:00",
    error="train: cell [3]: ValueError: a long story of columns that are not there",
)


def test_what_there_is_no_room_for_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    text = PipelineTable([RUN]).text()
    assert text.splitlines()[-1] == "  no room here for started by, id"
    monkeypatch.setenv("COLUMNS", "200")
    assert "no room" not in PipelineTable([RUN]).text()


def test_a_table_is_the_sequence_of_its_records() -> None:
    table = PipelineTable([RUN, RUN])
    assert (len(table), table[0], table[:1], list(table)) == (2, RUN, [RUN], [RUN, RUN])
    assert table.to_json() == [RUN.to_json(), RUN.to_json()]
    assert PipelineTable([]).text() == "no pipeline has run here\n  nbmlops pipelines run"
    assert "no pipeline has run here" in PipelineTable([]).html()
