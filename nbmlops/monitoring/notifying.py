"""Who is told of an alert: pipelines that wait for it; addresses of Slack, mail, webhooks and more, by Apprise."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NbmlopsError
from nbmlops.features.secret_addresses import revealed
from nbmlops.monitoring.parts import ABOUT_THE_DATA
from nbmlops.plugins import require
from nbmlops.store.ids import now

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nbmlops.events import Events
    from nbmlops.monitoring.records import Check, Monitor
    from nbmlops.store.monitors import MonitorStore

SECRET_SCHEMES = ("env:", "keyring:")
LOST_SECONDS = 300
"""After so long a look that has begun to tell addresses, and has not said that it did, was killed on the way."""


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


def emit(events: Events, check: Check, fresh: Sequence[dict[str, Any]]) -> None:
    """Note an event of new alerts, which may start a pipeline.

    Where there are no data, or none that can be looked at, the event is no ``alert`` but ``failed``: to train again
    would not help.
    """
    payload = {
        "alert": fresh[0]["id"],
        "check": check.id,
        "monitor": check.monitor,
        "severity": _severity(fresh),
        "columns": [one["column"] for one in fresh],
        "kinds": [one["kind"] for one in fresh],
        "reasons": [one["reason"] for one in fresh],
    }
    kind = "failed" if all(one["kind"] in ABOUT_THE_DATA for one in fresh) else "alert"
    events.emit(kind, check.monitor, payload)


def deliver(store: MonitorStore, monitor: Monitor, check: Check) -> Check:
    """Tell the addresses of a monitor of alerts that none was told of: of this look, or of one that was killed.

    Returns
    -------
    Check
        The look, whose summary says which addresses were not reached.
    """
    if is_muted(monitor):
        return check
    lost = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=LOST_SECONDS)
    waiting = store.claim_undelivered(monitor.name, lost.isoformat(timespec="microseconds"))
    if not waiting:
        return check
    title = f"{monitor.name}: {_severity(waiting)}, {check.summary}"
    wrong = send(monitor.notify, title, "\n".join(one["reason"] for one in waiting))
    store.note_delivered(one["id"] for one in waiting)
    return replace(check, summary=f"{check.summary}; not told: {'; '.join(wrong)}") if wrong else check


def is_muted(monitor: Monitor) -> bool:
    """Return whether a monitor is to tell nobody now."""
    return monitor.muted_until is not None and monitor.muted_until > now()


def _severity(alerts: Sequence[dict[str, Any]]) -> str:
    return "severe" if any(one["severity"] == "severe" for one in alerts) else "warn"


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
