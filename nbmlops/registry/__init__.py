"""Registered models: versions, aliases, and the way back to the run they came from."""

from nbmlops.registry.models import Models

__all__ = ["Models"]
