"""Edits of classes that a task uses: methods, attributes, bases, and what is made of them."""

from __future__ import annotations

from tests.edits.edit import Edit

USE = "@task\ndef out_0(): return Cleaner_0().clean()"
CLASS = "class `Cleaner_0` changed"


def method(
    name: str,
    body: str,
    edited: str,
    *,
    why: str = "method `Cleaner_0.clean` changed",
    call: str = "Cleaner_0().clean()",
) -> Edit:
    """Return the row of a class whose body is edited; the task gives 4 before, and 5 after."""
    return Edit(
        name=name,
        cells=(f"class Cleaner_0:\n{body}", f"@task\ndef out_0(): return {call}"),
        edits={0: f"class Cleaner_0:\n{edited}"},
        gives=(4, 5),
        why=why,
    )


def using_helper(name: str, cls: str, call: str) -> Edit:
    """Return the row of a helper that a class calls, which is not executed again."""
    return Edit(
        name=name,
        cells=("def clean_0(x): return x + 1", cls, f"@task\ndef out_0(): return {call}"),
        edits={0: "def clean_0(x): return x + 2"},
        gives=(4, 5),
        why="helper `clean_0` changed",
    )


METHODS = (
    method("method", " def clean(self): return 4", " def clean(self): return 5"),
    method(
        "method that another method calls",
        " def clean(self): return self.inner()\n def inner(self): return 4",
        " def clean(self): return self.inner()\n def inner(self): return 5",
        why="method `Cleaner_0.inner` changed",
    ),
    method(
        "property",
        " @property\n def clean(self): return 4",
        " @property\n def clean(self): return 5",
        call="Cleaner_0().clean",
    ),
    method(
        "class method",
        " @classmethod\n def clean(cls): return 4",
        " @classmethod\n def clean(cls): return 5",
        call="Cleaner_0.clean()",
    ),
    method(
        "static method",
        " @staticmethod\n def clean(): return 4",
        " @staticmethod\n def clean(): return 5",
        call="Cleaner_0.clean()",
    ),
    method(
        "cached property",
        " import functools\n @functools.cached_property\n def clean(self): return 4",
        " import functools\n @functools.cached_property\n def clean(self): return 5",
        call="Cleaner_0().clean",
    ),
    method(
        "operator that a class defines",
        " def __len__(self): return 4",
        " def __len__(self): return 5",
        call="len(Cleaner_0())",
        why="method `Cleaner_0.__len__` changed",
    ),
    method(
        "constructor",
        " def __init__(self): self.x = 4\n def clean(self): return self.x",
        " def __init__(self): self.x = 5\n def clean(self): return self.x",
        why="method `Cleaner_0.__init__` changed",
    ),
    method("attribute of a class", " clean = 4", " clean = 5", why=CLASS, call="Cleaner_0.clean"),
    method(
        "attribute of a class in a method",
        " x = 4\n def clean(self): return self.x",
        " x = 5\n def clean(self): return self.x",
        why=CLASS,
    ),
    method(
        "nested class",
        " class Inner:\n  x = 4",
        " class Inner:\n  x = 5",
        why="class `Cleaner_0.Inner` changed",
        call="Cleaner_0.Inner.x",
    ),
)

HELPED = (
    using_helper("helper of a method", "class Cleaner_0:\n def clean(self): return clean_0(3)", "Cleaner_0().clean()"),
    using_helper(
        "helper of a property",
        "class Cleaner_0:\n @property\n def clean(self): return clean_0(3)",
        "Cleaner_0().clean",
    ),
    using_helper(
        "helper of a class method",
        "class Cleaner_0:\n @classmethod\n def clean(cls): return clean_0(3)",
        "Cleaner_0.clean()",
    ),
    using_helper(
        "helper of a static method",
        "class Cleaner_0:\n @staticmethod\n def clean(): return clean_0(3)",
        "Cleaner_0.clean()",
    ),
    using_helper(
        "helper of a method of a base class",
        "class Base_0:\n def clean(self): return clean_0(3)\nclass Cleaner_0(Base_0): pass",
        "Cleaner_0().clean()",
    ),
    using_helper(
        "helper of a metaclass",
        "class Meta_0(type):\n def clean(cls): return clean_0(3)\nclass Cleaner_0(metaclass=Meta_0): pass",
        "Cleaner_0.clean()",
    ),
    using_helper(
        "helper of an object's method, the object being a constant",
        "class Cleaner_0:\n def clean(self): return clean_0(3)\nCLEANER_0 = Cleaner_0()",
        "CLEANER_0.clean()",
    ),
    using_helper(
        "helper of a bound method that is a constant",
        "class Cleaner_0:\n def clean(self): return clean_0(3)\nSTEP_0 = Cleaner_0().clean",
        "STEP_0()",
    ),
    using_helper(
        "helper of an object that can be called",
        "class Cleaner_0:\n def __call__(self): return clean_0(3)\nCLEANER_0 = Cleaner_0()",
        "CLEANER_0()",
    ),
)

