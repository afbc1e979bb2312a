from __future__ import annotations

from typing import Any

from dpnb import TaskRegistry, task


def test_an_empty_registry_says_what_to_do():
    bundle = TaskRegistry()._repr_mimebundle_()
    assert "Put @task above a function" in bundle["text/plain"]
    assert "Put @task above a function" in bundle["text/html"]


def test_a_registry_shows_a_row_per_task():
    registry = TaskRegistry()

    @task(registry=registry, tags=["etl"], max_retries=2, timeout=60)
    async def 항공편(year: int = 2013) -> dict[str, int]: ...

    @task(registry=registry, dependencies=["weather"], inputs={"rows": "항공편"})
    def delays(rows: dict[str, int]): ...

    @task(registry=registry, inputs={"delays": "delays"})
    def report(delays): ...

    bundle = registry._repr_mimebundle_(include=None, exclude=None)
    title, _, head, _, first, second, third = bundle["text/plain"].splitlines()
    assert title == "TaskRegistry: 3 tasks"
    assert "takes" in head
    for text in ("항공편", "coroutine", "etl", "year: int = …", "dict[str, int]", "2", "60 s", "test_display.py:"):
        assert text in first
    assert "weather, 항공편 as rows" in second
    assert third.split()[:3] == ["report", "function", "delays"]
    assert "<table" in bundle["text/html"]
    assert "<script" not in bundle["text/html"]


def test_a_file_below_the_working_directory_is_named_from_there(monkeypatch, tmp_path):
    registry = TaskRegistry()
    module = tmp_path / "an extremely deep folder" / "모듈.py"
    names: dict[str, Any] = {"__name__": "모듈"}
    exec(compile("def load(): ...", str(module), "exec"), names)
    task(names["load"], registry=registry)
    monkeypatch.chdir(tmp_path)
    assert "  an extremely deep folder/모듈.py:1" in registry._repr_mimebundle_()["text/plain"]
    monkeypatch.chdir(tmp_path.parent)
    assert str(tmp_path.name) in registry._repr_mimebundle_()["text/html"]


def test_names_with_markup_are_shown_as_text():
    registry = TaskRegistry()

    @task(registry=registry, name="<script>alert(1)</script>")
    def load(): ...

    assert "<script>" not in registry._repr_mimebundle_()["text/html"]
