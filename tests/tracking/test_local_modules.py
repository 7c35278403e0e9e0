from __future__ import annotations

import gc
import sys
from types import ModuleType

import pytest

from nbmlops.capture.slicing.before import ids_of
from nbmlops.tracking.collection import no_collection
from nbmlops.tracking.local_modules import LocalModules


def test_modules_and_names_may_come_from_other_threads_while_they_are_listed() -> None:
    namespace: dict[str, object] = {f"name_{number}": object() for number in range(1000)}
    arrived: list[str] = []

    def arrive(phase: str, info: dict[str, int]) -> None:
        if phase == "stop" or len(arrived) >= 200:  # each arrival makes objects, which bring the next collection
            return
        name = f"arrived_{len(arrived)}"
        arrived.append(name)
        sys.modules[name] = ModuleType(name)
        namespace[name] = None

    kept = gc.get_threshold()
    modules = LocalModules(namespace)
    gc.callbacks.append(arrive)
    gc.set_threshold(1)  # a collection lets other threads run: here in the middle of every loop that makes objects
    try:
        modules.files()
        ids = ids_of(namespace)
    finally:
        gc.set_threshold(*kept)
        gc.callbacks.remove(arrive)
        for name in arrived:
            del sys.modules[name]
    assert arrived
    assert ids["name_7"] == id(namespace["name_7"])


def test_collection_is_put_off_and_never_left_off() -> None:
    @no_collection()
    def fails() -> None:
        assert not gc.isenabled()
        raise KeyError

    assert gc.isenabled()
    with pytest.raises(KeyError):
        fails()
    assert gc.isenabled()
    gc.disable()
    try:
        with no_collection():
            pass
        assert not gc.isenabled()  # who has switched it off wants it so
    finally:
        gc.enable()
