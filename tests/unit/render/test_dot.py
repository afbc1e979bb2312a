from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path

import pytest

from dpnb.render.dot import GraphvizEngine, dot_source, find_dot, graphviz_engines, read_plain
from dpnb.render.engines import lay_out
from dpnb.render.layout import Diagram, Layout, LayoutError, bend, checked

DIAGRAM = Diagram(sizes=((120.0, 50.0), (80.0, 50.0), (80.0, 50.0)), edges=((0, 1), (1, 2), (0, 2)))
PLAIN = """graph 1 5.0 2.0
node n0 0.9 1.0 1.67 0.69 "" solid box black lightgrey
node n1 2.5 1.0 1.11 0.69 "" solid box black lightgrey
node n2 4.2 1.0 1.11 0.69 "" solid box black lightgrey
edge n0 n1 4 1.7 1.0 1.8 1.0 1.8 1.0 1.9 1.0 solid black
edge n1 n2 4 3.0 1.0 3.2 1.0 3.4 1.0 3.6 1.0 solid black
edge n0 n2 7 1.7 1.0 2.0 1.6 2.2 1.8 2.5 1.8 2.8 1.8 3.2 1.5 3.6 1.0 solid black
stop
"""


def fake(folder: Path, body: str) -> GraphvizEngine:
    """A ``dot`` of our own making."""
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "dot"
    (folder / "dot.py").write_text(f"import sys, time, os, signal\n{body}\n")
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} {shlex.quote(f"{program}.py")} "$@"\n')
    program.chmod(0o755)
    return GraphvizEngine(name="fake", command=(str(program), "-Tplain"))


def needs(name: str) -> GraphvizEngine:
    found = [engine for engine in graphviz_engines() if engine.name == name]
    if not found:
        pytest.skip(f"{name} is not installed")
    return found[0]


def test_plain_answers_become_points_from_the_top_left() -> None:
    layout = checked(read_plain(PLAIN, DIAGRAM, engine="dot"), DIAGRAM)
    assert [round(box.x, 1) for box in layout.boxes] == [74.8, 190.0, 312.4]
    assert {round(box.y, 1) for box in layout.boxes} == {82.0}
    assert [(box.width, box.height) for box in layout.boxes] == list(DIAGRAM.sizes)
    assert layout.curves[2][3][1] < 82.0  # upwards in dot is upwards in ours
    assert [len(curve) for curve in layout.curves] == [4, 4, 7]


def test_source_holds_sizes_and_numbers_and_no_text() -> None:
    source = dot_source(DIAGRAM)
    assert "n0 [height=0.6944 width=1.6667]" in source
    assert "n0 -> n2" in source
    assert "rankdir=LR" in source
    assert "splines" not in source


def test_large_diagrams_are_laid_out_quickly() -> None:
    assert "splines=line" in dot_source(Diagram(sizes=((10.0, 10.0),) * 201, edges=()))


@pytest.mark.parametrize("name", ["dot", "pygraphviz"])
@pytest.mark.parametrize("downwards", [False, True])
def test_real_engines_give_sound_layouts(name: str, downwards: bool) -> None:
    diagram = Diagram(sizes=DIAGRAM.sizes, edges=DIAGRAM.edges, downwards=downwards)
    layout = lay_out(diagram, [needs(name)])
    assert layout.engine == name
    along = [box.y if downwards else box.x for box in layout.boxes]
    assert along == sorted(along)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("time.sleep(60)", id="hangs"),
        pytest.param("os.kill(os.getpid(), signal.SIGSEGV)", id="crashes"),
        pytest.param("sys.exit(1)", id="fails"),
        pytest.param("print('Graphviz? Never heard of it.')", id="prints something else"),
        pytest.param("sys.stdout.buffer.write(bytes(range(256)) * 100)", id="prints bytes"),
        pytest.param("pass", id="prints nothing"),
        pytest.param(f"print({PLAIN[:200]!r})", id="stops halfway"),
        pytest.param(f"print({PLAIN.replace('0.9', 'nan')!r})", id="prints nan"),
        pytest.param(f"print({PLAIN.replace('4.2', '9999')!r})", id="places a node outside"),
        pytest.param(f"print({PLAIN.replace('n1 4', 'n1 5')!r})", id="prints half a curve"),
        pytest.param(f"print({PLAIN.replace('n1 4', 'n1 -4')!r})", id="prints a negative count"),
    ],
)
def test_whatever_dot_does_the_picture_is_drawn(tmp_path: Path, body: str) -> None:
    layout = lay_out(DIAGRAM, [fake(tmp_path, body)], deadline_s=2.0)
    assert layout.engine == "own"
    assert len(layout.boxes) == 3


def test_missing_dot_is_passed_over() -> None:
    gone = GraphvizEngine(name="gone", command=("/nowhere/dot", "-Tplain"))
    assert lay_out(DIAGRAM, [gone]).engine == "own"


def test_next_engine_is_asked_when_one_fails(tmp_path: Path) -> None:
    broken, good = fake(tmp_path / "a", "sys.exit(1)"), fake(tmp_path / "b", f"print({PLAIN!r})")
    assert lay_out(DIAGRAM, [broken, good]).engine == "fake"


class Sleeper:
    """An engine that takes all the time there is, and remembers that it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def lay_out(self, diagram: Diagram, timeout_s: float) -> Layout:
        self.asked += 1
        ends = time.monotonic() + timeout_s
        while time.monotonic() < ends:
            pass
        raise LayoutError(f"too late for {len(diagram.sizes)} boxes")


def test_after_the_deadline_no_other_engine_is_asked() -> None:
    engines = [Sleeper(), Sleeper()]
    assert lay_out(DIAGRAM, engines, deadline_s=0.05).engine == "own"
    assert [engine.asked for engine in engines] == [1, 0]


def test_edges_between_neighbouring_layers_get_our_own_curve(tmp_path: Path) -> None:
    layout = lay_out(DIAGRAM, [fake(tmp_path, f"print({PLAIN!r})")])
    tail, head = layout.boxes[0], layout.boxes[1]
    start, end = (tail.x + tail.width / 2, tail.y), (head.x - head.width / 2, head.y)
    assert layout.engine == "fake"
    assert layout.curves[0] == (start, *bend(start, end))
    assert len(layout.curves[2]) == 7  # a longer one keeps the engine's


@pytest.mark.skipif(os.name == "nt", reason="programs have other names there")
def test_dot_of_the_own_environment_comes_before_path(tmp_path: Path) -> None:
    fake(tmp_path / "env" / "bin", "pass")
    fake(tmp_path / "elsewhere", "pass")
    elsewhere = str(tmp_path / "elsewhere")
    assert find_dot(str(tmp_path / "env"), elsewhere) == str(tmp_path / "env" / "bin" / "dot")
    assert find_dot(str(tmp_path / "other"), elsewhere) == str(tmp_path / "elsewhere" / "dot")
    assert find_dot(str(tmp_path / "other"), str(tmp_path / "none")) is None


@pytest.mark.skipif(os.name == "nt", reason="programs have other names there")
def test_dot_of_a_conda_environment_on_windows_is_found(tmp_path: Path) -> None:
    fake(tmp_path / "Library" / "bin", "pass")
    assert find_dot(str(tmp_path), str(tmp_path / "none")) == str(tmp_path / "Library" / "bin" / "dot")


@pytest.mark.parametrize("text", ["", "graph", "graph 1 x y", "graph 1 2 3\nnode n0\n"])
def test_what_is_no_plain_answer_is_refused(text: str) -> None:
    with pytest.raises(LayoutError):
        read_plain(text, DIAGRAM, engine="dot")
