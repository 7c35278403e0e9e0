"""What is installed here, written down as a ``pylock.toml`` (PEP 751) without asking anybody.

An index is never asked, so a package has its name, its version and the digest of its installed files, or where it was
installed from when that was no index. ``nbmlops env rebuild`` asks the index, and then has addresses and hashes too.
"""

from __future__ import annotations

import base64
import csv
import json
import platform
import re
from importlib.metadata import distributions
from typing import TYPE_CHECKING, Any

from blake3 import blake3

from nbmlops.capture.secrets import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from importlib.metadata import Distribution

TOOL = "nbmlops"


def environment_lock(path: Iterable[str] | None = None) -> dict[str, Any]:
    """Return the packages of this process as PEP 751 has them; reads a file of each package, a second in all.

    Parameters
    ----------
    path : iterable of str, optional
        The folders to look into, those of ``sys.path`` by default.

    Examples
    --------
    >>> lock = environment_lock()
    >>> lock["lock-version"], "numpy" in [package["name"] for package in lock["packages"]]
    ('1.0', True)
    """
    found = distributions() if path is None else distributions(path=list(path))
    packages: dict[str, dict[str, Any]] = {}
    for one in found:
        name = canonical(one.metadata["Name"] or "")
        if name and name not in packages:  # the first on the path is the one that is imported
            packages[name] = _package(name, one)
    return {
        "lock-version": "1.0",
        "created-by": TOOL,
        "requires-python": f"=={platform.python_version()}",
        "packages": [packages[name] for name in sorted(packages)],
    }


def canonical(name: str) -> str:
    """Return the one spelling of a package's name.

    Examples
    --------
    >>> canonical("Jupyter_Core")
    'jupyter-core'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def _package(name: str, one: Distribution) -> dict[str, Any]:
    package: dict[str, Any] = {"name": name, "version": one.version, **_origin(one)}
    files = files_digest(one)
    return {**package, "tool": {TOOL: {"files": files}}} if files else package


def files_digest(one: Distribution) -> str | None:
    """Return the digest of a package's installed files: the same wheel gives the same one, wherever it is installed.

    What builders and installers add (programs, byte code, notes of their own and their versions) is left out.
    """
    record = one.read_text("RECORD")
    if not record:
        return None
    lines = sorted(f"{path}\0{digest}" for path, digest in _hashed(record))
    return "b3:" + blake3("\n".join(lines).encode()).hexdigest()[:32] if lines else None


def _hashed(record: str) -> Iterator[tuple[str, str]]:
    for path, digest, *_ in csv.reader(record.splitlines()):
        is_note = ".dist-info/" in path and not path.endswith("/entry_points.txt")
        if not (path.startswith("..") or path.endswith(".pyc") or is_note):
            yield path, _hexadecimal(digest)


def _hexadecimal(digest: str) -> str:
    algorithm, _, text = digest.partition("=")
    try:
        return f"{algorithm}={base64.urlsafe_b64decode(text + '=' * (-len(text) % 4)).hex()}"
    except ValueError:
        return digest


def _origin(one: Distribution) -> dict[str, Any]:
    """Return where a package was installed from, when that was no index (PEP 610)."""
    try:
        origin = json.loads(one.read_text("direct_url.json") or "{}")
        address = mask(str(origin.get("url", "")))[0]
    except (ValueError, AttributeError):
        return {}
    if not address:
        return {}
    if "vcs_info" in origin:
        facts = origin["vcs_info"]
        return {"vcs": {"type": facts["vcs"], "url": address, "commit-id": facts["commit_id"]}}
    if "dir_info" in origin:
        editable = bool(origin["dir_info"].get("editable"))
        return {"directory": {"path": address.removeprefix("file://"), "editable": editable}}
    hashes = origin.get("archive_info", {}).get("hashes", {})
    return {"archive": {"url": address, "hashes": hashes}}
