"""Who started a run, where, and from which notebook; the settings may say otherwise."""

from __future__ import annotations

import getpass
import socket
import sys
from types import SimpleNamespace

import pytest

from dpnb import InlineExecutor, Orchestrator, Workspace, task
from dpnb.planner import DAGBuilder, Planner


@pytest.fixture
def kernel(monkeypatch):
    """Make this process look like a kernel of Jupyter's server."""
    application = SimpleNamespace(initialized=lambda: True)
    monkeypatch.setitem(sys.modules, "ipykernel.kernelapp", SimpleNamespace(IPKernelApp=application))
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace())
    return monkeypatch


def test_a_notebook_is_told_as_seen_from_the_project(kernel, tmp_path):
    kernel.setenv("JPY_SESSION_NAME", str(tmp_path / "보고" / "매출.ipynb"))
    workspace = Workspace(tmp_path / ".dpnb")
    assert workspace.who == (getpass.getuser(), socket.gethostname(), "보고/매출.ipynb")


def test_a_notebook_elsewhere_is_told_by_its_path(kernel, tmp_path):
    kernel.setenv("JPY_SESSION_NAME", "/somewhere/매출.ipynb-jvsc-0d2c-11")
    assert Workspace(tmp_path / ".dpnb").who.notebook == "/somewhere/매출.ipynb"


def test_vs_code_says_it_in_the_kernel(kernel, tmp_path):
    sys.modules["__main__"].__vsc_ipynb_file__ = str(tmp_path / "a.ipynb")  # type: ignore[attr-defined]
    assert Workspace(tmp_path / ".dpnb").who.notebook == "a.ipynb"


def test_a_script_is_told_by_its_file_and_a_tool_is_not(monkeypatch, tmp_path):
    monkeypatch.setenv("JPY_SESSION_NAME", "/of/the/notebook/that/started/it.ipynb")
    workspace = Workspace(tmp_path / ".dpnb")
    monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__file__=str(tmp_path / "etl.py")))
    assert workspace.who.notebook == "etl.py"
    for tool in ("/x/site-packages/pytest/__main__.py", "/x/bin/dpnb", None):
        monkeypatch.setitem(sys.modules, "__main__", SimpleNamespace(__file__=tool))
        assert workspace.who.notebook == ""


def test_what_the_settings_say_is_recorded_and_listed(monkeypatch, tmp_path, registry):
    @task(registry=registry)
    def one() -> int:
        return 1

    monkeypatch.setenv("DPNB_USER", "김하나")
    monkeypatch.setenv("DPNB_HOST", "gpu-3")
    monkeypatch.setenv("DPNB_NOTEBOOK", "밤.ipynb")
    workspace = Workspace(tmp_path / ".dpnb")
    plan = Planner(DAGBuilder(registry)).create_execution_plan()
    run = Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan)
    monkeypatch.setenv("DPNB_USER", "이둘")
    listed = workspace.runs().iloc[0]
    assert (listed.user, listed.host, listed.notebook) == ("김하나", "gpu-3", "밤.ipynb")
    assert run.status == "succeeded"
