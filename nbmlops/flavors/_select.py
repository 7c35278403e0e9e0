"""Which flavor a model needs, by the registered plug-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from nbmlops import plugins
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from nbmlops.flavors._protocol import Flavor

GROUP = "flavors"


def get_flavor(name: str) -> Flavor:
    """Return the flavor of a stored model by its name.

    Raises
    ------
    NotFound
        No installed package registers the name.

    Examples
    --------
    >>> get_flavor("sklearn").suffix
    '.skops'
    """
    return cast("Flavor", plugins.get(GROUP, name)())


def flavor_for(model: object) -> Flavor:
    """Return the flavor that can save a model; the one named like the model's package is asked first.

    Raises
    ------
    InvalidInput
        No registered flavor knows the model.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> flavor_for(Ridge()).name
    'sklearn'
    """
    kind = type(model)
    package = kind.__module__.partition(".")[0]
    known = plugins.names(GROUP)
    for name in sorted(known, key=lambda name: (name != package, name)):
        flavor = get_flavor(name)
        if flavor.matches(model):
            return flavor
    raise InvalidInput(
        f"no flavor can save a {kind.__module__}.{kind.__qualname__}.",
        f"Installed flavors: {', '.join(known) or 'none'}. "
        "Register a scikit-learn estimator, or install a package with an entry point in nbmlops.flavors.",
    )
