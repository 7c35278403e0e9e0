"""What is measured on frames, by whoever knows data sets and models by their names: a workspace, or the Python API."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nbmlops.datasets.meant import frame_meant
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from nbmlops.measures.drift.behind import DriftRows
    from nbmlops.measures.drift.changes import Changes, Method
    from nbmlops.measures.drift.freshness import Freshness
    from nbmlops.measures.drift.records import Drift
    from nbmlops.measures.explaining.records import Explanation
    from nbmlops.measures.fairness.records import Fairness
    from nbmlops.measures.performance.asking import PerformanceReport
    from nbmlops.measures.threats import Threats


class Measuring:
    """The operations on frames, files and versions of data sets; subclasses load what is named."""

    def load_data(self, name: str) -> Any:
        """Return the frame of a version of a data set."""
        raise NotImplementedError

    def load_model(self, name: str) -> Any:
        """Return a registered model."""
        raise NotImplementedError

    def drift(
        self,
        reference: Any,
        current: Any,
        *,
        time: str | None = None,
        target: str | None = None,
        prediction: str | None = None,
        window: str | None = None,
        ignore: Collection[str] = (),
        importance: Mapping[str, float] | None = None,
        model: Any = None,
        max_age: Any = None,
        as_of: Any = None,
        classifier: bool = False,
    ) -> Drift:
        """Say what differs between current data and a reference; see `nbmlops.drift`.

        Parameters
        ----------
        reference, current : frame, path or str
            A frame, a file, or a version of a data set.
        time, target, prediction, window, ignore, importance, max_age, as_of, classifier
            As in `nbmlops.drift`.
        model : str or object, optional
            A registered model, or a fitted one, by whose importances the columns are ranked.
        """
        from nbmlops.measures.drift.comparing import Roles, drift_between

        before = self._frame(reference)
        if model is not None:
            from nbmlops.measures.explaining import weights_of

            if importance is not None:
                raise InvalidInput("importance and model say the same.", "Give one of them.")
            importance = weights_of(self._model(model), before, target)
        roles = Roles(time, target, prediction)
        return drift_between(
            before,
            self._frame(current),
            roles,
            window=window,
            ignore=ignore,
            importance=importance,
            freshness=_freshness(max_age, as_of),
            classifier=classifier,
        )

    def drift_rows(self, reference: Any, current: Any, column: str, **options: Any) -> DriftRows:
        """Return the rows of current data behind what was found about a column; see `nbmlops.drift_rows`.

        Parameters
        ----------
        reference, current : frame, path or str
            A frame, a file, or a version of a data set.
        column : str
            The column that has drifted.
        **options
            ``time``, ``target``, ``prediction``, ``ignore``, ``limit``, as in `nbmlops.drift_rows`.
        """
        from nbmlops.measures.drift.behind import rows_behind
        from nbmlops.measures.drift.comparing import Roles

        roles = Roles(*(options.pop(name, None) for name in ("time", "target", "prediction")))
        return rows_behind(self._frame(reference), self._frame(current), column, roles, **options)

    def changes(self, frame: Any, column: str, *, time: str | None = None, method: Method = "adwin") -> Changes:
        """Return where the mean of a column has changed, row after row; see `nbmlops.changes`.

        Parameters
        ----------
        frame : frame, path or str
            A frame, a file, or a version of a data set.
        column, time, method
            As in `nbmlops.changes`.
        """
        from nbmlops.measures.drift.changes import changes_in

        return changes_in(self._frame(frame), column, time=time, method=method)

    def threats(
        self, reference: Any, current: Any, *, target: str | None = None, ignore: Collection[str] = ()
    ) -> Threats:
        """List rows that do not belong, or contradict what is known; see `nbmlops.threats`.

        Parameters
        ----------
        reference, current : frame, path or str
            A frame, a file, or a version of a data set.
        target, ignore
            As in `nbmlops.threats`.
        """
        from nbmlops.measures.threats import threats_in

        return threats_in(self._frame(reference), self._frame(current), target=target, ignore=tuple(ignore))

    def fairness(self, frame: Any, **options: Any) -> Fairness:
        """Say whether a model treats groups alike; see `nbmlops.fairness`.

        Parameters
        ----------
        frame : frame, path or str
            A frame, a file, or a version of a data set.
        **options
            ``truth``, ``prediction``, ``by`` and the others, as in `nbmlops.fairness`.
        """
        from nbmlops.measures.fairness.asking import fairness_in

        return fairness_in(self._frame(frame), **options)

    def performance(self, frame: Any, *, reference: Any = None, **options: Any) -> PerformanceReport:
        """Say how well a model does; see `nbmlops.performance`.

        Parameters
        ----------
        frame, reference : frame, path or str
            A frame, a file, or a version of a data set.
        **options
            ``truth``, ``prediction``, ``probability`` and the others, as in `nbmlops.performance`.
        """
        from nbmlops.measures.performance.asking import performance_in

        return performance_in(self._frame(frame), reference=self._frame(reference), **options)

    def explain(self, model: Any, frame: Any, *, against: Any = None, **options: Any) -> Explanation:
        """Say what a model looks at; see `nbmlops.explain`.

        Parameters
        ----------
        model : str or object
            A registered model (``delay@champion``), or a fitted one.
        frame, against : frame, path or str
            A frame, a file, or a version of a data set.
        **options
            ``target``, ``method``, ``rows`` and the others, as in `nbmlops.explain`.
        """
        from nbmlops.measures.explaining import explain_model

        return explain_model(self._model(model), self._frame(frame), against=self._frame(against), **options)

    def _frame(self, value: Any) -> Any:
        return frame_meant(value, self.load_data)

    def _model(self, value: Any) -> Any:
        return self.load_model(value) if isinstance(value, str) else value


def _freshness(max_age: Any, as_of: Any) -> Freshness | None:
    """Return how new rows have to be: the age a span, the moment a time, its text or seconds since 1970."""
    from nbmlops.features.spans import microseconds
    from nbmlops.measures.drift.freshness import Freshness, moment_of

    if max_age is None:
        if as_of is not None:
            raise InvalidInput("as_of is the moment at which rows are so old at most.", "Give max_age=, or --max-age")
        return None
    return Freshness(microseconds(max_age) / 1e6, time.time() if as_of is None else moment_of(as_of))
