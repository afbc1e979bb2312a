"""Notebooks as definitions of tasks; none is executed."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_markdown_cell

from dpnb import notebook_task, task
from dpnb.errors import NotebookFormatError, PlanError, TaskDefinitionError
from dpnb.planner import DAGBuilder, Planner, Source
from dpnb.registry.fingerprint import fingerprint
from tests.notebook_files import write_notebook


@pytest.fixture
def path(tmp_path):
    cells = new_markdown_cell("## 지연 보고\nOf all flights."), "import dpnb\ndpnb.inputs['지연']", "dpnb.inputs['a b']"
    return write_notebook(tmp_path / "보고.v2.ipynb", *cells, defaults="top = 3\nday = f()")


def test_it_is_named_after_its_file_and_described_by_its_first_words(path, registry):
    notebook_task(path)
    notebook_task(path, name="another", description="mine", tags="report", timeout=3, reads=path)
    assert registry.names() == ["보고.v2", "another"]
    first, second = registry
    assert (first.description, second.description) == ("지연 보고", "mine")
    assert str(first.location) == f"{path}:1"
    assert (second.tags, second.timeout, second.reads) == (("report",), 3.0, (str(path),))


def test_its_code_says_what_it_depends_on_unless_the_call_does(path, registry):
    @task
    def 지연() -> int:
        return 1

    notebook_task(path)
    notebook_task(path, name="given", dependencies=[지연])
    notebook_task(path, name="alone", dependencies=[])
    assert [one.dependencies for one in registry][1:] == [("지연", "a b"), ("지연",), ()]


def test_it_shows_as_a_notebook_with_the_parameters_that_its_author_knows_of(path, registry):
    @task
    def 지연() -> int:
        return 1

    notebook_task(path, dependencies=[지연])
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    shown = registry._repr_mimebundle_()["text/plain"], str(plan.explain("보고.v2")), plan._repr_mimebundle_()
    assert "notebook" in shown[0]
    assert "지연: Any, top = …" in shown[0]
    assert "dpnb_context" not in str(shown)


def test_other_tasks_may_name_what_stands_for_it(path, registry):
    report = notebook_task(path, dependencies=[])

    @task(dependencies=[report])
    def send() -> None: ...

    assert registry.get("send").dependencies == ("보고.v2",)


def test_each_argument_comes_from_where_one_would_expect_it(path, registry):
    @task
    def 지연() -> int:
        return 1

    @task(name="a b")
    def other() -> dict[str, int]:
        return {}

    notebook_task(path, parameters={"extra": [1]})
    plan = Planner(DAGBuilder(registry)).create_execution_plan(params={"top": 5})
    bindings = {one.parameter: (one.source, one.task) for one in plan.dag.nodes["보고.v2"].bindings}
    assert bindings == {
        "지연": (Source.TASK, "지연"),
        "input_2": (Source.TASK, "a b"),
        "top": (Source.PARAM, None),
        "day": (Source.DEFAULT, None),
        "extra": (Source.DEFAULT, None),
        "dpnb_context": (Source.CONTEXT, None),
    }


def test_a_dependency_that_is_no_task_is_refused_by_the_plan(path, registry):
    notebook_task(path)
    with pytest.raises(PlanError, match="지연"):
        Planner(DAGBuilder(registry)).create_execution_plan()


def test_a_call_that_is_repeated_replaces_the_task_and_says_what_has_changed(path, tmp_path, registry, capsys):
    notebook_task(path)
    notebook_task(path)
    assert capsys.readouterr().out == ""
    notebook_task(path, parameters={"top": 4})
    assert "Task '보고.v2' is replaced, its code changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"stream_output": True}, "has no option 'stream_output'.\nHint: a notebook gives one value"),
        ({"inputs": {"a": "b"}}, r"has no option 'inputs'.\nHint: .*dpnb.inputs\[\"task\"\]"),
        ({"tagz": "x"}, "no option 'tagz'.\nHint: did you mean tags"),
        ({"parameters": {"a b": 1}}, "'a b' can be no parameter"),
        ({"parameters": {"class": 1}}, "'class' can be no parameter"),
        ({"parameters": {"지연": 1}}, r"'지연' is a parameter and a dependency.\nHint: .*dpnb.inputs\['지연'\]"),
        ({"parameters": {"x": object()}}, "'x' cannot be written into a notebook: object"),
        ({"parameters": {"x": [{"y": {1}}]}}, "'x' cannot be written into a notebook: list"),
        ({"timeout": -1}, "timeout must be seconds above 0"),
    ],
)
def test_what_makes_no_sense_is_refused(path, registry, options, said):
    with pytest.raises(TaskDefinitionError, match=said):
        notebook_task(path, **options)
    assert len(registry) == 0


def test_a_notebook_that_is_not_there_is_refused_with_one_that_is_near(path, registry):
    with pytest.raises(TaskDefinitionError, match=r"no such notebook.\nHint: did you mean '보고.v2.ipynb'"):
        notebook_task(path.with_name("보고.v3.ipynb"))
    with pytest.raises(TaskDefinitionError, match="looked for from"):
        notebook_task("nowhere/x.ipynb")


def test_what_is_no_notebook_is_refused(tmp_path, registry):
    (tmp_path / "x.ipynb").write_text("{}")
    (tmp_path / "x.py").write_text("")
    with pytest.raises(NotebookFormatError):
        notebook_task(tmp_path / "x.ipynb")
    with pytest.raises(NotebookFormatError, match="does not end with .ipynb"):
        notebook_task(tmp_path / "x.py")


def test_its_function_is_for_runs(path, registry):
    with pytest.raises(TypeError, match="is executed by a run"):
        notebook_task(path)()


def test_what_counts_are_its_cells_and_its_parameters_under_names_that_a_reader_knows(path, registry):
    parts = fingerprint(notebook_task(path, parameters={"top": 4})).parts
    assert [name.rpartition(" ")[2] for name in parts] == ["`보고_v2`", "`cells_of_보고_v2`"]
    digests = {fingerprint(notebook_task(path, parameters={"top": top})).digest for top in (4, 5)}
    assert len(digests) == 2
