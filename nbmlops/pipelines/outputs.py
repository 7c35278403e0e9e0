"""What a step wrote: noted and kept when it is done, put back when the step need not run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from nbmlops.datasets.files import fetch_file, file_fingerprint, keep_file
from nbmlops.errors import NbmlopsError
from nbmlops.pipelines.deciding import moved
from nbmlops.records import Output
from nbmlops.store.outputs import Outputs
from nbmlops.tracking.inputs import kind_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nbmlops.pipelines.contents import Contents
    from nbmlops.pipelines.deciding import Decision
    from nbmlops.tracking.recorder import Recorder


def keep_outputs(recorder: Recorder, run: str, also: Iterable[str], folder: Path) -> list[Output]:
    """Fingerprint and keep what a step's run wrote; give what is known of it.

    Parameters
    ----------
    recorder : Recorder
        The registry; its settings say what may be kept, and how much.
    run : str
        The step's run: what its kernel saw being written is noted with it.
    also : iterable of str
        Files that were written meanwhile, as the folder tells: a native writer is not seen, nor is another language.
    folder : Path
        The pipeline's.
    """
    store = Outputs(recorder.database)
    paths = {one.path: one.named for one in store.of(run)}
    for path in also:
        paths.setdefault(path, str(Path(path).relative_to(folder)) if Path(path).is_relative_to(folder) else path)
    found = [_kept(recorder, Path(path), named) for path, named in sorted(paths.items()) if kind_of(path) == "file"]
    if found:
        store.put(run, found)
    return found


def _kept(recorder: Recorder, path: Path, named: str) -> Output:
    if not path.is_file():
        return Output(str(path), named, kept="it was gone when the step was done")
    capture = recorder.settings.capture
    try:
        if capture.data != "keep":
            fingerprint, size = file_fingerprint(path)
            return Output(str(path), named, fingerprint, size, f"data is {capture.data}, not kept")
        try:
            file = keep_file(recorder.database, recorder.blobs, path, max_bytes=max(0, recorder.budget_left()))
        except NbmlopsError as error:
            fingerprint, size = file_fingerprint(path)
            return Output(str(path), named, fingerprint, size, error.message.rstrip("."))
    except OSError as error:
        return Output(str(path), named, kept=f"it could not be read: {error.strerror or error}")
    return Output(str(path), named, file.fingerprint, file.bytes, "kept")


def put_back(recorder: Recorder, decision: Decision, folder: Path, contents: Contents) -> list[str]:
    """Make the files of a cached step what its run left; give the names of those that were not so.

    Raises
    ------
    NbmlopsError
        A kept copy is damaged or gone.
    """
    restored = []
    for one in decision.outputs:
        target = Path(moved(one.path, decision.folder, folder))
        if one.fingerprint is None or contents.of(target) == one.fingerprint:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        fetch_file(recorder.database, recorder.blobs, one.fingerprint, target)
        restored.append(one.named)
    return restored
