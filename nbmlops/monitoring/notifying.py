"""Who is told of an alert: pipelines that wait for it; addresses of Slack, mail, webhooks and more, by Apprise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NbmlopsError
from nbmlops.features.secret_addresses import revealed
from nbmlops.monitoring.parts import ABOUT_THE_DATA
from nbmlops.plugins import require

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.events import Events
    from nbmlops.monitoring.records import Check, Monitor

SECRET_SCHEMES = ("env:", "keyring:")


def check_address(address: str) -> str:
    """Return an address that may be written down, or say what it has to be.

    Raises
    ------
    InvalidInput
        It is no address, or it may hold a secret and is not named by where it is kept.
    """
    if address.startswith(SECRET_SCHEMES):
        return address
    if address.startswith(("json://localhost", "json://127.", "syslog://", "dbus://", "windows://", "macosx://")):
        return address
    raise InvalidInput(
        "an address to notify may hold a secret, and is not written into the registry.",
        "Put it in the environment and name it: --notify env:ALERTS_URL   (https://github.com/caronc/apprise)",
    )


def tell(events: Events, monitor: Monitor, check: Check, fresh: Sequence[dict[str, Any]]) -> list[str]:
    """Note an event, which may start a pipeline, and tell all addresses; give what went wrong with these, in words.

    Where there are no data, or none that can be looked at, the event is no ``alert`` but ``failed``: to train again
    would not help.
    """
    severity = "severe" if any(one["severity"] == "severe" for one in fresh) else "warn"
    payload = {
        "alert": fresh[0]["id"],
        "check": check.id,
        "monitor": monitor.name,
        "severity": severity,
        "columns": [one["column"] for one in fresh],
        "kinds": [one["kind"] for one in fresh],
        "reasons": [one["reason"] for one in fresh],
    }
    kind = "failed" if all(one["kind"] in ABOUT_THE_DATA for one in fresh) else "alert"
    events.emit(kind, monitor.name, payload)
    title = f"{monitor.name}: {severity}, {check.summary}"
    return send(monitor.notify, title, "\n".join(one["reason"] for one in fresh))


def send(addresses: Sequence[str], title: str, body: str) -> list[str]:
    """Tell all addresses; give what went wrong, in words, where something did. The alert itself is kept anyway."""
    if not addresses:
        return []
    try:
        apprise = require("apprise", "alerts", "An address to notify")
    except NbmlopsError as error:
        return [str(error)]
    wrong = []
    for address in addresses:
        try:
            service = apprise.Apprise()
            if not service.add(revealed(address)):
                wrong.append(f"{address}: no service that Apprise knows")
            elif not service.notify(title=title, body=body):
                wrong.append(f"{address}: it was not delivered")
        except NbmlopsError as error:
            wrong.append(f"{address}: {error.message}")
    return wrong
