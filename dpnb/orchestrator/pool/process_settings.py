"""What one call may change for the next in the same process, and how it is put back.

A setting is a pair of functions. All are read in one go and compared with how they were before the first call; only
what differs is written back, and what still differs then cannot be undone.
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import locale
import logging
import os
import resource
import signal
import socket
import sys
import threading
import warnings
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_SIGNALS = sorted(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})[:29]  # real-time signals left out
_handler_of: Callable[[int], Any] = getattr(sys.modules.get("_signal"), "getsignal", signal.getsignal)  # makes no enums
_block: Callable[[int, Any], Any] = getattr(sys.modules.get("_signal"), "pthread_sigmask", signal.pthread_sigmask)
_locale_now: Callable[[int], str] = getattr(sys.modules.get("_locale"), "setlocale", locale.setlocale)
_LIMITS = ("RLIMIT_AS", "RLIMIT_DATA", "RLIMIT_NOFILE")  # those that people set; asking for each costs 0.5 µs


class Setting(NamedTuple):
    """One thing that a call may change. `write` may raise; what it cannot put back is found by reading again."""

    name: str
    read: Callable[[], Any]
    write: Callable[[Any], object]


class ProcessSettings:
    """The settings as they are when this is made. `on_change` is called after any of them had to be put back."""

    def __init__(self, on_change: Callable[[], object]) -> None:
        self._on_change = on_change
        self._settings = _settings()
        self._reads = [setting.read for setting in self._settings]
        self._kept = [_copy(read()) for read in self._reads]
        self._umask = os.umask(0o077)
        os.umask(self._umask)
        self._blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
        self._wakeup = signal.set_wakeup_fd(-1)
        signal.set_wakeup_fd(self._wakeup)

    def restore(self) -> list[str]:
        """Put back what was changed; return the names of the settings that could not be."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        os.umask(self._umask)
        _block(signal.SIG_SETMASK, self._blocked)
        signal.set_wakeup_fd(self._wakeup)
        try:
            if [read() for read in self._reads] == self._kept:
                return []
        except Exception:  # noqa: BLE001 - a task may leave objects behind that cannot even be compared
            return self._put_back()
        return self._put_back()

    def _put_back(self) -> list[str]:
        for timer in (signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):  # nobody sets one without a handler
            signal.setitimer(timer, 0)
        stubborn: list[str] = []
        for setting, kept in zip(self._settings, self._kept, strict=True):
            if not _is_as_kept(setting, kept):
                with contextlib.suppress(Exception):
                    setting.write(_copy(kept))
                if not _is_as_kept(setting, kept):
                    stubborn.append(setting.name)
        self._on_change()
        return stubborn


def _is_as_kept(setting: Setting, kept: Any) -> bool:
    try:
        return bool(setting.read() == kept)
    except Exception:  # noqa: BLE001 - as above
        return False


def _copy(value: Any) -> Any:
    return value.copy() if isinstance(value, list | dict) else value


def _settings() -> list[Setting]:
    root = logging.getLogger()
    found = [
        Setting("signal handlers", lambda: list(map(_handler_of, _SIGNALS)), _set_handlers),
        Setting("working directory", _cwd, os.chdir),
        Setting("environment", partial(vars(os.environ).__getitem__, "_data"), _set_environment),
        _attributes(sys, "stdin", "stdout", "stderr", "excepthook", "displayhook"),
        Setting("closed streams", partial(attrgetter("stdout.closed", "stderr.closed"), sys), lambda _: None),
        Setting("arguments", partial(attrgetter("argv"), sys), partial(_set_list, sys, "argv")),
        Setting("import path", partial(attrgetter("path"), sys), partial(_set_list, sys, "path")),
        Setting("trace function", sys.gettrace, sys.settrace),
        Setting("profile function", sys.getprofile, sys.setprofile),
        Setting("recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
        Setting("garbage collector", gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
        Setting("crash reports", faulthandler.is_enabled, lambda _: faulthandler.enable()),
        Setting("warning filters", partial(attrgetter("filters"), warnings), _set_filters),
        _attributes(warnings, "showwarning", "formatwarning"),
        _attributes(threading, "excepthook", "_profile_hook", "_trace_hook"),
        Setting("log handlers", partial(attrgetter("handlers"), root), partial(_set_list, root, "handlers")),
        Setting("log level", partial(attrgetter("level"), root), root.setLevel),
        Setting("disabled log levels", partial(attrgetter("manager.disable"), root), logging.disable),
        Setting("locale", partial(_locale_now, locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL)),
        Setting("socket timeout", socket.getdefaulttimeout, socket.setdefaulttimeout),
        Setting("priority", partial(os.getpriority, os.PRIO_PROCESS, 0), partial(os.setpriority, os.PRIO_PROCESS, 0)),
    ]
    return found + [_limit(getattr(resource, name)) for name in _LIMITS if hasattr(resource, name)]


def _attributes(owner: ModuleType, *names: str) -> Setting:
    def write(values: tuple[Any, ...]) -> None:
        for name, value in zip(names, values, strict=True):
            setattr(owner, name, value)

    return Setting(f"attributes of {owner.__name__}", partial(attrgetter(*names), owner), write)


def _limit(kind: int) -> Setting:
    return Setting("resource limits", partial(resource.getrlimit, kind), partial(resource.setrlimit, kind))


def _cwd() -> str | None:
    try:
        return os.getcwd()  # noqa: PTH109 - a third of the time of Path.cwd()
    except OSError:  # it was deleted
        return None


def _set_environment(kept: dict[bytes, bytes]) -> None:
    os.environb.clear()
    os.environb.update(kept)


def _set_list(owner: Any, name: str, kept: list[Any]) -> None:
    setattr(owner, name, kept)


def _set_filters(kept: list[Any]) -> None:
    warnings.filters[:] = kept  # type: ignore[index]
    with warnings.catch_warnings():  # leaving it makes what modules remember of the filters invalid
        pass


def _set_handlers(kept: list[Any]) -> None:
    for number, handler in zip(_SIGNALS, kept, strict=True):
        if handler is not None and _handler_of(number) != handler:
            signal.signal(number, handler)
