"""The feature store of a workspace, as ``workspace.features``."""

from __future__ import annotations

from nbmlops.features.views import Views


class Features(Views):
    """The feature store of a workspace: its views, and the training sets that are made of them."""
