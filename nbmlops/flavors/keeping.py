"""Models as blobs: written through their flavor, and read back after their digest was verified."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput
from nbmlops.flavors.signature import signature_and_samples

if TYPE_CHECKING:
    from nbmlops.artifacts import ArtifactStore


@dataclass(frozen=True)
class KeptModel:
    """A model's file in the blob store."""

    digest: str
    sha256: str
    bytes: int
    flavor: str


def keep_model(model: Any, blobs: ArtifactStore, max_bytes: int | None = None) -> KeptModel:
    """Write a model by the flavor that takes it.

    Raises
    ------
    InvalidInput
        No flavor takes it, it holds classes that cannot be found again, or it has more than ``max_bytes``.
    """
    from nbmlops.flavors import flavor_for

    flavor = flavor_for(model)
    with tempfile.TemporaryDirectory(prefix="nbmlops-") as folder:
        path = Path(folder) / "model"
        flavor.save(model, path)
        size = path.stat().st_size
        if max_bytes is not None and size > max_bytes:
            raise InvalidInput(
                f"its {size:,} bytes are more than the workspace's keep budget has left",
                "Raise keep_bytes in .nbmlops/config.toml, or register it: %register",
            )
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            file.seek(0)
            digest, size = blobs.write(file)
    return KeptModel(digest, sha256, size, flavor.name)


def load_model(blobs: ArtifactStore, digest: str, flavor_name: str, *, verified: bool, allow_code: bool = False) -> Any:
    """Read a model back; the bytes that are loaded are those whose digest was verified.

    Parameters
    ----------
    verified : bool
        Whether this registry wrote the digest as a version; only then are native trees trusted.
    allow_code : bool
        Trust every type the file names, which lets the file run code.

    Raises
    ------
    Untrusted
        The file names types that may run code.
    """
    from nbmlops import plugins

    flavor = plugins.get("flavors", flavor_name)()
    with blobs.open_reader(digest) as reader, tempfile.TemporaryDirectory(prefix="nbmlops-") as folder:
        path = Path(folder) / "model"
        path.write_bytes(reader.read())
        return flavor.load(path, verified=verified, allow_code=allow_code)


def describe_features(features: Any, target: Any, model: Any) -> dict[str, Any]:
    """Return the signature and sample rows of what a model was fitted on; what cannot be described is left out."""
    if features is None:
        return {}
    try:
        signature, samples = signature_and_samples(features, target, model)
    except (InvalidInput, TypeError, ValueError, AttributeError):
        return {}
    return {"signature": signature, "samples": samples}
