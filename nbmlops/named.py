"""What names of the workspace stand for: data sets, models and feature views, as runs noted them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbmlops.datasets.names import parse_dataset
from nbmlops.errors import NbmlopsError
from nbmlops.features.names import parse_view
from nbmlops.registry import Models
from nbmlops.store.datasets import DatasetStore
from nbmlops.store.features import FeatureStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbmlops.artifacts import ArtifactStore
    from nbmlops.store.database import Database

KINDS = {"dataset": "data set", "model": "model", "view": "feature view"}
"""What names of the workspace are names of, in words."""


def kind_of(name: str) -> str:
    """Return what kind of thing a noted name is of; empty for a part of something else that is named."""
    kind = name.partition(" ")[0]
    return kind if kind in KINDS else ""


def is_there(kind: str, spec: str, database: Database, blobs: ArtifactStore) -> bool:
    """Tell whether the workspace has what a name stood for."""
    try:
        if kind == "dataset":
            name, version = parse_dataset(spec)
            return any(found.version == version for found in DatasetStore(database).versions(name))
        version_now(kind, spec, database, blobs)
    except NbmlopsError:
        return False
    return True


def version_now(
    kind: str, spec: str, database: Database, blobs: ArtifactStore, own: Mapping[str, int] | None = None
) -> str:
    """Return the version that a name stands for now.

    ``own`` are versions by model that stand for the name alone, in a step of the pipeline run that made them.

    Raises
    ------
    NotFound
        It stands for nothing.
    """
    if kind == "model":
        if own and spec in own:
            return f"{spec}@{own[spec]}"
        return Models(database, blobs, None).get(spec).spec
    if kind == "view":
        view, number = parse_view(spec)
        return f"{view}@{FeatureStore(database).get(view, number)['version']}"
    name, version = parse_dataset(spec)
    return DatasetStore(database).versions(name)[0].spec if version is None else spec
