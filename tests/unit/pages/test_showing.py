from __future__ import annotations

import re

import dpnb
from dpnb import InlineExecutor, Orchestrator, Workspace, task
from dpnb.pages import RunsBrowser
from dpnb.pages.widget import RunsWidget


def test_the_latest_runs_are_a_table_where_there_is_no_widget(workspace, runs):
    runs[1].note("<i>note</i>")
    shown = dpnb.ui(workspace)._repr_mimebundle_()
    assert set(shown) == {"text/html", "text/plain"}
    assert runs[0].run_id in shown["text/plain"]
    assert "&lt;i&gt;note&lt;/i&gt;" in shown["text/html"]
    assert "<script" not in shown["text/html"]
    assert repr(dpnb.ui(workspace)) == shown["text/plain"]


def test_it_is_of_the_default_workspace_and_says_what_to_do_where_there_is_no_run(home):
    assert "There is no run yet" in repr(dpnb.ui())
    assert not home.exists()


def test_a_ledger_that_cannot_be_read_is_told_in_its_place(home):
    home.mkdir()
    (home / "ledger.db").write_bytes(b"no database at all" * 100)
    assert "Error" in repr(RunsBrowser(Workspace(home)))


def test_a_widget_answers_its_page(pages, runs):
    widget = RunsWidget(pages, leave=lambda: None)
    sent: list[dict[str, object]] = []
    widget.conversation._send = sent.append
    widget._hear(widget, {"ask": "1", "method": "runs.list", "params": {}}, [])
    widget.conversation._threads.shutdown(wait=True)
    widget.close()
    assert [message["answer"] for message in sent] == ["1"]


def test_the_table_says_when_it_was_so_while_a_run_goes(workspace, plan, home):
    @task(registry=workspace.registry)
    def look() -> str:
        return repr(dpnb.ui(Workspace(home)))

    run = Orchestrator(executor=InlineExecutor(), workspace=workspace).start_pipeline(plan()).wait()
    assert re.search(r"1 running, as of 2\d{3}-\d\d-\d\d \d\d:\d\d:\d\d\.", run["look"])
    assert "as of" not in repr(dpnb.ui(workspace))
