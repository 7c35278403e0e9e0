"""What a compiled function reads when it is called: globals, attributes and dotted chains, told from its bytecode."""

from __future__ import annotations

import dis
import functools
import sys
from dataclasses import dataclass
from types import CodeType

_SHIFT_ATTRIBUTE = 1 if sys.version_info >= (3, 12) else 0
_GLOBALS = {dis.opmap[name] for name in ("LOAD_GLOBAL",) if name in dis.opmap}
_NAMES = {
    dis.opmap[name]
    for name in ("LOAD_NAME", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_CLASSDEREF")
    if name in dis.opmap and name != "LOAD_CLASSDEREF"
}
_STORES = {dis.opmap[name] for name in ("STORE_GLOBAL", "DELETE_GLOBAL") if name in dis.opmap}
_FAST = {dis.opmap[name] for name in ("LOAD_FAST", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW") if name in dis.opmap}
_ATTRIBUTES = {dis.opmap[name] for name in ("LOAD_ATTR", "LOAD_METHOD") if name in dis.opmap}
_OTHER_ATTRIBUTES = {dis.opmap[name] for name in ("STORE_ATTR", "DELETE_ATTR", "IMPORT_FROM") if name in dis.opmap}
_EXTENDED = dis.opmap["EXTENDED_ARG"]
_IGNORED = {dis.opmap[name] for name in ("CACHE", "PUSH_NULL", "NOP") if name in dis.opmap}


@dataclass(frozen=True)
class CodeFacts:
    """What the code of one function, and of all functions in it, mentions."""

    loads: frozenset[str]
    stores: frozenset[str]
    attributes: frozenset[str]
    chains: tuple[str, ...]
    texts: frozenset[str]


@functools.lru_cache(maxsize=4096)
def facts_of(code: CodeType) -> CodeFacts:
    """Return what a code object mentions.

    Examples
    --------
    >>> found = facts_of((lambda x: np.random.normal(x, scale)).__code__)
    >>> sorted(found.loads), found.chains
    (['np', 'scale'], ('np.random.normal',))
    """
    loads: set[str] = set()
    stores: set[str] = set()
    attributes: set[str] = set()
    chains: list[str] = []
    texts: set[str] = set()
    waiting = [code]
    while waiting:
        one = waiting.pop()
        for constant in one.co_consts:
            if isinstance(constant, CodeType):
                waiting.append(constant)
            elif type(constant) is str and len(constant) < 500:
                texts.add(constant)
        _read(one, loads, stores, attributes, chains)
    return CodeFacts(frozenset(loads), frozenset(stores), frozenset(attributes), tuple(chains), frozenset(texts))


def _read(  # noqa: C901 - one branch a kind of instruction
    code: CodeType, loads: set[str], stores: set[str], attributes: set[str], chains: list[str]
) -> None:
    raw, names, local = code.co_code, code.co_names, code.co_varnames
    extended = 0
    chain: list[str] = []
    for position in range(0, len(raw), 2):
        operation, argument = raw[position], raw[position + 1] | extended
        if operation in _IGNORED:
            continue
        if operation == _EXTENDED:
            extended = argument << 8
            continue
        extended = 0
        if operation in _ATTRIBUTES:
            shift = _SHIFT_ATTRIBUTE if dis.opname[operation] == "LOAD_ATTR" else 0
            name = names[argument >> shift]
            attributes.add(name)
            if chain:
                chain.append(name)
            continue
        if len(chain) > 1:
            chains.append(".".join(chain))
        chain = []
        if operation in _GLOBALS:
            chain = [names[argument >> 1]]
            loads.add(chain[0])
        elif operation in _NAMES:
            chain = [names[argument]]
            loads.add(chain[0])
        elif operation in _STORES:
            stores.add(names[argument])
        elif operation in _FAST and argument < len(local):
            chain = [local[argument]]
        elif operation in _OTHER_ATTRIBUTES:
            attributes.add(names[argument])
    if len(chain) > 1:
        chains.append(".".join(chain))
