"""Current data beside a profile: what `drift_between` does, without the rows of the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbmlops.measures.drift import schema
from nbmlops.measures.drift.chance import FEWEST_ROWS
from nbmlops.measures.drift.columns import LIMITS, evidence_of
from nbmlops.measures.drift.comparing import Roles, discoveries, judged
from nbmlops.measures.drift.frames import Columns
from nbmlops.measures.drift.joint import changed_correlations, correlations_of, even_rows
from nbmlops.measures.drift.pairs import pair_of
from nbmlops.measures.drift.profile import Profile, ProfileSide
from nbmlops.measures.drift.records import TOO_FEW, Drift

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from nbmlops.measures.drift.records import Finding


def drift_from_profile(
    profile: Profile,
    current: Any,
    roles: Roles | None = None,
    *,
    ignore: Collection[str] = (),
    importance: Mapping[str, float] | None = None,
    limits: tuple[float, float] = LIMITS,
) -> Drift:
    """Compare current data with the profile of a reference.

    Numbers are compared at the profile's points; whether the target means the same cannot be told without rows. A
    target that the current data do not have yet is not missed.

    Examples
    --------
    >>> import numpy as np
    >>> from nbmlops.measures.drift.profile import profile_of
    >>> random = np.random.default_rng(0)
    >>> profile = profile_of({"delay": random.normal(size=2000)})
    >>> drift_from_profile(profile, {"delay": random.normal(1, 1, 2000)})["delay"].statistic
    'binned_ks'
    """
    roles = roles or Roles(target=profile.target)
    there = Columns(current)
    known = [name for name in profile.columns if name not in ignore and (name != roles.target or name in there.names)]
    labels = {
        roles.target,
        roles.time,
        roles.prediction,
    }  # a training set has no prediction, and its time is none of it
    findings = schema.of_columns(known, [name for name in there.names if name not in (*ignore, *(labels - set(known)))])
    names = [name for name in known if name in there.names]
    if not there.rows:
        said = f"{TOO_FEW}: the current data have none"
        return Drift(profile.rows, 0, (), tuple(findings), notes=(said,))
    evidence = []
    for name in names:
        pair = pair_of(name, ProfileSide(profile.columns[name]), there.side(name), name == roles.time)
        evidence.append(evidence_of(pair))
        findings += schema.of_pair(pair, len(names))
    columns = judged(evidence, discoveries([evidence])[0], roles, importance or {}, limits)
    moved = {one.column for one in columns if one.drifted} | {name for one in findings for name in one.columns}
    joint = _joint(profile, there, [name for name in profile.correlated if name in names and name not in moved])
    stands = f"the reference is a profile of {profile.rows:,} rows, which stand for all that the model was trained on"
    return Drift(profile.rows, there.rows, columns, tuple(findings), tuple(joint), notes=(stands,))


def _joint(profile: Profile, there: Columns, names: list[str]) -> list[Finding]:
    import numpy as np

    if len(names) < 2 or min(profile.basis, there.rows) < FEWEST_ROWS:
        return []
    at = [profile.correlated.index(name) for name in names]
    known = np.array([[profile.correlations[max(one, other)][min(one, other)] for other in at] for one in at]).clip(
        -0.999999, 0.999999
    )
    rows = [profile.columns[name].rows - profile.columns[name].missing for name in names]
    shared = np.minimum.outer(np.array(rows, float), np.array(rows, float))
    now = correlations_of(there.matrix(names, even_rows(there.rows), {}))
    return changed_correlations((known, shared), now, names)
