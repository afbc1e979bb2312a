from __future__ import annotations

from dpnb.planner import DAGBuilder, Source
from dpnb.planner.run_params import unused_params, with_params


def test_parameters_that_nobody_takes_are_named_with_the_closest(define, registry):
    define("flights", "year=2013, month=1")
    nodes = list(DAGBuilder(registry).build().nodes.values())
    assert unused_params(nodes, {"year": 1}) == []
    assert unused_params(nodes, {}) == []
    close, far = unused_params(nodes, {"yaer": 1, "zzz": 2})
    assert close == "Run parameter 'yaer' is taken by no selected task; did you mean 'year'?"
    assert far == "Run parameter 'zzz' is taken by no selected task; they take 'month', 'year'."


def test_tasks_without_parameters_say_so(define, registry):
    define("flights")
    [text] = unused_params(DAGBuilder(registry).build().nodes.values(), {"year": 1})
    assert text.endswith("they take none.")


def test_a_default_gives_way_to_a_run_parameter(define, registry):
    define("flights", "year=2013, month=1")
    node = DAGBuilder(registry).build().nodes["flights"]
    assert [b.source for b in with_params(node, {"year"}).bindings] == [Source.PARAM, Source.DEFAULT]
    assert with_params(node, {"other"}) is node
