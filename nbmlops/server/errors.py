"""How an error looks over REST: the only table from classes to HTTP statuses, the one shape of bodies."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from nbmlops import errors

STATUSES: dict[type[errors.NbmlopsError], int] = {
    errors.NotFound: 404,
    errors.AlreadyExists: 409,
    errors.Conflict: 409,
    errors.InvalidInput: 422,
    errors.Untrusted: 422,
    errors.WorkspaceUnusable: 503,
    errors.NbmlopsError: 500,
}


def status_of(error: errors.NbmlopsError) -> int:
    """Return the HTTP status of an error: that of the nearest of its classes in the table.

    Examples
    --------
    >>> status_of(errors.NotFound("no run named 'rf4'."))
    404
    """
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def body_of(error: BaseException | None, status: int) -> dict[str, dict[str, str]]:
    """Return the body of an error response. Bugs say nothing of their inside.

    Examples
    --------
    >>> body_of(errors.NotFound("no run named 'rf4'.", "List them: %runs"), 404)
    {'error': {'code': 'not_found', 'message': "no run named 'rf4'.", 'hint': 'List them: %runs'}}
    """
    if isinstance(error, errors.NbmlopsError):
        return {"error": error.to_json()}
    reason = HTTPStatus(status).phrase
    known: Any = getattr(error, "log_message", None) if status < 500 else None
    hint = "" if status < 500 else "The server's log has the traceback."
    code = reason.lower().replace(" ", "_")
    return {"error": {"code": code, "message": str(known or reason), "hint": hint}}
