from __future__ import annotations

from dpnb.planner import DAGBuilder, Selection


def test_selected_tasks_bring_what_they_need(define, registry):
    define("raw")
    define("clean", "raw")
    define("setup")
    define("report", "clean", tags=["out"])
    define("published", "report", dependencies=["report", "setup"])
    define("unrelated")
    build = DAGBuilder(registry).build
    assert list(build(Selection.of(tags="out"))) == ["clean", "raw", "report"]
    assert list(build(Selection.of(targets="published"))) == ["clean", "published", "raw", "report", "setup"]
    assert len(build()) == 6


def test_a_draft_knows_the_names_that_are_not_in_it(define, registry):
    define("a")
    define("b")
    draft = DAGBuilder(registry).draft(Selection.of(targets="a"), {})
    assert draft.known == {"a", "b"}
    assert list(draft.hints) == list(draft.dag) == ["a"]


def test_dependencies_that_do_not_exist_stay_visible(define, registry):
    define("a", dependencies=["ghost"])
    assert DAGBuilder(registry).build().dangling == (("a", "ghost"),)


def test_each_build_sees_the_registry_as_it_is_then(define, registry):
    builder = DAGBuilder(registry)
    define("a")
    before = builder.build()
    define("b", "a")
    assert (list(before), list(builder.build())) == (["a"], ["a", "b"])
