"""The option of ``@task`` that says in which format results are stored, and how a wrong one is refused."""

from __future__ import annotations

import re
from typing import Any

from dpnb.registry.option_rules import wrong

_NAME = re.compile(r"[a-z0-9][a-z0-9_+.-]{0,39}", re.ASCII)
_PICKLE = "pickle"


def check_format(subject: str, option: str, value: Any) -> str:
    """Return a format's name, empty for the pickle.

    Whether there is one of that name is known when a result is stored: it may be registered after the task.
    """
    if value is None or value == _PICKLE:
        return ""
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    hint = f'write {option}="parquet", for instance; leave it out for a pickle, which holds anything.'
    raise wrong(subject, option, "the name of a format", value, hint)
