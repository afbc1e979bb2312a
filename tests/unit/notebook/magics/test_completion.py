from __future__ import annotations

import pytest

from dpnb import task
from dpnb.notebook.magics.completion import offered


@pytest.fixture(autouse=True)
def known(registry):
    def made(): ...

    for name, tags in (("flights", ["etl"]), ("flight plans", []), ("항공편", ["etl", "daily"])):
        task(made, name=name, tags=tags)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("%plan fl", ("flights", '"flight plans"')),
        ("plan = %plan 항", ("항공편",)),
        ("%run_plan --tags e", ("etl",)),
        ("%plan --tags etl,d", ("daily",)),
        ("%plan --exclude fligh", ("flights", '"flight plans"')),
        ("%plan --re", ("--reuse",)),
        ("%runs --status fa", ("failed",)),
        ("%runs --task 항", ("항공편",)),
        ("%%task name=x depends=fl", ("flights", '"flight plans"')),
        ("%%task name=x depends=flights,항", ("항공편",)),
        ("%%task name=x inputs=frame:fli", ("flights", '"flight plans"')),
        ("%%task name=x tags=e", ("etl",)),
        ("%%task name=x dep", ("depends=",)),
        ("%%task name=x cache=n", ("never",)),
        ("%%task name=x fail_safe=f", ("false",)),
        ("%%task name=x max_", ("max_retries=",)),
        ("planner.create_execution_plan(targets=['fl", ("flights", "flight plans")),
        ('planner.create_execution_plan(targets=["flights", "항', ("항공편",)),
        ('@task(dependencies="fl', ("flights", "flight plans")),
        ('@task(tags=["e', ("etl",)),
        ('plan.explain("fl', ("flights", "flight plans")),
    ],
)
def test_what_is_known_is_offered_where_it_is_asked_for(line, words):
    offer = offered(line)
    assert offer is not None
    assert offer.words == words


@pytest.mark.parametrize("line", ["", "plan", "x = 'fl", "%timeit fl", "print('fl", "# %planning fl"])
def test_elsewhere_nothing_is_offered(line):
    assert offered(line) is None


def test_what_was_given_is_not_offered_again():
    offer = offered("%%task name=x tags=etl ")
    assert offer is not None
    assert "tags=" not in offer.words
    assert "depends=" in offer.words


def test_a_value_that_cannot_be_guessed_is_not():
    offer = offered("%runs --since 7")
    assert offer is not None
    assert offer.words == ()
