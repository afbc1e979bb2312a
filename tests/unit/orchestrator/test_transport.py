"""What cannot travel is named before anything starts."""

from __future__ import annotations

import pickle
import threading

import pandas as pd
import pytest

from dpnb.errors import TransportError
from dpnb.orchestrator.transport import pack_functions, pack_params
from dpnb.registry import describe_task

LOCK = threading.Lock()
LIMIT = 1
QUERY = "a > @LIMIT"


def refused(function) -> str:
    with pytest.raises(TransportError) as caught:
        pack_functions([describe_task(function)])
    return caught.value.path


def test_functions_travel_by_value_with_what_they_reach():
    factor = 3

    def helper(x: int) -> int:
        return x * factor

    def tripled(x: int) -> int:
        return helper(x)

    packed = pack_functions([describe_task(tripled)])["tripled"]
    assert pickle.loads(packed.blob)(14) == 42


def test_globals_that_only_texts_name_travel_too():
    def asked() -> int:
        return len(pd.DataFrame({"a": [1, 2]}).query(QUERY)) + len(pd.DataFrame({"a": [1, 2]}).query("a == @LIMIT"))

    packed = pack_functions([describe_task(asked)])["asked"]
    assert pickle.loads(packed.blob)() == 2


def test_one_function_of_several_tasks_is_packed_once():
    def same() -> int:
        return 1

    packed = pack_functions([describe_task(same, name="a"), describe_task(same, name="b")])
    assert packed["a"] is packed["b"]


def test_the_path_leads_into_containers():
    held = {"deep": [1, threading.Lock()]}

    def uses() -> int:
        return len(held)

    assert refused(uses) == "held['deep'][1] (lock)"


def test_the_path_leads_into_attributes_and_defaults():
    class Client:
        def __init__(self) -> None:
            self.connection = threading.Lock()

    def uses(client=Client()) -> None:  # noqa: B008 - the point of the test
        ...

    assert refused(uses) == "client (default).connection (lock)"


def test_the_path_leads_through_helpers():
    lock = threading.Lock()

    def helper():
        return lock

    def uses() -> object:
        return helper()

    assert refused(uses) == "helper → lock (lock)"


def test_run_parameters_are_looked_into():
    pack_params({"year": 2013, "names": ["a"]})
    with pytest.raises(TransportError, match=r"run parameter 'client'.*params\['client'\]\[0\]"):
        pack_params({"client": [LOCK]})


def test_functions_keep_the_names_of_their_files_on_the_way():
    def outer() -> str:
        def inner() -> str:
            return inner.__code__.co_filename

        return inner()

    packed = pack_functions([describe_task(outer)])["outer"]
    assert pickle.loads(packed.blob)() == __file__
    assert pack_functions([describe_task(outer)])["outer"] == packed
