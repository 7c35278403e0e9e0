"""Kernels for steps: started and made ready in the background, one fresh process for each step."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import signal
import socket
import tempfile
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbmlops.capture.threads import PATIENT_THREADS
from nbmlops.errors import InvalidInput, NbmlopsError, WorkspaceUnusable
from nbmlops.pipelines.kernel_specs import kernel_names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from nbmlops.pipelines.guardian import Guardian

START_TIMEOUT = 90.0
LAST_WORDS = 10.0
"""Seconds that a kernel has, after its last cell, for what the user's code wants to do at exit."""
_READY = """
try:
    import nbmlops.magics.session as _nbmlops_session, nbmlops.magics.batch as _nbmlops_batch
    del _nbmlops_session, _nbmlops_batch
except ImportError:
    pass
for _nbmlops_name in {imports!r}:
    try:
        __import__(_nbmlops_name)
    except Exception:
        pass
_nbmlops_name = None
del _nbmlops_name
"""


@dataclass(frozen=True)
class KernelKind:
    """What is fixed when a kernel starts: its name, its folder, the modules that it has ready."""

    name: str
    folder: str
    imports: tuple[str, ...] = ()


class Kernel:
    """A kernel process of its own, over sockets in a private folder where the system has such: ports may clash."""

    def __init__(self, kind: KernelKind, guardian: Guardian | None = None) -> None:
        self.kind = kind
        self._guardian = guardian
        self._sockets = tempfile.TemporaryDirectory(prefix="nbmlops-")
        self.group: int | None = None
        try:
            self.manager = self._make_manager()
        except NbmlopsError:
            self._sockets.cleanup()
            raise

    def _make_manager(self) -> Any:
        from jupyter_client.kernelspec import NoSuchKernel
        from jupyter_client.manager import AsyncKernelManager

        options: dict[str, Any] = {}
        if hasattr(socket, "AF_UNIX"):
            # a short path: the name of a socket has about a hundred characters at most
            folder = Path(self._sockets.name)
            options = {"transport": "ipc", "connection_file": str(folder / "kernel.json"), "ip": str(folder / "kernel")}
        manager = AsyncKernelManager(kernel_name=self.kind.name, **options)
        try:
            _ = manager.kernel_spec
        except NoSuchKernel as error:
            raise InvalidInput(
                f"there is no kernel {self.kind.name!r}.", f"There are: {', '.join(sorted(kernel_names()))}."
            ) from error
        return manager

    def start(self) -> None:
        """Start the process and wait until it answers, with its modules imported.

        Raises
        ------
        WorkspaceUnusable
            It does not start, or does not answer in time.
        """
        asyncio.run(self._start())

    async def _start(self) -> None:
        try:
            variables = {**PATIENT_THREADS, **os.environ, "JPY_SESSION_NAME": ""}
            await self.manager.start_kernel(cwd=self.kind.folder, env=variables)
        except OSError as error:
            raise WorkspaceUnusable(
                f"the kernel {self.kind.name} does not start: {error}.", "Look at its spec: jupyter kernelspec list"
            ) from error
        self.group = getattr(self.manager.provisioner, "pgid", None) or getattr(self.manager.provisioner, "pid", None)
        if self._guardian is not None and self.group:
            self._guardian.watch(self.group)
        client = self.manager.client()
        client.start_channels()
        try:
            await until_ready(client, self.is_alive, START_TIMEOUT)
            if self.manager.kernel_spec.language.lower() == "python":
                asked = client.execute(_READY.format(imports=self.kind.imports), silent=True, store_history=False)
                while (await client.get_shell_msg(timeout=START_TIMEOUT))["parent_header"].get("msg_id") != asked:
                    continue
        except (RuntimeError, TimeoutError, queue.Empty) as error:
            self.kill()
            raise WorkspaceUnusable(
                f"the kernel {self.kind.name} died or did not answer within {START_TIMEOUT:.0f} s of its start.",
                f"Try it: jupyter console --kernel {self.kind.name}",
            ) from error
        finally:
            client.stop_channels()

    def is_alive(self) -> bool:
        """Tell whether the process runs."""
        process = getattr(self.manager.provisioner, "process", None)
        return process is not None and process.poll() is None

    def interrupt(self) -> None:
        """Ask the running cell to stop, as Ctrl-C does."""
        self._signal(signal.SIGINT)

    def end(self) -> None:
        """End the process when its notebook is done: it is asked, then it and all that it started are stopped."""

        async def ask() -> None:
            client = self.manager.client()
            client.start_channels()
            client.shutdown()
            deadline = time.monotonic() + LAST_WORDS
            pause = 0.005
            while self.is_alive() and time.monotonic() < deadline:
                await asyncio.sleep(pause)
                pause = min(0.1, pause * 1.5)
            client.stop_channels()

        with contextlib.suppress(Exception):
            if self.is_alive():
                asyncio.run(ask())
        self.kill()

    def kill(self) -> None:
        """Stop the process and all that it started, at once."""
        if hasattr(signal, "SIGKILL"):
            self._signal(signal.SIGKILL)
        process = getattr(self.manager.provisioner, "process", None)
        if process is not None:
            with contextlib.suppress(OSError):
                process.kill()
            with contextlib.suppress(Exception):
                process.wait(10)
        if self._guardian is not None and self.group:
            self._guardian.release(self.group)
        with contextlib.suppress(Exception):
            self.manager.cleanup_connection_file()
            self.manager.context.destroy(linger=0) if self.manager._created_context else None  # noqa: SLF001
        self._sockets.cleanup()

    def _signal(self, sign: int) -> None:
        if self.group and hasattr(os, "killpg"):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.group, sign)


