"""What an engine is: it runs one try of a step, somewhere, and says how that ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from nbmlops import plugins
from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from nbmlops.pipelines.engine.step import StepOfPipeline
    from nbmlops.pipelines.kernels import KernelKind
    from nbmlops.pipelines.step_notebooks import StepNotebook
    from nbmlops.pipelines.stepping import Attempt, StepProcess

GROUP = "pipeline_engines"
LOCAL = "local"


@dataclass(frozen=True)
class StepWork:
    """One try of a step: all that an engine needs to know of it."""

    kind: KernelKind
    notebook: StepNotebook
    params: dict[str, Any]
    step: StepOfPipeline
    timeout: float | None


class StepEngine(Protocol):
    """Runs steps. It is entered before the first one, and left after the last.

    Parameters
    ----------
    address : str
        What stands behind the engine's name, such as ``tcp://host:8786``; empty for its default.
    workers : int
        How many steps run at a time.
    """

    def __init__(self, address: str, workers: int) -> None: ...

    def __enter__(self) -> StepEngine: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def prepare(self, kinds: Iterable[KernelKind]) -> None:
        """Take note of the kernels that are wanted next."""
        ...

    def run(self, work: StepWork, process: StepProcess) -> Attempt:
        """Run a step once and wait for its end; ``process.stop`` ends it from another thread."""
        ...


def engine_for(on: str, workers: int) -> StepEngine:
    """Return the engine that ``--on`` names.

    Parameters
    ----------
    on : str
        Empty or ``local`` for this machine; ``dask`` for a cluster of this machine's processes; ``tcp://HOST:PORT``, or
        ``dask:tcp://HOST:PORT``, for a Dask scheduler.
    workers : int
        How many steps run at a time.

    Raises
    ------
    InvalidInput
        There is no such engine.
    """
    name, _, address = on.partition(":")
    if not on:
        name = LOCAL
    elif name in ("tcp", "tls", "ws", "wss", "ucx"):
        name, address = "dask", on
    known = plugins.names(GROUP)
    if name not in known:
        raise InvalidInput(f"--on {on}: there is no engine {name!r}.", f"There are {', '.join(known)}, and tcp://….")
    engine: StepEngine = plugins.get(GROUP, name)(address, workers)
    return engine
