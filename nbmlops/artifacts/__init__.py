"""Blobs: immutable bytes under their content digest."""

from nbmlops.artifacts._protocol import ArtifactStore
from nbmlops.artifacts.local import LocalStore

__all__ = ["ArtifactStore", "LocalStore"]