async def until_ready(client: Any, is_alive: Callable[[], bool], seconds: float) -> None:
    """Wait until a kernel answers on all of its channels.

    Jupyter's own ``wait_for_ready`` ends with 0.2 s of silence. Here the kernel's word that it is done with a question
    has to come back, which says that nothing it publishes from now on is missed.

    Raises
    ------
    RuntimeError
        The kernel died.
    TimeoutError
        It did not answer in time.
    """
    deadline = time.monotonic() + seconds
    patience = 0.25
    while time.monotonic() < deadline:
        asked = client.kernel_info()
        try:
            while True:
                message = await client.get_iopub_msg(timeout=patience)
                is_ours = message["parent_header"].get("msg_id") == asked
                if is_ours and message["content"].get("execution_state") == "idle":
                    break
            while (await client.get_shell_msg(timeout=START_TIMEOUT))["parent_header"].get("msg_id") != asked:
                continue
            return
        except queue.Empty:
            patience = min(2.0, patience * 2)
            if not is_alive():
                raise RuntimeError("the kernel died") from None
    raise TimeoutError(f"the kernel did not answer within {seconds:.0f} s")


class KernelPool:
    """Kernels that are ready before a step asks for one.

    Parameters
    ----------
    ahead : int
        How many are kept ready at most.
    guardian : Guardian, optional
        Ends them when this process is killed.
    """

    def __init__(self, ahead: int = 2, guardian: Guardian | None = None) -> None:
        self.ahead = ahead
        self.guardian = guardian
        self._starters = ThreadPoolExecutor(
            max(1, min(ahead, os.cpu_count() or 1)), thread_name_prefix="nbmlops-kernel"
        )
        self._enders = ThreadPoolExecutor(4, thread_name_prefix="nbmlops-kernel-end")
        self._waiting: list[tuple[KernelKind, Future[Kernel]]] = []
        self._lock = threading.Lock()
        self._is_closed = False

    def prepare(self, kinds: Iterable[KernelKind]) -> None:
        """Start kernels of the kinds that are wanted next, until enough are ready; others that wait are ended."""
        missing = list(kinds)[: self.ahead]
        unwanted = []
        with self._lock:
            if self._is_closed:
                return
            for entry in list(self._waiting):
                if entry[0] in missing:
                    missing.remove(entry[0])
                else:
                    self._waiting.remove(entry)
                    unwanted.append(entry[1])
            self._waiting += [(kind, self._starters.submit(self._started, kind)) for kind in missing]
        for future in unwanted:
            if not future.cancel():
                future.add_done_callback(_end)

    def take(self, kind: KernelKind) -> Kernel:
        """Return a kernel of a kind that answers: one that is ready, else a new one.

        Raises
        ------
        WorkspaceUnusable
            It does not start.
        """
        with self._lock:
            found = next((index for index, (one, _) in enumerate(self._waiting) if one == kind), None)
            future = self._waiting.pop(found)[1] if found is not None else None
        if future is not None:
            with contextlib.suppress(NbmlopsError):  # what failed in the background is tried, and told, once more
                kernel = future.result()
                if kernel.is_alive():
                    return kernel
                kernel.kill()
        return self._started(kind)

    def give_back(self, kernel: Kernel) -> None:
        """End a kernel whose notebook is done, in the background."""
        self._enders.submit(kernel.end)

    def warm(self, kinds: Iterable[KernelKind]) -> float:
        """Wait until kernels of some kinds are ready; give the seconds that it took."""
        began = time.perf_counter()
        self.prepare(kinds)
        with self._lock:
            waiting = [future for _, future in self._waiting]
        for future in waiting:
            future.result()
        return time.perf_counter() - began

    def close(self) -> None:
        """End the kernels that nobody took, and wait for those that are ending."""
        with self._lock:
            self._is_closed = True
            waiting, self._waiting = self._waiting, []
        for _, future in waiting:
            future.cancel()
        self._starters.shutdown(wait=True)
        self._enders.shutdown(wait=True)
        for _, future in waiting:
            _end(future)

    def _started(self, kind: KernelKind) -> Kernel:
        kernel = Kernel(kind, self.guardian)
        kernel.start()
        if self._is_closed:
            kernel.kill()
        return kernel


def _end(started: Future[Kernel]) -> None:
    if started.done() and not started.cancelled() and started.exception() is None:
        started.result().kill()
