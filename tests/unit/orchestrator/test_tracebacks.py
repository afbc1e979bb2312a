"""Exceptions become facts in the worker and a readable text in the kernel."""

from __future__ import annotations

import json
import linecache
import pickle
from typing import Any

import pytest

from dpnb.errors import NotebookExecutionError
from dpnb.orchestrator.executable import ExceptionFacts, FrameFacts
from dpnb.orchestrator.tracebacks import format_traceback
from dpnb.orchestrator.worker.failure import describe_exception, type_names


def caught(function) -> BaseException:
    try:
        function()
    except BaseException as error:  # noqa: BLE001 - whatever it raises is the subject
        return error
    raise AssertionError("it did not raise")


def explain(function, **options) -> str:
    facts = describe_exception(caught(function))
    return format_traceback(pickle.loads(pickle.dumps(facts)), **options)


def user_code():
    json.loads("{broken")


def test_only_the_user_s_frames_are_shown():
    text = explain(user_code)
    assert 'json.loads("{broken")' in text
    assert "decoder.py" not in text
    assert text.splitlines()[0] == "Traceback (most recent call last):"
    assert text.splitlines()[-1].startswith("json.decoder.JSONDecodeError: Expecting property name")
    assert "decoder.py" in explain(user_code, users_only=False)


def test_a_cause_is_told_before_what_it_led_to():
    def outer():
        try:
            user_code()
        except ValueError as error:
            raise RuntimeError("겉") from error

    text = explain(outer)
    assert text.index("JSONDecodeError") < text.index("direct cause") < text.index("RuntimeError: 겉")


def test_what_came_and_went_inside_a_library_is_left_out():
    def lookup():
        import pandas as pd

        pd.DataFrame({"a": [1]})["b"]

    text = explain(lookup)
    assert text.count("KeyError: 'b'") == 1
    assert "direct cause" not in text
    assert "direct cause" in explain(lookup, users_only=False)


def test_circles_of_causes_end():
    def circle():
        first, second = ValueError("one"), ValueError("two")
        first.__cause__, second.__cause__ = second, first
        raise first

    assert "ValueError: one" in explain(circle)


def test_an_exception_whose_text_fails_is_still_told():
    class SilentError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def fail():
        raise SilentError

    text = explain(fail)
    assert "SilentError" in text
    assert "raise SilentError" in text


def test_endless_recursion_is_told_in_a_few_lines():
    def deeper():
        deeper()

    text = explain(deeper)
    assert "RecursionError" in text
    assert "more times" in text
    assert len(text.splitlines()) < 40


def test_members_of_a_group_and_notes_are_told():
    def group():
        error = ValueError("inner")
        error.add_note("여기를 보라")
        raise ExceptionGroup("several", [error, TypeError("other")])

    text = explain(group)
    for word in ("several", "ValueError: inner", "여기를 보라", "TypeError: other"):
        assert word in text


def test_lines_that_only_the_kernel_knows_are_found_there():
    name = "/tmp/ipykernel_1/987.py"
    source = "def cell_function():\n    return 1 / 0  # in a cell\n"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    scope: dict[str, Any] = {}
    exec(compile(source, name, "exec"), scope)
    assert "return 1 / 0  # in a cell" in explain(scope["cell_function"])


def test_cells_are_named_as_ipython_names_them(monkeypatch):
    import sys
    from types import SimpleNamespace

    name = "/tmp/ipykernel_1/986.py"
    compiler = SimpleNamespace(format_code_name=lambda file: ("Cell", "In[4]") if file == name else None)
    shell = SimpleNamespace(compile=compiler)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    scope: dict[str, Any] = {}
    exec(compile("def f():\n    return 1 / 0\n", name, "exec"), scope)
    assert "Cell In[4], line 2, in f" in explain(scope["f"])


@pytest.mark.parametrize("error", [SystemExit(2), KeyboardInterrupt(), GeneratorExit()])
def test_exceptions_outside_of_exception_are_told_too(error):
    def fail():
        raise error

    assert type(error).__name__ in explain(fail)


def test_what_another_process_has_raised_is_told_with_the_lines_that_it_knew():
    frame = FrameFacts(
        file="/tmp/1.py",
        line=2,
        name="share",
        end_line=2,
        column=11,
        end_column=16,
        place="Cell 3 of 보고.ipynb",
        source="    return 1 / x\n",
    )
    facts = ExceptionFacts(type="ZeroDivisionError", message="no", text=("ZeroDivisionError: no\n",), frames=(frame,))
    error = NotebookExecutionError("보고.ipynb", cell=3, error="ZeroDivisionError", traceback="")
    error.told, error.told_types = (facts,), ("builtins.ZeroDivisionError",)
    assert type_names(error) == ("builtins.ZeroDivisionError",)
    told = format_traceback(describe_exception(pickle.loads(pickle.dumps(error)))).splitlines()
    assert [line.replace("~~^~~", "^^^^^") for line in told] == [  # some versions of Python mark the operator
        "Traceback (most recent call last):",
        "  Cell 3 of 보고.ipynb, line 2, in share",
        "    return 1 / x",
        "           ^^^^^",
        "ZeroDivisionError: no",
    ]
