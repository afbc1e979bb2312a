"""The options of ``@task`` that say when a stored result still stands, and how wrong ones are refused."""

from __future__ import annotations

import os
import re
from datetime import timedelta
from typing import Any

from dpnb.errors import closest
from dpnb.registry.option_rules import is_finite, one_or_many, text, wrong

_CACHES = ("auto", "never")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")  # of a drive's single letter there is none


def check_version(subject: str, option: str, value: Any) -> str | None:
    """Return the text that stands for what cannot be tracked, or None."""
    if value is None:
        return None
    hint = f'write {option}="2", and another text when what it stands for has changed.'
    return text(subject, option, value, rule="text that is not empty", hint=hint)


def check_reads(subject: str, option: str, value: Any) -> tuple[str, ...]:
    """Return the patterns of the files that a task reads by itself, each once."""
    patterns = [value] if isinstance(value, os.PathLike) else one_or_many(subject, option, value)
    return tuple(dict.fromkeys(_pattern(subject, option, pattern) for pattern in patterns))


def _pattern(subject: str, option: str, value: Any) -> str:
    written = os.fspath(value) if isinstance(value, os.PathLike) else value
    rule, hint = "paths of files, which may be globs", f'write {option}=["data/*.csv"], or give a Path.'
    pattern = text(subject, option, written, rule=rule, hint=hint)
    if "\0" in pattern:
        raise wrong(subject, option, rule, pattern, "no path holds a zero byte.")
    if _URL.match(pattern):
        hint = "expires_after=3600 lets a result stand for an hour, whatever it was made from."
        raise wrong(subject, option, "files of this machine", pattern, hint)
    return pattern


def check_cache(subject: str, option: str, value: Any) -> str:
    """Return one of the two words."""
    if isinstance(value, str) and value in _CACHES:
        return value
    near = closest(value, _CACHES) if isinstance(value, str) else []
    hint = f"did you mean {near[0]!r}?" if near else f'{option}="never" runs the task each time.'
    raise wrong(subject, option, '"auto" or "never"', value, hint)


def check_expiry(subject: str, option: str, value: Any) -> float | None:
    """Return seconds, or None where a result stands for ever."""
    if value is None:
        return None
    seconds = value.total_seconds() if isinstance(value, timedelta) else value
    if is_finite(seconds) and seconds > 0:
        return float(seconds)
    hint = f'write {option}=timedelta(hours=1) or {option}=3600; cache="never" runs the task each time.'
    raise wrong(subject, option, "seconds above 0, or a timedelta", value, hint)
