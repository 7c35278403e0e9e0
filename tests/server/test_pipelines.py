"""Pipelines over REST: files are found, runs are planned, started in processes of their own, and stopped."""

from __future__ import annotations

import asyncio
import time

import nbformat
import pytest

from nbmlops.errors import InvalidInput
from nbmlops.server.handlers import SETTING
from nbmlops.server.handlers.pipelines import file_below
from nbmlops.workspaces import Workspace


def write(folder, name: str, *cells: str, parameters: str = "") -> None:
    made = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})] if parameters else []
    made += [nbformat.v4.new_code_cell(cell) for cell in cells]
    metadata = {"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata=metadata), folder / f"{name}.ipynb")


@pytest.fixture
def project(workspace, jp_root_dir, jp_serverapp):
    folder = jp_root_dir / "work"
    folder.mkdir()
    write(folder, "a", "open('a.txt', 'w').write(word)", parameters="word = 'x'")
    write(folder, "b", "text = open('a.txt').read()", "import time\ntime.sleep(600 if text == 'slow' else 0)")
    (folder / "pipeline.yaml").write_text(
        "pipeline: two\nsteps:\n  a: {notebook: a.ipynb, outputs: [a.txt]}\n  b: {notebook: b.ipynb, inputs: [a.txt]}\n"
    )
    with Workspace.open(folder, create=True) as real:
        workspace.pipelines, workspace.path = real.pipelines, real.path
        yield folder
        for child in jp_serverapp.web_app.settings[SETTING].children:
            child.wait(60)


async def until(api, status: str, seconds: float = 60.0) -> dict:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        code, found = await api("pipelines/@last")
        if code == 200 and found["status"] == status:
            return found
        await asyncio.sleep(0.2)
    raise AssertionError(f"it was never {status}")


async def test_files_plans_and_mistakes(api, project):
    status, answer = await api("pipelines")
    assert (status, answer) == (200, {"runs": [], "files": ["work/pipeline.yaml"], "below": {}})
    status, plan = await api("pipelines/plan", "POST", {"file": "work/pipeline.yaml"})
    assert (status, plan["status"], [step["action"] for step in plan["steps"]]) == (200, "planned", ["run", "run"])
    assert plan["parameters"] == [{"name": "word", "steps": ["a"], "kind": "", "value": '"x"'}]
    status, answer = await api("pipelines/plan", "POST", {"file": "work/pipeline.yaml", "params": {"wrd": 1}})
    assert (status, answer["error"]["code"]) == (422, "invalid_input")
    assert "Did you mean word?" in answer["error"]["message"]
    status, answer = await api("pipelines/schema")
    assert (status, answer["title"]) == (200, "nbmlops pipeline")
    status, answer = await api("pipelines/nothing")
    assert (status, answer["error"]["code"]) == (404, "not_found")


# not marked slow: the browser tests of that session leave an event loop running, which async tests cannot share
async def test_a_run_is_started_seen_and_stopped(api, project):
    status, answer = await api("pipelines/run", "POST", {"file": "work/pipeline.yaml", "params": {"word": "quick"}})
    assert (status, answer["pipeline"]) == (202, "two")
    done = await until(api, "finished")
    assert ([step["status"] for step in done["steps"]], done["cause"]) == (["ran", "ran"], "panel")
    assert (project / "a.txt").read_text() == "quick"
    await api("pipelines/run", "POST", {"file": "work", "params": {"word": "slow"}})  # the folder will do
    await until(api, "running")
    deadline = time.monotonic() + 30
    while (await api("pipelines/@last"))[1]["steps"][1]["status"] != "running" and time.monotonic() < deadline:
        await asyncio.sleep(0.2)
    status, answer = await api("pipelines/@last/cancel", "POST", {})
    assert status == 200
    stopped = await until(api, "interrupted")
    assert [step["status"] for step in stopped["steps"]] == ["ran", "interrupted"]
    status, answer = await api("pipelines/@last/cancel", "POST", {})
    assert (status, answer["error"]["code"]) == (409, "conflict")
    assert len((await api("pipelines", pipeline="two"))[1]["runs"]) == 2
    status, answer = await api("pipelines", latest="true")
    assert [run["id"] for run in answer["runs"]] == [stopped["id"]]
    assert answer["below"] == {stopped["file"]: "work/pipeline.yaml"}


async def test_parameters_arrive_as_what_they_are(api, project):
    write(
        project,
        "a",
        "open('a.txt', 'w', encoding='utf-8').write(ascii((rate, big, none, word)))",
        parameters="rate = 1.0\nbig = 1.0\nnone = 1.0\nword = 'x'",
    )
    params = {"rate": 1e-7, "big": 1e22, "none": float("nan"), "word": "\N{GRINNING FACE} a\x85b: 'c'\n"}
    await api("pipelines/run", "POST", {"file": "work/pipeline.yaml", "params": params})
    await until(api, "finished")
    assert (project / "a.txt").read_text() == ascii(tuple(params.values()))


@pytest.mark.parametrize(
    "path", ["../pipeline.yaml", "/etc/passwd", "work/../../x", "..\\x", "link/pipeline.yaml", "a\0b"]
)
def test_no_client_leads_out_of_the_servers_folder(tmp_path, path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "link").symlink_to(tmp_path)
    with pytest.raises(InvalidInput, match="is not below"):
        file_below(tmp_path / "root", path)
