"""The feature store: views defined once, joined right in time for training."""

from __future__ import annotations

from nbmlops.features.store import Features

__all__ = ["Features"]
