"""The tasks that the texts of cells define."""

from __future__ import annotations

import pytest

from dpnb.notebook.defined_tasks import defined_tasks


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("@task\ndef 항공편(): ...", {"항공편"}),
        ("import dpnb\n@dpnb.task(tags=['a'])\nasync def late(): ...", {"late"}),
        ("@task(name='<b>x</b>')\ndef f(): ...", {"<b>x</b>"}),
        ("if True:\n    @task\n    def inner(): ...", {"inner"}),
        ("%matplotlib inline\n@task\ndef chart(): ...", {"chart"}),
        ("%%task name=지연 depends=flights\n[flights]", {"지연"}),
        ("report = notebook_task('reports/daily.v2.ipynb')", {"daily.v2"}),
        ("dpnb.notebook_task(path, name='r')", set()),
        ("notebook_task('a.ipynb', name='보고')", {"보고"}),
        ("@other\ndef f(): ...\ntask = 1", set()),
        ("%%task\n1", set()),
        ("%%bash\necho @task", set()),
        ("def (:", set()),
    ],
)
def test_they_are_found_without_executing_anything(source, names):
    assert defined_tasks([source]) == names