KINDS = (
    Edit(
        name="base class",
        cells=("class Base_0:\n def clean(self): return 4", "class Cleaner_0(Base_0): pass", USE),
        edits={0: "class Base_0:\n def clean(self): return 5", 1: None},
        gives=(4, 5),
        why="method `Base_0.clean` changed",
        in_order=True,
    ),
    Edit(
        name="another base class",
        cells=(
            "class One_0:\n def clean(self): return 4\nclass Two_0:\n def clean(self): return 5",
            "class Cleaner_0(One_0): pass",
            USE,
        ),
        edits={1: "class Cleaner_0(Two_0): pass"},
        gives=(4, 5),
        why="class `Two_0` added",
        in_order=True,
    ),
    Edit(
        name="order of base classes",
        cells=(
            "class One_0: x = 4\nclass Two_0: x = 5",
            "class Cleaner_0(One_0, Two_0):\n def clean(self): return self.x",
            USE,
        ),
        edits={1: "class Cleaner_0(Two_0, One_0):\n def clean(self): return self.x"},
        gives=(4, 5),
        why="changed",
        in_order=True,
    ),
    Edit(
        name="default of a dataclass's field",
        cells=(
            "from dataclasses import dataclass\n@dataclass\nclass Cleaner_0:\n x: int = 4",
            "@task\ndef out_0(): return Cleaner_0().x",
        ),
        edits={0: "from dataclasses import dataclass\n@dataclass\nclass Cleaner_0:\n x: int = 5"},
        gives=(4, 5),
        why=CLASS,
    ),
    Edit(
        name="new field of a dataclass",
        cells=(
            "from dataclasses import dataclass\n@dataclass\nclass Cleaner_0:\n x: int = 4",
            "@task\ndef out_0(): return repr(Cleaner_0())",
        ),
        edits={0: "from dataclasses import dataclass\n@dataclass\nclass Cleaner_0:\n x: int = 4\n y: int = 5"},
        gives=("Cleaner_0(x=4)", "Cleaner_0(x=4, y=5)"),
        why=CLASS,
    ),
    Edit(
        name="dataclass's object",
        cells=(
            "from dataclasses import dataclass\n@dataclass\nclass Cleaner_0:\n x: int",
            "CLEANER_0 = Cleaner_0(4)",
            "@task\ndef out_0(): return CLEANER_0.x",
        ),
        edits={1: "CLEANER_0 = Cleaner_0(5)"},
        gives=(4, 5),
        why="changed",
        in_order=True,
    ),
    Edit(
        name="attribute of an object, set by another cell",
        cells=(
            "class Cleaner_0: pass\nCLEANER_0 = Cleaner_0()\nCLEANER_0.x = 4",
            "@task\ndef out_0(): return CLEANER_0.x",
        ),
        edits={2: "CLEANER_0.x = 5"},
        gives=(4, 5),
        why="changed",
        in_order=True,
    ),
    Edit(
        name="method that another cell puts into a class",
        cells=("class Cleaner_0:\n def clean(self): return 4", USE),
        edits={2: "Cleaner_0.clean = lambda self: 5"},
        gives=(4, 5),
        why="changed",
        in_order=True,
    ),
    Edit(
        name="member of an enum",
        cells=("from enum import Enum\nclass Kind_0(Enum):\n A = 4", "@task\ndef out_0(): return Kind_0.A.value"),
        edits={0: "from enum import Enum\nclass Kind_0(Enum):\n A = 5"},
        gives=(4, 5),
        why="class `Kind_0` changed",
    ),
    Edit(
        name="enum's member as a constant",
        cells=(
            "from enum import Enum\nclass Kind_0(Enum):\n A = 4\n B = 5",
            "KIND_0 = Kind_0.A",
            "@task\ndef out_0(): return KIND_0.value",
        ),
        edits={1: "KIND_0 = Kind_0.B"},
        gives=(4, 5),
        why="constant `KIND_0` changed",
        in_order=True,
    ),
    Edit(
        name="default of a named tuple",
        cells=(
            "from typing import NamedTuple\nclass Row_0(NamedTuple):\n x: int = 4",
            "@task\ndef out_0(): return Row_0().x",
        ),
        edits={0: "from typing import NamedTuple\nclass Row_0(NamedTuple):\n x: int = 5"},
        gives=(4, 5),
        why="class `Row_0` changed",
    ),
    Edit(
        name="decorator of a class",
        cells=(
            "def more_0(cls):\n cls.x = 4\n return cls",
            "@more_0\nclass Cleaner_0:\n def clean(self): return self.x",
            USE,
        ),
        edits={0: "def more_0(cls):\n cls.x = 5\n return cls", 1: None},
        gives=(4, 5),
        why=CLASS,
        in_order=True,
    ),
)


def framework(name: str, body: str, edited: str, *, why: str = CLASS, call: str = "Cleaner_0().x") -> Edit:
    """Return the row of a class of attrs, whose body or decorator is edited."""
    return Edit(
        name=name,
        cells=(f"import attrs\n{body}", f"@task\ndef out_0(): return {call}"),
        edits={0: f"import attrs\n{edited}"},
        gives=(4, 5),
        why=why,
    )


FIELD = "@attrs.define\nclass Cleaner_0:\n x = attrs.field({})"
FRAMEWORKS = (
    framework("default of an attrs field", FIELD.format("default=4"), FIELD.format("default=5")),
    framework(
        "factory of an attrs field",
        FIELD.format("factory=lambda: 4"),
        FIELD.format("factory=lambda: 5"),
        why="`.x.default[0]` changed",
    ),
    framework(
        "converter of an attrs field",
        FIELD.format("default=0, converter=lambda x: x + 4"),
        FIELD.format("default=0, converter=lambda x: x + 5"),
        why="`.x.converter` changed",
    ),
    framework(
        "option of an attrs class",
        "@attrs.define(eq=True)\nclass Cleaner_0: pass",
        "@attrs.define(eq=False)\nclass Cleaner_0: pass",
        call="4 if Cleaner_0() == Cleaner_0() else 5",
    ),
)

ROWS = (*METHODS, *HELPED, *KINDS, *FRAMEWORKS)
