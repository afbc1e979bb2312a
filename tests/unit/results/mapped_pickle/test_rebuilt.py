"""What cells define besides functions and classes is made anew in another process, from what it is made of."""

from __future__ import annotations

import functools
import os
import pickle
import subprocess
import sys
import typing
from types import SimpleNamespace

import numpy as np
import pytest

from dpnb.orchestrator.pool.by_value import dumps_by_value
from dpnb.orchestrator.transport import pack
from dpnb.results.aside import Aside
from dpnb.results.mapped_pickle import PickleWriter, references
from dpnb.results.mapped_pickle.pickler import make_pickler

CELL = """
import contextvars, functools, struct, types, typing
from dataclasses import dataclass
import numpy as np

type 돈 = float
type Pair[T] = tuple[T, T]
type Tree = dict[str, Tree] | int
type Some[K: (int, str), B: Row, *Ts, **P] = typing.Callable[P, tuple[K, B, *Ts]]
type Late = Missing
Named = typing.TypeAliasType("no name", list[int])
Id = typing.NewType("Id", int)
@dataclass
class Row:
    price: 돈
    both: Pair[int] = (1, 2)
    kids: Tree = 0
    id: Id = Id(3)
RowId = typing.NewType("RowId", Row)
@functools.singledispatch
def show(x):
    "Show."
    return "any"
show.limit = 7
@show.register
def _(x: int): return "int"
@show.register
def _(x: list): return [show(item) for item in x]
@show.register
def _(x: Row): return "row"
class Shower:
    @functools.singledispatchmethod
    def show(self, x): return "any"
    @show.register
    def _(self, x: int): return type(self)
    @functools.lru_cache(maxsize=3)
    def kept(self, x): return x
class Boxed[T, *Ts, **P]:
    inner: T
plus = np.frompyfunc(lambda one, other: one + other, 2, 1)
minus = np.frompyfunc(lambda one, other: one - other, 2, 1, identity=5)
packed = struct.Struct("<i")
level = contextvars.ContextVar("level", default=7)
unset = contextvars.ContextVar("unset")
fixed = types.MappingProxyType({"a": 1})
"""


def write_result(path, value) -> None:
    fd = os.open(path, os.O_RDWR | os.O_CREAT)
    with Aside() as aside:
        target = PickleWriter(fd, aside)
        make_pickler(value, target).dump(value)
        target.contents()
        target.finish(b"")
    os.close(fd)


@pytest.fixture
def cell():
    namespace: dict[str, typing.Any] = {"__name__": "__main__"}
    exec(CELL, namespace)
    return SimpleNamespace(**namespace)


@pytest.fixture(params=[lambda value: pack(value).blob, dumps_by_value], ids=["function", "parameter"])
def travel(request):
    def there(value):
        return pickle.loads(request.param(value))

    return there


def test_an_alias_keeps_its_name_and_what_it_stands_for(cell, travel):
    found = travel(cell.돈)
    assert found is not cell.돈
    assert (found.__name__, found.__value__, found.__module__) == ("돈", float, "__main__")
    assert travel(cell.Named).__value__ == list[int]


def test_an_alias_with_variables_stands_for_something_of_the_same_variables(cell, travel):
    found = travel(cell.Pair)
    assert found.__value__.__args__ == found.__type_params__ * 2
    assert str(found[int]) == "Pair[int]"
    kind, row, *rest = travel(cell.Some).__type_params__
    assert kind.__constraints__ == (int, str)
    assert row.__bound__.__name__ == "Row"
    assert list(map(str, rest)) == ["Ts", "P"]


def test_an_alias_may_name_itself(cell, travel):
    found = travel(cell.Tree)
    assert found.__value__.__args__[0].__args__ == (str, found)


def test_an_alias_of_nothing_says_so_when_it_is_asked(cell, travel):
    with pytest.raises(NameError, match="Missing"):
        _ = travel(cell.Late).__value__


def test_a_new_type_keeps_what_it_is_of(cell, travel):
    found = travel(cell.RowId)
    assert (found.__name__, found.__module__, found.__supertype__.__name__) == ("RowId", "__main__", "Row")
    assert travel([cell.Id, cell.Id])[0](3) == 3


def test_what_can_be_imported_is_named_only(travel):
    assert travel(np.add) is np.add
    assert travel(typing.AnyStr) is typing.AnyStr
    assert travel(references._noted) is references._noted


def test_a_dispatcher_knows_its_implementations_and_itself(cell, travel):
    show, row = travel((cell.show, cell.Row))
    assert show([1, "a", row(1.0)]) == ["int", "any", "row"]
    assert (show.__name__, show.__doc__, show.limit) == ("show", "Show.", 7)
    show.register(float, lambda _: "float")
    assert (show(0.5), cell.show(0.5)) == ("float", "any")


def test_a_dispatching_method_belongs_to_its_class(cell, travel):
    shower = travel(cell.Shower)
    assert (shower().show(1), shower().show("a")) == (shower, "any")
    assert shower.kept.cache_parameters() == {"maxsize": 3, "typed": False}


def test_functions_of_many_numbers_are_made_of_their_functions(cell, travel):
    plus, minus = travel((cell.plus, cell.minus))
    assert plus.reduce(np.arange(4)) == 6
    assert (minus.nin, minus.nout, minus.identity) == (2, 1, 5)


def test_plain_things_that_pickle_refuses_are_made_anew(cell, travel):
    packed, level, unset, fixed = travel((cell.packed, cell.level, cell.unset, cell.fixed))
    assert packed.pack(1) == cell.packed.pack(1)
    assert (level.get(), level.name, dict(fixed)) == (7, "level", {"a": 1})
    with pytest.raises(LookupError):
        unset.get()


def test_a_generic_class_keeps_its_variables(cell, travel):
    boxed = travel(cell.Boxed)
    assert [one.__name__ for one in boxed.__orig_bases__[0].__parameters__] == ["T", "Ts", "P"]


def test_results_of_such_classes_are_read_without_dpnb(cell, tmp_path):
    path = tmp_path / "result.pkl"
    held = [cell.Row(1.0), cell.Shower(), cell.Boxed(), cell.show, cell.plus]
    write_result(path, held)
    code = (
        "import pickle, sys; row, shower, boxed, show, plus = pickle.load(open(sys.argv[1], 'rb'))\n"
        "print(row.price, shower.show('a'), shower.kept(2), show([1, row]), plus(1, 2), row.__annotations__['kids'])\n"
        "assert not any(name.startswith('dpnb') for name in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=False)
    assert ran.stdout.split("\n")[0] == "1.0 any 2 ['int', 'row'] 3 Tree", ran.stderr


def test_a_dispatcher_of_a_module_is_imported(travel):
    assert travel(_shown) is _shown


@functools.singledispatch
def _shown(_):
    return "any"
