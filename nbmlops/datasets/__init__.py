"""Versions of data: frames as recipes of columns, patches and row maps; files as content-defined chunks."""

from nbmlops.datasets.versions import Datasets

__all__ = ["Datasets"]
