"""The online store of a workspace, as ``workspace.features.online``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput, NotFound
from nbmlops.features.online.demand import OnlineDemand
from nbmlops.features.online.following import follow_lines
from nbmlops.features.online.materializing import Materialized, materialize
from nbmlops.features.online.pushing import Pusher
from nbmlops.features.online.reading import OnlineView, instant
from nbmlops.features.online.shapes import shape_from, shape_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from nbmlops.features.online.pushing import Pushed
    from nbmlops.features.reading import SourceReader
    from nbmlops.features.records import FeatureView
    from nbmlops.store.online import OnlineFile


class Online:
    """Features by key, now.

    Parameters
    ----------
    file : OnlineFile
        Where they are kept.
    get : callable
        Gives a view by its name.
    reader : SourceReader
        Reads the sources of views.
    """

    def __init__(self, file: OnlineFile, get: Callable[[str], FeatureView], reader: SourceReader) -> None:
        self._file = file
        self._get = get
        self._reader = reader
        self._views: dict[str, OnlineView] = {}
        self._pushers: dict[str, Pusher] = {}
        self._demands: dict[str, OnlineDemand] = {}

    def materialize(
        self, view: str, upto: Any = None, *, told: Callable[[int, int], object] = lambda *_: None
    ) -> Materialized:
        """Write the newest row of each key of a view to the online store; of a view of windows, the events they see.

        Only what is newer than what is there is written. A materialization that was interrupted goes on where it was.

        Parameters
        ----------
        view : str
            ``weather`` or ``weather@3``.
        upto : time, optional
            What is later is left out; now by default. Times without a zone are those of UTC.
        told : callable, optional
            Told how many keys are written, and of how many; what it was told of is durable.

        Raises
        ------
        NotFound
            No such view, or a source is gone.
        InvalidInput
            The rows break a check of the view; nothing was written.
        """
        found = self._kept(view)
        began = time.perf_counter()
        moment = time.time_ns() // 1000 if upto is None else self._instant(found, upto)
        keys, written, resumed, unchanged = materialize(self._file, found, self._reader, moment, told)
        if resumed:  # the one that was interrupted is whole now; what came since is written behind it
            keys, more, _, _ = materialize(self._file, found, self._reader, moment, told)
            written += more
        seconds = round(time.perf_counter() - began, 3)
        return Materialized(found.name, found.version, keys, written, _iso(moment), resumed, unchanged, seconds)

    def view(self, view: str) -> OnlineView | OnlineDemand:
        """Return a view, ready to be read by key; of a view on demand, ready for requests.

        Raises
        ------
        NotFound
            There is no such view, or nothing of it was materialized or pushed yet.
        """
        found = self._get(view)
        if found.definition.on_demand:
            if found.digest not in self._demands:
                self._demands[found.digest] = OnlineDemand(found, self._stored)
            return self._demands[found.digest]
        return self._stored(view)

    def _stored(self, view: str) -> OnlineView:
        found = self._get(view)
        ready = self._views.get(found.digest)
        if ready is None:
            number = self._file.find_view(found.digest)
            if number is None:
                raise NotFound(
                    f"nothing of {found.spec} is in the online store.",
                    f"Put it there: nbmlops features materialize {found.name}",
                )
            shape = shape_from(found.definition, self._file.facts(number))
            ready = self._views[found.digest] = OnlineView(self._file, number, found.spec, shape)
        return ready

    def get(self, view: str, keys: Iterable[Any], at: Any = None) -> list[dict[str, Any]]:
        """Return the features of some keys: each with ``key``, ``event_timestamp`` and ``values``.

        Parameters
        ----------
        view : str
            ``weather`` or ``weather@3``.
        keys : iterable
            A value each, a tuple where the entity has several columns.
        at : time, optional
            The instant that is meant by now.

        Raises
        ------
        InvalidInput
            The keys are one text, not a list, or do not fit the entity.
        NotFound
            There is no such view, or nothing of it is online.
        """
        if isinstance(keys, str | bytes) or not hasattr(keys, "__iter__"):
            raise InvalidInput(f"{keys!r} is no list of keys.", f"get({view!r}, [{keys!r}])")
        return self.view(view).get_many(keys, at)

    def push(self, view: str, rows: Any) -> Pushed:
        """Push rows of a view's source: they count for training sets, and are online when this returns.

        Parameters
        ----------
        view : str
            The view.
        rows : frame, record or list of records
            With the columns of the source; a column that is left out is null.

        Raises
        ------
        InvalidInput
            The rows do not fit, break a check, or the view's body needs more than one row; nothing was kept.
        """
        return self._pusher(view).push(rows)

    def follow(
        self,
        view: str,
        file: Path,
        *,
        forever: bool = True,
        told: Callable[[Pushed], object] = lambda _: None,
    ) -> int:
        """Push what is written to a growing file of JSON lines; give how many rows. Goes on where it was.

        Parameters
        ----------
        view : str
            The view.
        file : Path
            A JSON record a line; a last line without an end is waited for.
        forever : bool
            Wait for more; else end when the file is read.
        told : callable, optional
            Told of each push.

        Raises
        ------
        InvalidInput
            A line is no record, or does not fit; what stood before it was kept, and it is named.
        """
        return follow_lines(self._pusher(view), self._file, file, forever=forever, told=told)

    def count(self, view: FeatureView) -> dict[str, Any]:
        """Return what of a view is online: keys, when it was materialized, what was pushed."""
        number = self._file.find_view(view.digest)
        pushes, rows = self._file.pushed(view.name)
        state = self._file.state(number) if number is not None else {}
        keys = self._file.count(number) if number is not None else 0
        return {"keys": keys, "materialized_at": state.get("finished_at"), "pushes": pushes, "rows_pushed": rows}

    def pushes(self, view: str) -> int:
        """Return how often was pushed to a view."""
        return self._file.pushed(view)[0]

    def backup_to(self, target: Path) -> bool:
        """Write one consistent copy of the store's file, also while others write to it; tell whether there is one."""
        return self._file.backup_to(target)

    def close(self) -> None:
        """Close the file; it opens again when it is used."""
        self._views.clear()
        self._file.close()

    def _pusher(self, view: str) -> Pusher:
        found = self._kept(view)
        if found.digest not in self._pushers:
            self._pushers[found.digest] = Pusher(self._file, found, self._reader)
        return self._pushers[found.digest]

    def _kept(self, view: str) -> FeatureView:
        """Return a view that is stored, not computed on demand."""
        found = self._get(view)
        if found.definition.on_demand:
            names = ", ".join(sorted({spec.partition("@")[0] for spec in found.definition.inputs})) or "nothing"
            raise InvalidInput(f"{found.spec} is computed on demand: nothing of it is stored.", f"It takes: {names}")
        return found

    def _instant(self, view: FeatureView, at: Any) -> int:
        """Return an instant in microseconds, as the view has its times."""
        from nbmlops.features.engine import open_body

        number = self._file.find_view(view.digest)
        if number is not None:
            shape = shape_from(view.definition, self._file.facts(number))
        else:
            with open_body(view.definition, self._reader) as body:
                shape = shape_of(body)
        return instant(at, shape) // (1000 if shape.unit == "ns" else 1)


def _iso(moment: int) -> str:
    import datetime

    return datetime.datetime.fromtimestamp(moment / 1e6, datetime.UTC).isoformat(timespec="microseconds")
