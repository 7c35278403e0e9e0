"""What a run read from outside: noted with the run, fingerprinted and kept in the background after the card."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nbmlops.capture.cells import changed_names
from nbmlops.datasets.files import file_fingerprint, keep_file
from nbmlops.errors import NbmlopsError
from nbmlops.records import Input
from nbmlops.store.proofs import Proofs
from nbmlops.tracking.local_modules import package_folders

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nbmlops.capture.cells import ExecutedCell
    from nbmlops.capture.slicing.safe_files import SafeFiles
    from nbmlops.config import Capture
    from nbmlops.tracking.recorder import Recorder

InputKind = Literal["file", "module", "package", "query", "address"]

_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/run", "/usr/share", "/usr/lib", "/lib")
_CODE = (".py", ".pyc", ".pyd", ".so", ".pth", ".egg-link")
_OWN_FOLDERS = frozenset({".nbmlops", ".ipython", ".jupyter", "__pycache__", ".git", ".ipynb_checkpoints"})
_CACHES = ("matplotlib", "fontconfig", "pip", "jupyter")


@dataclass(frozen=True)
class ReadFile:
    """An input as it is noted, the file that holds what was read, and time and size of it when it was read."""

    input: Input
    source: str
    stamp: tuple[int, int] | None


def inputs_of(cells: Sequence[ExecutedCell], safe: SafeFiles, modules: Iterable[str]) -> list[ReadFile]:
    """Return what the cells of a slice read from outside: files of data, files of packages, local modules.

    A file that a cell of the slice wrote before is no input: the replay writes it again.

    Parameters
    ----------
    cells : sequence of ExecutedCell
        The slice.
    safe : SafeFiles
        Has copies of what was overwritten since.
    modules : iterable of str
        The files of local modules that the notebook uses.
    """
    found: dict[str, ReadFile] = {}
    written: set[str] = set()
    for cell in cells:
        if cell.files is None:
            continue
        for path, stamp in cell.files.stamps.items():
            kind = kind_of(path)
            # a file that was not there when it was opened gave nothing
            if kind is not None and stamp is not None and path not in written and path not in found:
                found[path] = _read_file(path, kind, stamp, safe.copy_of(path, stamp))
        written |= cell.files.writes
    for path in modules:
        found.setdefault(path, _read_file(path, "module", stamp_of(path), None))
    return list(found.values())


def sources_of(cells: Iterable[ExecutedCell]) -> dict[str, str]:
    """Return what stands behind each name that a cell bound while it read just one file or version of a data set.

    The last cell that bound a name decides.
    """
    sources: dict[str, str] = {}
    for cell in cells:
        read = [said_path(path) for path in (cell.files.stamps if cell.files else ()) if kind_of(path) == "file"]
        read += sorted(set(cell.files.names.values())) if cell.files else []
        for name in changed_names(cell):
            sources.pop(name, None)
            if len(read) == 1:
                sources[name] = read[0]
    return sources


def _read_file(path: str, kind: InputKind, stamp: tuple[int, int] | None, copy: str | None) -> ReadFile:
    named = Path(path).name if kind == "module" else said_path(path)
    if stamp is None:
        return ReadFile(Input(path, named, kind, kept="it was gone before it could be looked at"), path, None)
    modified = datetime.datetime.fromtimestamp(stamp[0] / 1e9, datetime.UTC).isoformat(timespec="microseconds")
    kept = "" if copy is not None or stamp_of(path) == stamp else "it was changed after it was read"
    return ReadFile(Input(path, named, kind, None, stamp[1], modified, kept), copy or path, stamp)


def stamp_of(path: str) -> tuple[int, int] | None:
    """Return time and size of a file, None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - before the card
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def kind_of(path: str) -> InputKind | None:
    """Return what kind of input a file is, or None for what belongs to the system, to Python or to nbmlops."""
    parts = Path(path).parts
    if path.startswith(_SYSTEM) or _OWN_FOLDERS.intersection(parts):
        return None
    if path.endswith(_CODE):
        return None  # a module is told by what is loaded, not by what was opened
    if (".cache" in parts and any(word in parts for word in _CACHES)) or ".config" in parts:
        return None
    if any(path.startswith(folder) for folder in package_folders()):
        return None if _is_font_or_style(path) else "package"
    return "file"


def _is_font_or_style(path: str) -> bool:
    return "matplotlib" in path or path.endswith(
        (".txt", ".json", ".METADATA", "METADATA", ".mplstyle", ".ttf", ".toml")
    )


def said_path(path: str) -> str:
    """Return a path as a person would say it: from the working folder where it lies below."""
    try:
        relative = os.path.relpath(path)
    except ValueError:
        return path
    return path if relative.startswith(os.pardir + os.sep + os.pardir) else relative


def keep_inputs(recorder: Recorder, run: str, files: Iterable[ReadFile], capture: Capture) -> None:
    """Fingerprint and keep what a run read, in the background; what changed meanwhile is not kept."""
    waiting = [one for one in files if not one.input.kept]
    if not waiting or capture.data == "off":
        return

    def keep() -> None:
        proofs = Proofs(recorder.database)
        for one in waiting:
            fingerprint, size, kept = None, None, ""
            try:
                fingerprint, size, kept = _kept(recorder, one, capture)
                if one.source == one.input.path and stamp_of(one.source) != one.stamp:
                    fingerprint, kept = None, "it was changed before it could be kept"
            except (OSError, NbmlopsError) as error:
                kept = str(getattr(error, "message", error))
            proofs.keep(run, one.input.path, fingerprint, size, kept)

    recorder.background.submit(keep)


def _kept(recorder: Recorder, one: ReadFile, capture: Capture) -> tuple[str, int, str]:
    path = Path(one.source)
    if one.input.kind == "package":
        return *file_fingerprint(path), "it belongs to a package"
    if capture.data != "keep":
        return *file_fingerprint(path), "data is fingerprinted only, not kept"
    room = max(0, recorder.budget_left())
    file = keep_file(recorder.database, recorder.blobs, path, max_bytes=room)
    return file.fingerprint, file.bytes, "kept"
