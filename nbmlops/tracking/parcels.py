"""A run in one file: its rows, the files that it read, its artifacts. It replays where the file is imported."""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.files import fetch_file, find_file, keep_file
from nbmlops.errors import AlreadyExists, Conflict, InvalidInput, NbmlopsError, NotFound
from nbmlops.store.ids import now
from nbmlops.store.run_rows import add_rows, rows_of

if TYPE_CHECKING:
    from nbmlops.tracking.recorder import Recorder

FORMAT = 1
_MANIFEST = "run.json"
_MAX_MANIFEST = 500_000_000


def export_run(recorder: Recorder, run: str, target: Path, *, replace: bool = False) -> dict[str, Any]:
    """Write a run, with its children, to one file; give what it holds.

    Raises
    ------
    AlreadyExists
        The file is there; ``replace`` allows to write over it.
    """
    if target.exists() and not replace:
        raise AlreadyExists(f"{target} is there already.", "Choose another name, or say --force.")
    if not target.parent.is_dir():
        raise NotFound(f"there is no folder {target.parent}.", "Make it first.")
    recorder.background.wait()
    runs = [run, *recorder.reader.child_ids(run)]
    rows = rows_of(recorder.database, runs)
    inputs = {row["fingerprint"] for row in rows["inputs_read"] if row["kept"] == "kept"}
    for row in rows["outputs_written"]:
        row["kept"] = ""  # a replay writes them again
    with tempfile.TemporaryDirectory(dir=target.absolute().parent, prefix=".export-") as folder:
        whole = Path(folder) / "whole"
        with tarfile.open(whole, "w:gz", compresslevel=1) as tar:
            _add(tar, _MANIFEST, json.dumps({"format": FORMAT, "made_at": now(), "rows": rows}).encode())
            for fingerprint in sorted(inputs):
                file = Path(folder) / "input"
                fetch_file(recorder.database, recorder.blobs, fingerprint, file)
                tar.add(file, f"inputs/{fingerprint.removeprefix('b3:')}")
                file.unlink()
            for digest in sorted({row["digest"] for row in rows["artifacts"]}):
                with recorder.blobs.open_reader(digest) as reader:
                    _add(tar, f"blobs/{digest.removeprefix('b3:')}", reader.read())
        whole.replace(target)
    return {"file": str(target), "bytes": target.stat().st_size, "runs": len(runs), "inputs": len(inputs)}


def import_run(recorder: Recorder, source: Path) -> list[str]:
    """Read a run that `export_run` wrote; give the names that it and its children have here.

    Raises
    ------
    InvalidInput
        The file is no exported run.
    AlreadyExists
        The run is here already.
    Conflict
        A part of the file is not what its name says.
    """
    if not source.is_file():
        raise NotFound(f"there is no file {source}.", "Name a file that nbmlops runs export wrote.")
    try:
        with tarfile.open(source, "r:gz") as tar:
            rows = _manifest(tar)
            here = recorder.database.rows(
                "SELECT name FROM runs WHERE id = ?", [rows["runs"][0]["id"] if rows["runs"] else ""]
            )
            if here:
                raise AlreadyExists(f"the run is here already: {here[0][0]}.", f"nbmlops runs show {here[0][0]}")
            for member in tar.getmembers():
                kind, _, name = member.name.partition("/")
                content = tar.extractfile(member) if member.isfile() else None
                if content is None or kind not in ("inputs", "blobs"):
                    continue
                _take(recorder, kind, f"b3:{name}", content.read())
    except NbmlopsError:
        raise
    except (tarfile.TarError, EOFError, OSError, ValueError, KeyError, TypeError) as error:
        hint = "Make one: nbmlops runs export RUN FILE"
        raise InvalidInput(f"{source} is no exported run: {error}.", hint) from error
    return add_rows(recorder.database, rows, now())


def _manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    member = tar.next()
    content = tar.extractfile(member) if member is not None and member.name == _MANIFEST else None
    if content is None or member is None or member.size > _MAX_MANIFEST:
        raise ValueError("it does not begin with a manifest")
    manifest = json.loads(content.read())
    if manifest["format"] > FORMAT:
        raise ValueError("it was written by a newer release")
    rows: dict[str, Any] = manifest["rows"]
    return rows


def _take(recorder: Recorder, kind: str, digest: str, content: bytes) -> None:
    """Keep one part of the file under its digest, when it is what the digest says."""
    if kind == "blobs":
        found, _ = recorder.blobs.write(io.BytesIO(content))
    elif find_file(recorder.database, digest) is not None:
        return
    else:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "input"
            file.write_bytes(content)
            found = keep_file(recorder.database, recorder.blobs, file).fingerprint
    if found != digest:
        raise Conflict(f"a part of the file is damaged: it should be {digest[:13]}…", "Export the run again.")


def _add(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    tar.addfile(entry, io.BytesIO(content))
