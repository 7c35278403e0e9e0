"""The REST routes and the live events under the JupyterLab panel: a screen, like magics and command line.

Nothing heavy is imported until Jupyter Server loads the extension.
"""

from __future__ import annotations

from typing import Any

__all__ = ["_load_jupyter_server_extension", "jupyter_server_extension_points", "labextension_paths"]


def jupyter_server_extension_points() -> list[dict[str, str]]:
    """Return what Jupyter Server asks the package for: where the server extension is.

    Examples
    --------
    >>> jupyter_server_extension_points()
    [{'module': 'nbmlops.server'}]
    """
    return [{"module": "nbmlops.server"}]


def labextension_paths() -> list[dict[str, str]]:
    """Return what JupyterLab asks the package for: the built panel, beside the package's ``__init__.py``.

    Examples
    --------
    >>> labextension_paths()
    [{'src': 'labextension', 'dest': 'nbmlops'}]
    """
    return [{"src": "labextension", "dest": "nbmlops"}]


def _load_jupyter_server_extension(server_app: Any) -> None:
    from nbmlops.server.extension import load

    load(server_app)
