from __future__ import annotations

import re

import pytest

from dpnb.cli.exits import MEANINGS, Exit
from dpnb.errors import (
    DpnbError,
    KernelDiedError,
    NotebookExecutionError,
    NotebookFormatError,
    NotebookInterruptedError,
    NotebookTimeoutError,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (NotebookFormatError("a.ipynb", "it is no notebook"), 2),
        (NotebookExecutionError("a.ipynb", cell=1, error="ValueError", traceback=""), 3),
        (KernelDiedError("a.ipynb", cell=1, ending="signal 9"), 4),
        (NotebookTimeoutError("a.ipynb", cell=1, limit_s=2, option="--timeout"), 5),
        (NotebookInterruptedError("a.ipynb", cell=1), 130),
        (DpnbError("anything else", hint=""), 1),
    ],
)
def test_each_ending_has_its_own_code(error, code):
    assert Exit.of(error) == code


def test_help_explains_every_code():
    explained = {int(code) for code in re.findall(r"^ +(\d+) ", MEANINGS, re.MULTILINE)}
    assert explained == {int(code) for code in Exit}
