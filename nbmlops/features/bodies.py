"""The body of a view as text that stands by itself, so that another process can run it, and its one form for hashing.

A Python body is a function of Ibis tables. What it uses of the notebook (imports, constants, other functions) is
written before it; what cannot be written is refused by name.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
import types
from typing import TYPE_CHECKING, Any

from nbmlops.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nbmlops.features.records import Language

_LITERALS = (bool, int, float, complex, str, bytes, type(None))
_WHOLE = "Write it inside of the function, or as a constant, an import or a function of the notebook."


def language_of(text: str) -> Language:
    """Return which language a body is: Python where it parses as such and defines a function, else SQL.

    Examples
    --------
    >>> language_of("SELECT * FROM weather"), language_of("def warm(weather):\\n    return weather")
    ('sql', 'python')
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return "sql"
    return "python" if any(isinstance(node, ast.FunctionDef) for node in tree.body) else "sql"


def python_body(text: str, name: str, namespace: Mapping[str, Any]) -> tuple[str, str]:
    """Return a cell's Python as text that stands by itself, and the name of its function.

    Parameters
    ----------
    text : str
        The cell's body. The function of the view's ``name`` is meant, else the last one.
    name : str
        The view.
    namespace : mapping
        The names of the notebook, of which the body may use some.
    """
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise InvalidInput(f"the body is no Python: {error}.", "Or is it SQL? Then leave --python out.") from error
    functions = [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    if not functions:
        raise InvalidInput("the body defines no function.", f"def {name}(source): return source.filter(…)")
    function = name if name in functions else functions[-1]
    return _with_what_it_uses(tree, namespace), function


def function_body(function: Callable[..., Any]) -> tuple[str, str]:
    """Return a function as text that stands by itself, and its name.

    Raises
    ------
    InvalidInput
        Its source cannot be read, or it uses what another process cannot know.
    """
    try:
        text = textwrap.dedent(inspect.getsource(function))
        tree = ast.parse(text)
    except (OSError, TypeError, SyntaxError) as error:
        raise InvalidInput(
            f"the source of {getattr(function, '__name__', function)!r} cannot be read.",
            "Define it by def in a cell or a file.",
        ) from error
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef):
        raise InvalidInput("a feature view is a function defined by def.", "Not a lambda, a class or a coroutine.")
    node.decorator_list = []
    # what is said about arguments is for people; the names in it need not be known elsewhere
    for argument in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]:
        argument.annotation = None
    node.returns = None
    closed = dict(inspect.getclosurevars(function).nonlocals)
    return _with_what_it_uses(tree, {**function.__globals__, **closed}), node.name


def parameters(text: str, function: str) -> list[str]:
    """Return the names of a body's sources: the parameters of its function.

    Examples
    --------
    >>> parameters("def warm(weather, airports):\\n    return weather", "warm")
    ['weather', 'airports']
    """
    nodes = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == function]
    arguments = nodes[-1].args
    if arguments.vararg or arguments.kwarg:
        raise InvalidInput(f"{function} takes *args or **kwargs.", "Name each source as a parameter of its own.")
    names = [argument.arg for argument in [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]]
    if not names:
        raise InvalidInput(f"{function} takes no source.", f"def {function}(flights): return flights.filter(…)")
    return names


def compiled(text: str, function: str) -> Callable[..., Any]:
    """Return the function of a body, made from its text alone."""
    namespace: dict[str, Any] = {"__name__": f"nbmlops feature {function}"}
    # the registry's own text, as it was defined in this workspace: what a replay would run too
    exec(compile(text, f"<feature {function}>", "exec"), namespace)  # noqa: S102
    found: Callable[..., Any] = namespace[function]
    return found


def normal_form(language: Language, text: str) -> str:
    """Return a body without what does not matter: white space, comments, the way of quoting.

    Examples
    --------
    >>> normal_form("python", "def f(a):  # all\\n    return   a")
    'def f(a):\\n    return a'
    """
    if language == "python":
        return ast.unparse(ast.parse(text))
    from nbmlops.features.statements import parsed

    return str(parsed(text).sql(dialect="duckdb", comments=False))


def _with_what_it_uses(tree: ast.Module, namespace: Mapping[str, Any]) -> str:
    """Write before a body what it uses of a namespace: imports, constants, functions, each before who uses it."""
    before: dict[str, str] = {}
    bound = _bound(tree)
    waiting = sorted(_read(tree) - bound)
    seen = set(waiting)
    while waiting:
        name = waiting.pop(0)
        if name in namespace:
            before[name], more = _written(name, namespace[name])
            waiting += sorted(more - seen - bound)
            seen |= more
        elif not hasattr(builtins, name):
            raise InvalidInput(f"the body uses {name!r}, which is not defined.", _WHOLE)
    return "\n".join([*reversed(before.values()), ast.unparse(tree)])


def _written(name: str, value: Any) -> tuple[str, set[str]]:
    """Return the statement that gives a name its value elsewhere, and the names which that needs in its turn."""
    if isinstance(value, types.ModuleType):
        text = f"import {value.__name__}" if value.__name__ == name else f"import {value.__name__} as {name}"
        return text, set()
    if _is_literal(value):
        return f"{name} = {value!r}", set()
    module, own = getattr(value, "__module__", None), getattr(value, "__qualname__", "")
    if isinstance(value, types.FunctionType) and (module in (None, "__main__") or module.startswith("nbmlops feature")):
        tree = _source(name, value)
        return ast.unparse(tree), _read(tree) - _bound(tree)
    if module and own.isidentifier() and module not in ("__main__", "builtins"):
        return f"from {module} import {own} as {name}", set()
    # ibis._ and its like: an object that its library holds under the same name
    home = (module or type(value).__module__).partition(".")[0]
    if home == "ibis" and name == "_":
        return "from ibis import _", set()
    raise InvalidInput(f"the body uses {name!r}, a {type(value).__name__} that another process cannot know.", _WHOLE)


def _source(name: str, value: types.FunctionType) -> ast.Module:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(value)))
    except (OSError, TypeError, SyntaxError) as error:
        raise InvalidInput(f"the source of {name!r}, which the body uses, cannot be read.", _WHOLE) from error
    node = tree.body[0]
    if not isinstance(node, ast.FunctionDef) or node.decorator_list or value.__closure__:
        raise InvalidInput(f"{name!r}, which the body uses, is no plain function.", _WHOLE)
    return tree


def _is_literal(value: Any) -> bool:
    if type(value) in _LITERALS:
        return not isinstance(value, float) or value - value == 0
    if type(value) in (list, tuple, set, frozenset):
        return bool(value) and all(_is_literal(item) for item in value)
    if type(value) is dict:
        return all(_is_literal(key) and _is_literal(item) for key, item in value.items())
    return False


def _bound(tree: ast.Module) -> set[str]:
    """Return the names that a body binds at its top."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
        else:
            found |= {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}
    return found


def _read(tree: ast.Module) -> set[str]:
    """Return the global names that a body reads, those inside of its functions too."""
    import symtable

    found: set[str] = set()
    waiting = [symtable.symtable(ast.unparse(tree), "<feature>", "exec")]
    while waiting:
        table = waiting.pop()
        waiting += table.get_children()
        top = table.get_type() == "module"
        found |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (top or symbol.is_global())
        }
    return found
