"""What the names that a function reads lead to: helpers, constants, modules, packages."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import inspect
import sys
from contextlib import suppress
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from dpnb.registry.fingerprint.code_readers import ASPECTS, aspect_read_by, aspect_read_from, held_reader
from dpnb.registry.fingerprint.owners import Owner
from dpnb.registry.fingerprint.units import Edge, Kind, Target, package_target
from dpnb.registry.fingerprint.uses import Use, mentions
from dpnb.registry.type_names import type_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dpnb.registry.fingerprint.code_readers import Aspect
    from dpnb.registry.fingerprint.owners import Ownership

DYNAMIC: dict[int, str] = {
    id(eval): "text run as code",
    id(exec): "text run as code",
    id(globals): "any name at all",
    id(__import__): "any module at all",
    id(importlib.import_module): "any module at all",
    id(sys.modules): "any module at all",
}
_LOOKED_AT = ("builtins", "importlib", "inspect", "pydoc", "sys", "typing")  # where functions import from them
READ_OF_CODE = frozenset(("__doc__", "__annotations__", "__globals__"))  # of functions and classes
_NOTHING = object()
_OF_SHELLS = frozenset(("In", "Out", "exit", "quit", "open", "get_ipython"))  # in a notebook's namespace
OF_MODULES = frozenset(  # they tell where code stands, which does not count
    (
        *("__name__", "__file__", "__doc__", "__package__", "__loader__", "__spec__", "__path__", "__cached__"),
        *("__builtins__", "__builtin__", "__debug__", "__annotations__", "__session__", "__vsc_ipynb_file__"),
    )
)


class _Spot(NamedTuple):
    """A value that was reached, under which name of which module."""

    value: Any
    name: str
    module: str


class Reach:
    """Follows the uses of one function; `edges`, `facts`, `untracked` and `names` fill up meanwhile.

    `facts` are what names stand for that is no edge: modules of the standard library, and names that nothing has.
    `names` are those that were looked up in modules of the user's: (module, name). `aspects` are what is read of
    functions, whichever these may be; `told` are lines for a reader, of what is read of known ones.

    Parameters
    ----------
    owners
        Tells whose code a module or a function is.
    namespace
        The function's globals.
    """

    def __init__(self, owners: Ownership, namespace: Mapping[str, Any]) -> None:
        self._owners = owners
        self._namespace = namespace
        self._module = str(namespace.get("__name__", ""))
        self.edges: list[Edge] = []
        self.facts: list[str] = []
        self.told: list[str] = []
        self.untracked: list[tuple[str, str]] = []
        self.names: list[tuple[str, str]] = []
        self.aspects: set[Aspect] = set()

    def follow(self, uses: Iterable[Use]) -> None:
        """Look the uses up, in their order."""
        for use in uses:
            if use.origin == "aspect":
                self.aspects.add(cast("Aspect", use.name))
            elif use.origin == "import":
                self._follow_import(use)
            elif use.origin != "closure" and use.name in self._namespace:
                self._follow_global(use)
            elif use.origin == "global":
                self._follow_builtin(use)

    def follow_module(self, module: ModuleType, chains: Iterable[tuple[str, ...]]) -> None:
        """Look up what is taken of a module that the function has from elsewhere."""
        for chain in chains:
            self._walk(_Spot(module, module.__name__, module.__name__), chain)

    def take_all(self) -> None:
        """Note all that the namespace holds, as if each name were used."""
        is_notebook = self._module == "__main__"
        for name, value in sorted(self._namespace.items()):
            if name not in OF_MODULES and not (is_notebook and (name[:1] == "_" or name in _OF_SHELLS)):
                self._note(_Spot(value, name, self._module), name)

    def _follow_global(self, use: Use) -> None:
        if use.name == "__doc__" and self._module != "__main__":
            self._note_doc("__doc__", self._namespace["__doc__"])
        elif use.name in OF_MODULES or (use.name in ("In", "Out") and self._module == "__main__"):
            pass
        elif use.name == "get_ipython":
            self.untracked.append((use.name, "commands of IPython (% and !), which do anything"))
        else:
            self._walk(_Spot(self._namespace[use.name], use.name, self._module), use.chain)

    def _follow_builtin(self, use: Use) -> None:
        value = getattr(builtins, use.name, _NOTHING)
        if value is _NOTHING:
            self.facts.append(f"{use.name} is nowhere")
        elif id(value) in DYNAMIC:
            self.untracked.append((use.name, DYNAMIC[id(value)]))

    def _follow_import(self, use: Use) -> None:
        name = self._absolute(use)
        top = name.partition(".")[0]
        owner = self._owner_unloaded(top)
        if owner is Owner.INSTALLED:
            self.edges.append(Edge(top, package_target(top)))
            self._read(aspect_read_from(top, use.chain))
        elif owner is Owner.USER or name in _LOOKED_AT:
            module = self._imported(name)
            if module is not None:
                bound = sys.modules.get(top, module) if use.binds_top else module
                self._walk(_Spot(bound, bound.__name__, bound.__name__), use.chain)

    def _absolute(self, use: Use) -> str:
        if not use.level:
            return use.name
        package = str(self._namespace.get("__package__") or self._module)
        base = package.rsplit(".", use.level - 1)[0]
        return f"{base}.{use.name}" if use.name else base

    def _owner_unloaded(self, top: str) -> Owner:
        """Return the owner of a top-level module without importing it."""
        if top in sys.stdlib_module_names:
            return Owner.STANDARD
        if top in sys.modules:
            return self._owners.of_module(top)
        try:
            found = importlib.util.find_spec(top)
        except (ImportError, ValueError):
            found = None
        places = [] if found is None else [found.origin, *(found.submodule_search_locations or ())]
        file = next((place for place in places if place), None)
        return Owner.USER if file is None else self._owners.of_file(file)

    def _imported(self, name: str) -> ModuleType | None:
        """Import a module of the user's own, as the function would."""
        if name in sys.modules:
            return sys.modules[name]
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError:
            self.facts.append(f"module {name} is nowhere")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the user's own module may do anything
            self.untracked.append((name, f"a module whose import raises {type(error).__name__}"))
        return None

    def _walk(self, spot: _Spot, chain: Iterable[str]) -> None:
        """Go down a chain of attributes as far as they lie open, and note what is there."""
        use, left = spot.name, list(chain)
        while left:
            further = self._attribute(spot, left[0])
            if further is None:
                self._read_further(spot, left)
                break
            attribute = left.pop(0)
            spot, use = further, f"{use}.{attribute}"
        if spot.value is not _NOTHING:
            self._note(spot, use)

    def _read_further(self, spot: _Spot, chain: list[str]) -> None:
        """Note what is read of that which does not lie open, as of a method: ``Model.fit.__doc__``."""
        is_noted = chain[0] in READ_OF_CODE and isinstance(spot.value, FunctionType | type)
        if not is_noted and self._owner_of(spot.value) is Owner.USER:
            for attribute in chain:
                self._read(ASPECTS.get(attribute))

    def _owner_of(self, value: Any) -> Owner:
        if isinstance(value, ModuleType):
            return self._owners.of_module(value.__name__)
        return self._owners.of_module(
            value.__module__ if isinstance(value, FunctionType | type) else type(value).__module__
        )

    def _read(self, aspect: Aspect | None) -> None:
        if aspect is not None:
            self.aspects.add(aspect)

    def _attribute(self, spot: _Spot, attribute: str) -> _Spot | None:
        value = spot.value
        if isinstance(value, ModuleType):
            if self._owners.of_module(value.__name__) is Owner.USER:
                return None if attribute == "__dict__" else self._in_module(value, attribute)
            if (reader := held_reader(value, attribute)) is not None:
                return _Spot(reader, attribute, value.__name__)
            held = vars(value).get(attribute)
            return _Spot(held, attribute, value.__name__) if id(held) in DYNAMIC else None
        if attribute[0] == "[":
            key = attribute[2:-2]
            held = value.get(key, _NOTHING) if type(value) is dict else _NOTHING
            return None if held is _NOTHING else _Spot(held, f"{spot.name}{attribute}", spot.module)
        if attribute in READ_OF_CODE and isinstance(value, FunctionType | type):
            self._note_read_of_code(spot, attribute)
        if not _lies_open(value, attribute):
            return None
        return _Spot(vars(value)[attribute], f"{spot.name}.{attribute}", spot.module)

    def _note_read_of_code(self, spot: _Spot, attribute: str) -> None:
        """Note what code asks of other code that does not count otherwise."""
        if attribute == "__globals__":
            self.untracked.append((f"{spot.name}.__globals__", "any name at all"))
        elif attribute == "__doc__":
            self._note_doc(f"{spot.name}.__doc__", spot.value.__doc__)
        else:
            with suppress(Exception):  # they may name anything, from Python 3.14 on only when they are asked for
                hints = inspect.get_annotations(spot.value)
                told = {name: type_text(hint, qualified=True) for name, hint in hints.items()}
                self.facts.append(f"{spot.name}.__annotations__ is {told!a}")
                self.told.append(f"# read {spot.name}.__annotations__ = {told}")

    def _note_doc(self, name: str, doc: Any) -> None:
        self.facts.append(f"{name} is {doc!a}")
        self.told.append(f"# read {name} = {doc!r}")

    def _in_module(self, module: ModuleType, attribute: str) -> _Spot:
        held = vars(module)
        full_name = f"{module.__name__}.{attribute}"
        if attribute in OF_MODULES:
            if attribute == "__doc__":
                self._note_doc(full_name, module.__doc__)
            return _Spot(_NOTHING, attribute, module.__name__)
        self.names.append((module.__name__, attribute))
        if attribute in held:
            return _Spot(held[attribute], attribute, module.__name__)
        if "__getattr__" in held:
            return _Spot(held["__getattr__"], "__getattr__", module.__name__)
        submodule = self._imported(full_name) if "__path__" in held else None
        if submodule is None:
            self.facts.append(f"{full_name} is nowhere")
            return _Spot(_NOTHING, attribute, module.__name__)
        return _Spot(submodule, full_name, full_name)

    def _note(self, spot: _Spot, use: str) -> None:
        value = spot.value
        self._read(aspect_read_by(value))
        if id(value) in DYNAMIC:
            self.untracked.append((use, DYNAMIC[id(value)]))
        elif isinstance(value, ModuleType):
            self._note_foreign(value.__name__, Target(Kind.MODULE, value, value.__name__), use, value.__name__)
        elif isinstance(value, FunctionType) and _is_called(value, spot.name):
            self._note_function(value, use)
        elif isinstance(value, type) and value.__name__ == spot.name:
            target = Target(Kind.CLASS, value, value.__module__)
            self._note_foreign(value.__module__, target, use, value.__qualname__)
        else:
            self.edges.append(Edge(use, Target(Kind.VALUE, value, spot.module, spot.name)))
            if type(value) is str:
                self._follow_mentions(value)

    def _follow_mentions(self, text: str) -> None:
        """Note the globals that a text names, as `DataFrame.query` looks for them."""
        for name in mentions(text):
            if name in self._namespace:
                self._follow_global(Use("mention", name))

    def _note_function(self, value: FunctionType, use: str) -> None:
        target = Target(Kind.FUNCTION, value, value.__module__)
        if value.__closure__ or self._owners.of_function(value) is Owner.USER:
            self.edges.append(Edge(use, target))
        else:
            self._note_foreign(value.__module__, target, use, value.__qualname__)

    def _note_foreign(self, module: str, target: Target, use: str, name: str) -> None:
        """Note what counts by its package or by its name only, or the target itself if it is the user's."""
        owner = self._owners.of_module(module)
        if owner is Owner.USER:
            self.edges.append(Edge(use, target))
            return
        self.facts.append(f"{use} is {name}")
        if owner is Owner.INSTALLED:
            self.edges.append(Edge(use, package_target(module)))


def _is_called(func: FunctionType, name: str) -> bool:
    """Tell whether a function is known by the name it was reached by, or has none that means anything."""
    return func.__name__ in (name, "<lambda>") or "<locals>" in func.__qualname__


def _lies_open(value: Any, attribute: str) -> bool:
    """Tell whether taking an attribute runs no code: it lies in the object's own ``__dict__``, and no class differs.

    What a class computes when it is asked for first, as `functools.cached_property` does, lies open from then on only.
    """
    cls: Any = type(value)
    if isinstance(value, type | FunctionType) or isinstance(cls.__getattribute__, FunctionType):
        return False
    if attribute not in getattr(value, "__dict__", ()):
        return False
    of_class = inspect.getattr_static(cls, attribute, None)
    is_computed = hasattr(type(of_class), "__get__") and not isinstance(of_class, FunctionType)
    return not (is_computed or hasattr(type(of_class), "__set__"))
