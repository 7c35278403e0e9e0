"""``nbmlops init``, ``status``, ``gc``, ``backup`` and ``restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nbmlops.cli.runs import confirm
from nbmlops.config import FOLDER, Capture, find_workspace
from nbmlops.display.views import Message
from nbmlops.errors import InvalidInput
from nbmlops.workspaces import Workspace
from nbmlops.workspaces import restore as restore_backup

if TYPE_CHECKING:
    from nbmlops.cli.app import Session

_STARTUP = "50-nbmlops.py"
_STARTUP_TEXT = '''"""Loads nbmlops in every notebook; written by: nbmlops init --ipython"""
try:
    get_ipython().run_line_magic("load_ext", "nbmlops")
except Exception as error:
    print(f"nbmlops: not loaded: {error}")
'''


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--ipython", is_flag=True, help="Load nbmlops in every notebook from now on.")
@click.option("--no-ipython", is_flag=True, help="Take that back.")
@click.option(
    "--capture",
    multiple=True,
    metavar="WHAT=WORD",
    help="Limit what is captured here: code=off, data=fingerprint, data=off, output=off.",
)
@click.pass_obj
def init(session: Session, folder: Path | None, ipython: bool, no_ipython: bool, capture: tuple[str, ...]) -> Message:
    """Make a workspace in a folder (here by default); an existing one is left as it is."""
    home = folder or (Path(session.workspace) if session.workspace else Path.cwd())
    inside = home if home.name == FOLDER else home / FOLDER
    limits = _limits(capture)
    Capture.parse(dict(limits))  # a wrong word makes no workspace
    is_new = not inside.is_dir()
    with Workspace.open(inside, create=True) as workspace:
        if capture:
            workspace.limit_capture(**limits)
        record: dict[str, Any] = {**workspace.summary(), "created": is_new}
    lines = [f"{'made' if is_new else 'there already'}: {record['workspace']}"]
    if ipython or no_ipython:
        lines.append(_ipython_startup(on=ipython))
        record["ipython"] = ipython
    if capture:
        lines.append("capture: " + ", ".join(f"{what} {word}" for what, word in record["capture"].items()))
    if is_new and not ipython:
        lines.append("next, in a notebook: %load_ext nbmlops   then, over a cell: %%track NAME")
    return Message(record, "\n".join(lines))


@click.command()
@click.pass_obj
def status(session: Session) -> Message:
    """Say what the workspace holds."""
    record = session.open().summary()
    text = (
        f"{record['workspace']}\n{record['runs']} runs in {record['experiments']} experiments, "
        f"{record['models']} models, {record['datasets']} data sets, {record['features']} feature views, "
        f"{record['bytes'] / 1e6:,.1f} MB"
    )
    return Message(record, text + (f"\n{record['notice']}" if record["notice"] else ""))


@click.command()
@click.option("--dry-run", is_flag=True, help="Only count.")
@click.option("--deleted", is_flag=True, help="Also erase deleted runs, for good.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def gc(session: Session, dry_run: bool, deleted: bool, yes: bool) -> Message:
    """Remove what nothing refers to: blobs without a run or model, files of writers that died."""
    if deleted and not dry_run:
        confirm(session, yes, "Erase deleted runs for good?")
    record = session.open().gc(dry_run=dry_run, deleted=deleted)
    verb = "would be removed" if dry_run else "removed"
    text = f"{record['blobs_removed']} blobs {verb}, {record['bytes_freed'] / 1e6:,.1f} MB"
    return Message(record, text + (f", {record['runs_erased']} runs erased" if deleted else ""))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@click.pass_obj
def backup(session: Session, file: Path, force: bool) -> Message:
    """Write one consistent copy of the workspace, also while others work in it."""
    record = session.open().backup(file, replace=force)
    return Message(
        record,
        f"{record['file']}: {record['runs']} runs, {record['models']} models, {record['bytes'] / 1e6:,.1f} MB",
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Take the place of a workspace that has runs; it is moved aside.")
@click.pass_obj
def restore(session: Session, file: Path, force: bool) -> Message:
    """Read a backup into the workspace (or into --workspace FOLDER)."""
    record = restore_backup(file, session.workspace or find_workspace() or Path.cwd(), replace=force)
    aside = f"\nwhat was there before is in {record['moved_aside']}" if "moved_aside" in record else ""
    return Message(record, f"{record['workspace']}: {record['runs']} runs, {record['models']} models{aside}")


def _limits(words: tuple[str, ...]) -> dict[str, str]:
    pairs = [word.partition("=") for word in words]
    wrong = [what for what, equals, _ in pairs if not equals]
    if wrong:
        raise InvalidInput(f"--capture wants WHAT=WORD, not {wrong[0]!r}.", "--capture data=fingerprint")
    return {what: word for what, _, word in pairs}


def _ipython_startup(*, on: bool) -> str:
    from IPython.paths import get_ipython_dir

    file = Path(get_ipython_dir()) / "profile_default" / "startup" / _STARTUP
    if on:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(_STARTUP_TEXT, encoding="utf-8")
        return f"every notebook loads nbmlops now ({file}); take it back: nbmlops init --no-ipython"
    file.unlink(missing_ok=True)
    return "notebooks load nbmlops only by %load_ext nbmlops now"
