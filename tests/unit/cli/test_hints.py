from __future__ import annotations

import pytest

from dpnb import errors
from dpnb.cli.console import print_error
from dpnb.cli.hints import hint_for


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (errors.RunNotFoundError("nope", known=["밤"]), "`dpnb runs` lists the runs of this workspace."),
        (errors.RunNotFoundError("밤 1", known=["밤 12"]), "the closest are '밤 12'; `dpnb runs` lists"),
        (errors.RunGoingError("밤", pid=3, machine="here"), "interrupt it where it was started"),
        (errors.LeaseLostError("밤 1", token=3), "`dpnb show '밤 1'` tells how it goes on."),
        (errors.LedgerCorruptError("ledger.db", reason="it is no database"), "`dpnb rebuild` makes a new one"),
        (errors.LedgerReadOnlyError("/srv"), "DPNB_HOME"),
        (errors.UnknownTaskError("totl", known=["total"]), "did you mean 'total'?"),
    ],
)
def test_a_hint_is_what_the_terminal_offers(error, hint):
    assert hint in hint_for(error)
    assert "()" not in hint_for(error)
    assert "Workspace(" not in hint_for(error)


def test_a_refused_plan_is_told_how_the_terminal_gives_parameters():
    refusal = "PlanError: … give it as a run parameter, params={'year': …}."
    assert "-p NAME=VALUE" in hint_for(errors.NotebookExecutionError("n.ipynb", cell=0, error=refusal, traceback=""))


def test_the_hint_that_a_kernel_told_stays(capsys):
    error = errors.NotebookExecutionError("n.ipynb", cell=0, error="PlanError: …\nHint: mend the tasks.", traceback="")
    print_error(error)
    assert capsys.readouterr().err.count("Hint: mend the tasks.") == 1
