from __future__ import annotations

from importlib import import_module

import pytest
from rich.console import Console

from dpnb import InlineExecutor, Orchestrator, TaskRegistry, Workspace, task
from dpnb.notebook.terminal import SHOWN, coloured, show
from dpnb.planner import DAGBuilder, Planner


@pytest.fixture
def run(tmp_path):
    registry = TaskRegistry()

    @task(registry=registry)
    def 적재() -> list[int]:
        return [1]

    @task(registry=registry, name="[red]broken[/red]")
    def broken(적재: list[int]) -> int:
        return 적재[1]

    orchestrator = Orchestrator(executor=InlineExecutor(), workspace=Workspace(tmp_path / ".dpnb", registry=registry))
    return orchestrator.start_pipeline(Planner(DAGBuilder(registry)).create_execution_plan())


def styles_of(text, word: str) -> set[str]:
    """Return the styles that lie on the first place of a word."""
    at = text.plain.index(word)
    return {str(span.style) for span in text.spans if span.start <= at < span.end}


@pytest.mark.parametrize(("module", "name"), SHOWN)
def test_what_is_shown_exists_and_has_a_plain_text(module, name):
    assert hasattr(getattr(import_module(module), name), "_repr_mimebundle_")


def test_the_text_is_that_of_a_notebook_and_states_have_colours(run):
    plain = run._repr_mimebundle_()["text/plain"]
    text = coloured(plain)
    assert text.plain == plain
    assert "bold" in styles_of(text, f"Run {run.run_id}")
    assert "green" in styles_of(text, "✓ 적재")
    assert "green" in styles_of(text, "succeeded · ")
    assert "bold red" in styles_of(text, "✕ [red]broken[/red]")


def test_a_word_at_the_end_of_a_line_has_its_colour():
    assert "yellow" in styles_of(coloured("Plan\n\n0  ◐ flights  stale\n1  x"), "stale")


def test_no_colours_reach_a_file(run, capsys):
    show(run)
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert printed.strip() == run._repr_mimebundle_()["text/plain"].strip()


def test_a_terminal_gets_them(run):
    console = Console(force_terminal=True, color_system="standard", width=60)
    with console.capture() as captured:
        console.print(coloured(run._repr_mimebundle_()["text/plain"]))
    assert "\x1b[32m✓" in captured.get()
