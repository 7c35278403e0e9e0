"""Pipelines in the panel: run, watched, cancelled, looked into; whoever started them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from .conftest import execute, expect, resize

pytestmark = pytest.mark.browser
SOON = 30_000
TWO = (
    "pipeline: two\nsteps:\n"
    "  first: {notebook: first.ipynb, outputs: [a.txt]}\n"
    "  second: {notebook: second.ipynb, inputs: [a.txt], gates: ['auc >= 0.7']}\n"
)
FIRST = "open('a.txt', 'w').write(str(quality))"
SECOND = (
    "import time\nauc = float(open('a.txt').read())\nif auc > 1:\n    time.sleep(600)\nassert auc >= 0, 'no quality'"
)
LONG = "a-step-with-a-name-that-is-longer-than-any-panel-is-wide"
OVERFLOWING = """() => [...document.querySelectorAll('.nbm-panel, .nbm-section-body, .nbm-pipeline, .nbm-step')]
    .filter(node => node.scrollWidth > node.clientWidth + 1)
    .map(node => node.className)"""


@pytest.fixture
def project(lab, page):
    """A pipeline of two notebooks: the first takes a quality, the second fails below zero and sleeps above one."""
    lab.python("from nbmlops.workspaces import Workspace\nWorkspace.open('.', create=True).close()")
    lab.notebook("first.ipynb", "quality = 0.8", FIRST, parameters=True)
    lab.notebook("second.ipynb", SECOND)
    (lab.root / "pipeline.yaml").write_text(TWO)
    execute(page, "nbmlops:open-panel", section="pipelines")
    return lab


def in_terminal(lab, *words: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "nbmlops", "pipelines", *words]
    return subprocess.Popen(command, cwd=lab.root, env=lab.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def pipeline(page, name: str = "two"):
    return page.locator(f"[data-pipeline='{name}']")


def step(page, name: str):
    return page.locator(f"[data-step='{name}']")


def is_step(page, name: str, word: str) -> None:
    expect(step(page, name).get_by_role("img", name=word, exact=True)).to_be_visible(timeout=SOON)


def run(page, quality: str = "", extent: str = "") -> str:
    """Start the pipeline by its button; give what the dialog said of the plan."""
    page.get_by_role("button", name="Run ").and_(page.locator(".nbm-run-link")).click()
    dialog = page.locator(".jp-Dialog")
    plan = dialog.locator("p").inner_text()
    dialog.get_by_label("quality").fill(quality)
    if extent:
        dialog.get_by_label("Steps").select_option(extent)
    dialog.get_by_role("button", name="Run").click()
    expect(dialog).to_be_hidden()
    return plan


def test_what_an_empty_place_teaches(lab, page):
    lab.track(("rf", 0.8, 3))
    execute(page, "nbmlops:open-panel", section="pipelines")
    expect(page.get_by_text("nbmlops pipelines infer *.ipynb")).to_be_visible(timeout=10_000)
    execute(page, "nbmlops:run-pipeline")
    expect(page.locator(".Toastify")).to_contain_text("No pipeline is here yet")


def test_run_seen_to_finish_then_cached_and_opened(project, page):
    expect(page.get_by_text("Has not run yet")).to_be_visible(timeout=10_000)
    plan = run(page)
    assert plan.startswith("2 steps would run.")
    is_step(page, "second", "ran")
    head = pipeline(page)
    expect(head.get_by_role("img", name="finished").first).to_be_visible(timeout=SOON)
    expect(head).to_contain_text("2 ran · by panel")
    expect(step(page, "second").locator(".nbm-step-head")).to_contain_text("auc 0.8000")

    step(page, "second").get_by_role("button", name="second").click()
    more = step(page, "second").locator(".nbm-step-more")
    expect(more).to_contain_text("needs first")
    expect(more.get_by_label("Gates")).to_contain_text("auc >= 0.7 auc is 0.8")
    more.get_by_role("button", name="Run second").click()
    expect(page.locator(".nbm-page h1")).to_contain_text("second")
    more.get_by_role("button", name="second.ipynb").click()
    expect(page.locator(".jp-NotebookPanel:visible")).to_contain_text("no quality")

    plan = run(page)
    assert plan == "Nothing has changed: no step would run."
    is_step(page, "second", "cached")
    expect(head).to_contain_text("2 cached")
    head.get_by_text("Runs", exact=True).click()
    expect(head.locator(".nbm-earlier li")).to_have_count(2)
    head.locator(".nbm-earlier button").last.click()
    is_step(page, "second", "ran")
    run(page, extent="every step")
    is_step(page, "second", "ran")
    expect(head.locator(".nbm-earlier li")).to_have_count(3, timeout=SOON)


def test_a_step_that_fails_says_why_and_a_gate_does(project, page):
    run(page, quality="-1")
    is_step(page, "second", "failed")
    expect(step(page, "second").locator(".nbm-step-reason")).to_contain_text("no quality")
    expect(pipeline(page).get_by_role("img", name="failed").first).to_be_visible(timeout=SOON)
    run(page, quality="0.5")
    expect(step(page, "second").locator(".nbm-step-reason")).to_contain_text(
        "gate auc >= 0.7: auc is 0.5", timeout=SOON
    )
    run(page, quality="-1")
    expect(step(page, "second").locator(".nbm-step-reason")).to_contain_text("no quality", timeout=SOON)


def test_a_panel_that_is_hidden_asks_for_nothing_until_it_is_seen_again(project, page):
    expect(pipeline(page, "work")).to_be_visible(timeout=SOON)
    asked = []
    page.on(
        "request", lambda request: asked.append(request.url) if "/nbmlops/api/v1/pipelines" in request.url else None
    )
    page.wait_for_timeout(6_000)
    assert asked
    execute(page, "application:toggle-left-area")
    page.wait_for_timeout(1_000)
    asked.clear()
    page.wait_for_timeout(6_000)
    assert asked == []
    (project.root / "pipeline.yaml").write_text(TWO.replace("pipeline: two", "pipeline: later"))
    in_terminal(project, "run").wait(60)
    execute(page, "application:toggle-left-area")
    expect(pipeline(page, "later")).to_be_visible(timeout=SOON)


def test_cancel(project, page):
    run(page, quality="2")
    is_step(page, "second", "running")
    page.get_by_role("button", name="Cancel two…").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("What is done is kept")
    dialog.get_by_role("button", name="Let it run").click()
    is_step(page, "second", "running")
    execute_later(page, "nbmlops:cancel-pipeline")
    dialog.get_by_role("button", name="Cancel the run").click()
    is_step(page, "second", "interrupted")
    is_step(page, "first", "ran")
    expect(page.get_by_role("button", name="Run two…")).to_be_visible(timeout=SOON)  # once its kernels are gone
    expect(pipeline(page).get_by_role("img", name="interrupted").first).to_be_visible()


def execute_later(page, command: str) -> None:
    """Execute a command that waits for an answer."""
    page.evaluate("command => void window.jupyterapp.commands.execute(command)", command)


def test_a_run_of_a_terminal_is_live_and_the_keyboard_reaches_its_steps(project, page):
    terminal = in_terminal(project, "run", "-p", "quality=2")
    try:
        is_step(page, "first", "running")
        is_step(page, "second", "running")
        page.locator(".nbm-step-head").first.focus()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(step(page, "second").get_by_role("button", name="second").first).to_have_attribute(
            "aria-expanded", "true"
        )
        stopped = in_terminal(project, "cancel")
        assert stopped.wait(30) == 0
        is_step(page, "second", "interrupted")
    finally:
        terminal.terminate()
        terminal.wait(30)


def test_what_cannot_run_is_told_before_it_starts(project, page):
    (project.root / "pipeline.yaml").write_text(TWO.replace("outputs: [a.txt]", "outputs: [b.txt]"))
    page.get_by_role("button", name="Run ").and_(page.locator(".nbm-run-link")).click()
    expect(page.locator(".Toastify")).to_contain_text("a.txt")
    assert page.locator(".jp-Dialog").count() == 0


@pytest.mark.parametrize("theme", ["JupyterLab Light", "JupyterLab Dark"])
def test_at_260_and_500_pixels(lab, page, theme, tmp_path):
    lab.python("from nbmlops.workspaces import Workspace\nWorkspace.open('.', create=True).close()")
    names = ("ingest", "clean", "features", LONG, "train", "report")
    for name in names:
        cells = ["auc = 0.8427\nrows = 336776"] if name != "train" else ["auc = 0.66", "raise ValueError('x' * 300)"]
        lab.notebook(f"{name}.ipynb", *cells)
    after = {
        "clean": "ingest",
        "features": "ingest",
        LONG: "clean, features",
        "train": "features",
        "report": f"train, {LONG}",
    }
    lines = [f"  {name}: {{notebook: {name}.ipynb, after: [{after.get(name, '')}]}}" for name in names]
    (lab.root / "pipeline.yaml").write_text("pipeline: monthly\nsteps:\n" + "\n".join(lines) + "\n")
    in_terminal(lab, "run").wait(120)
    execute(page, "nbmlops:open-panel", section="pipelines")
    is_step(page, "report", "skipped")
    execute(page, "apputils:change-theme", theme=theme)
    page.wait_for_function("t => document.body.dataset.jpThemeName === t", arg=theme)
    for width in (260, 500):
        resize(page, width)
        page.wait_for_timeout(200)
        assert page.evaluate(OVERFLOWING) == []
        page.screenshot(path=tmp_path / f"pipelines-{width}.png")
    step(page, LONG).locator(".nbm-step-head").click()
    step(page, "train").locator(".nbm-step-head").click()
    pipeline(page, "monthly").get_by_text("Runs", exact=True).click()
    for width in (260, 500):
        resize(page, width)
        page.wait_for_timeout(200)
        assert page.evaluate(OVERFLOWING) == []
        page.screenshot(path=tmp_path / f"opened-{width}.png")
