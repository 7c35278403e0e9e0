"""The wall around code that is run anew: the operating system refuses writes outside a folder, programs, the network.

Linux only: Landlock for files, programs and signals, seccomp for sockets. Both hold for every thread and child process
that comes later, whatever library they run, and cannot be taken back. Elsewhere nothing is contained, and who asks for
the wall is told so.

References
----------
`Landlock <https://docs.kernel.org/userspace-api/landlock.html>`_,
`seccomp filters <https://docs.kernel.org/userspace-api/seccomp_filter.html>`_.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import struct
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_RULE_PATH_BENEATH = 1
_SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2

_EXECUTE = 1 << 0
_WRITE_FILE, _TRUNCATE = 1 << 1, 1 << 14
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_REFER = 1 << 13
_SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

_ARCHITECTURES = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
"""Machine to the kernel's number for it and the number of ``socket``."""
_IO_URING_SETUP = 425
_AF_NETLINK = 16
_DENY = 0x00050000 | 13  # SECCOMP_RET_ERRNO with EACCES
_ALLOW = 0x7FFF0000

DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/tty", "/dev/ptmx", "/dev/urandom", "/dev/random")
TERMINALS = "/dev/pts"  # where the shell lines of a notebook run
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - where the system keeps semaphores, which joblib's workers need


def landlock_version() -> int:
    """Return the version of Landlock that this system offers, 0 where there is none."""
    if not sys.platform.startswith("linux"):
        return 0
    return max(0, int(_libc().syscall(_CREATE_RULESET, None, 0, 1)))


def raise_wall(writable: Sequence[str], programs: Iterable[str], *, network: bool = False) -> list[str]:
    """Confine this process and all that it starts; give what is *not* contained, in words, empty when all is.

    Parameters
    ----------
    writable : sequence of str
        Folders below which files may be made, changed and removed.
    programs : iterable of str
        Files that may be executed, or folders of such.
    network : bool
        Leave the network open.
    """
    open_gaps = []
    version = landlock_version()
    if version:
        _raise_landlock(version, writable, programs)
        if version < 6:
            open_gaps.append("signals to other processes")
    else:
        open_gaps.append("writes and other programs")
    if not network and not _refuse_sockets():
        open_gaps.append("the network")
    return open_gaps


def _raise_landlock(version: int, writable: Sequence[str], programs: Iterable[str]) -> None:
    libc = _libc()
    writes = _WRITE_FILE | _REMOVE_AND_MAKE | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    scoped = _SCOPE_ABSTRACT_SOCKETS_AND_SIGNALS if version >= 6 else 0
    attributes = struct.pack("<QQQ", writes | _EXECUTE, 0, scoped)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(_CREATE_RULESET, attributes, size, 0)
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "Landlock refused its rules")
    try:
        for folder in writable:
            _allow(libc, ruleset, folder, writes)
        for device in DEVICES:
            _allow(libc, ruleset, device, _WRITE_FILE | (_TRUNCATE if version >= 3 else 0))
        _allow(libc, ruleset, SHARED_MEMORY, writes)
        for program in programs:
            _allow(libc, ruleset, program, _EXECUTE)
        _no_new_privileges(libc)
        if libc.syscall(_RESTRICT_SELF, ruleset, 0):
            raise OSError(ctypes.get_errno(), "Landlock could not be raised")
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, access: int) -> None:
    with contextlib.suppress(OSError):  # what is not there needs no rule
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            libc.syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("<Qi", access, place), 0)
        finally:
            os.close(place)


def _refuse_sockets() -> bool:
    """Let every ``socket`` call fail but those to the kernel itself; pairs of sockets between workers remain."""
    known = _ARCHITECTURES.get(platform.machine())
    if not sys.platform.startswith("linux") or known is None or sys.maxsize < 2**32:
        return False
    architecture, socket = known
    load, jump_equal, jump_above, give = 0x20, 0x15, 0x35, 0x06
    program = [
        (load, 0, 0, 4),  # the architecture
        (jump_equal, 0, 7, architecture),
        (load, 0, 0, 0),  # the number of the call
        (jump_above, 5, 0, 0x40000000),  # another calling convention of the same processor
        (jump_equal, 4, 0, _IO_URING_SETUP),
        (jump_equal, 0, 2, socket),
        (load, 0, 0, 16),  # its first argument: the family
        (jump_equal, 0, 1, _AF_NETLINK),
        (give, 0, 0, _ALLOW),
        (give, 0, 0, _DENY),
    ]
    code = b"".join(struct.pack("<HBBI", *line) for line in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("<H6xQ", len(program), ctypes.addressof(buffer))
    libc = _libc()
    _no_new_privileges(libc)
    return bool(libc.prctl(_SET_SECCOMP, _FILTER_MODE, header, 0, 0) == 0)


def _no_new_privileges(libc: ctypes.CDLL) -> None:
    libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def programs_of_python() -> list[str]:
    """Return what must be executable for joblib's workers: this interpreter, its loader, ``lscpu`` that loky asks."""
    interpreter = os.path.realpath(sys.executable)
    found = [interpreter, "/usr/bin/lscpu", "/bin/lscpu"]
    with contextlib.suppress(OSError), Path(interpreter).open("rb") as file:
        loader = _program_interpreter(file.read(4096))
        if loader:
            found.append(os.path.realpath(loader))
    return found


def _program_interpreter(head: bytes) -> str | None:
    """Return the loader that an ELF program names in its head, or None."""
    start = head.find(b"/ld")
    begin = head.rfind(b"\0", 0, start) + 1 if start >= 0 else -1
    return head[begin : head.find(b"\0", start)].decode("ascii", "replace") if begin > 0 else None
