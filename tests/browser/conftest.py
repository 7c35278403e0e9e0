"""A JupyterLab of its own and a Chromium that looks at it. Nothing outside of pytest's temporary folder is touched."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import nbmlops

try:
    from playwright.sync_api import expect, sync_playwright
except ImportError:
    expect = sync_playwright = None

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(nbmlops.__file__).parent
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
TRACK = """
import nbmlops
from sklearn.dummy import DummyClassifier

for name, auc, depth in {runs!r}:
    with nbmlops.track(name):
        nbmlops.log(auc=auc)
        nbmlops.log_params({{"max_depth": depth}})
        for step in range(5):
            nbmlops.log(loss=1 / (step + 1), step=step)
        nbmlops.log_model(DummyClassifier().fit([[0], [1]], [0, 1]))
"""


def missing(what: str) -> None:
    """Skip where something is not installed; in CI it has to be."""
    if os.environ.get("CI") == "true":
        pytest.fail(what)
    pytest.skip(what)


def chromium() -> str:
    named = os.environ.get("CHROMIUM")
    found = named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        missing("no Chromium: apt-get install chromium (or set CHROMIUM to the program's path)")
    return str(found)


@dataclass
class Lab:
    """A running JupyterLab and the folder that it shows."""

    url: str
    token: str
    root: Path
    env: dict[str, str]

    def python(self, code: str) -> None:
        """Run Python in another process, in the folder."""
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=self.root,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    def track(self, *runs: tuple[str, float, int]) -> None:
        """Write runs from another process: name, auc, max_depth."""
        self.python(TRACK.format(runs=runs))

    def notebook(self, name: str, *cells: str, parameters: bool = False) -> None:
        """Write a notebook into the folder; with ``parameters`` its first cell declares them."""
        from nbformat import v4

        content = v4.new_notebook(cells=[v4.new_code_cell(cell) for cell in cells])
        if parameters:
            content.cells[0].metadata["tags"] = ["parameters"]
        content.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        (self.root / name).write_text(json.dumps(content), "utf-8")


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def private_folders(top: Path) -> dict[str, str]:
    """Return the environment of a JupyterLab that knows only its own folders, and the panel as it is built here."""
    settings = top / "config/lab/user-settings/@jupyterlab/apputils-extension"
    for folder in (settings, top / "config/jupyter_server_config.d", top / "share/labextensions"):
        folder.mkdir(parents=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false", "checkForUpdates": false}')
    enabled = {"ServerApp": {"jpserver_extensions": {"nbmlops": True}}}
    (top / "config/jupyter_server_config.d/nbmlops.json").write_text(json.dumps(enabled))
    if (PACKAGE / "labextension/package.json").is_file():
        (top / "share/labextensions/nbmlops").symlink_to(PACKAGE / "labextension")
    elif not Path(sys.prefix, "share/jupyter/labextensions/nbmlops/package.json").is_file():
        missing("the panel is not built: pip install -e .")
    names = (
        "HOME",
        "JUPYTER_CONFIG_DIR",
        "JUPYTER_DATA_DIR",
        "JUPYTER_RUNTIME_DIR",
        "IPYTHONDIR",
        "JUPYTER_PATH",
    )
    folders = ("home", "config", "data", "runtime", "ipython", "share")
    own = {name: str(top / folder) for name, folder in zip(names, folders, strict=True)}
    (top / "home").mkdir()
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "NBMLOPS"))}
    return {**inherited, **own}


@pytest.fixture(scope="session")
def running_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Start JupyterLab on a free port; stop it, and its kernels, afterwards."""
    top = tmp_path_factory.mktemp("lab")
    root = top / "work"
    root.mkdir()
    env = private_folders(top / "jupyter")
    token, port = secrets.token_hex(16), free_port()
    options = [
        "--no-browser",
        "--allow-root",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True",
    ]
    with (top / "lab.log").open("w") as log:
        command = [sys.executable, "-m", "jupyterlab", *options]
        server = subprocess.Popen(command, cwd=root, env=env, stdout=log, stderr=log)
        try:
            found = Lab(f"http://127.0.0.1:{port}", token, root, env)
            wait_until_ready(found, server, top / "lab.log")
            yield found
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@pytest.fixture
def lab(running_lab: Lab) -> Lab:
    """JupyterLab on an empty folder."""
    for path in running_lab.root.iterdir():
        _remove(path)
    return running_lab


def _remove(path: Path) -> None:
    """Remove what a test left; the server may still be writing a file into a folder that is being removed."""
    for _ in range(20):
        try:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        except OSError:
            time.sleep(0.25)
        else:
            return
    raise AssertionError(f"{path} cannot be removed")


def wait_until_ready(lab: Lab, server: subprocess.Popen[bytes], log: Path) -> None:
    request = urllib.request.Request(f"{lab.url}/api/status", headers={"Authorization": f"token {lab.token}"})
    for _ in range(240):
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(request, timeout=5):
                return
        except OSError:
            time.sleep(0.25)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    if sync_playwright is None:
        missing("no Playwright: pip install 'nbmlops[browser]'")
    program = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Any, lab: Lab) -> Iterator[Any]:
    """A page on JupyterLab with the panel open; a script error or a dialog of the browser fails the test."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("dialog", lambda dialog: (trouble.append(dialog.message), dialog.dismiss()))
    page.goto(f"{lab.url}/lab?token={lab.token}&reset")
    page.wait_for_function("window.jupyterapp && document.getElementById('nbmlops-panel')", timeout=60_000)
    page.evaluate("window.jupyterapp.restored.then(() => null)")
    execute(page, "nbmlops:open-panel")
    yield page
    context.close()
    assert trouble == []


def execute(page: Any, command: str, **args: Any) -> None:
    """Execute a command of JupyterLab."""
    page.evaluate("([c, a]) => window.jupyterapp.commands.execute(c, a).then(() => null)", [command, args])


def open_notebook(page: Any, path: str) -> None:
    """Open a notebook, and wait until its kernel answers: a cell that is run earlier asks which kernel is meant."""
    page.evaluate(
        """async path => {
            const commands = window.jupyterapp.commands;
            const panel = await commands.execute('docmanager:open', { path, factory: 'Notebook' });
            await panel.context.ready;
            await panel.sessionContext.ready;
            await panel.sessionContext.session.kernel.info;
        }""",
        path,
    )


def row(page: Any, name: str) -> Any:
    """Return the row of a run in the panel."""
    return page.locator(".nbm-row[data-run]").filter(has=page.get_by_text(name, exact=True))


def resize(page: Any, width: int) -> None:
    """Make the panel as wide as this."""
    page.evaluate(
        """width => {
            const split = Object.values(window.jupyterapp.shell).find(part => part?.id === 'jp-main-split-panel');
            const share = width / split.node.offsetWidth;
            split.setRelativeSizes([share, 1 - share, 0]);
        }""",
        width,
    )
    page.wait_for_function("w => Math.abs(document.querySelector('.nbm-panel').offsetWidth - w) < 6", arg=width)
