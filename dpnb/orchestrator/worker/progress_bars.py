"""Shows the ``tqdm`` bars of a task as the task's progress, without needing tqdm.

A bar that is drawn in a worker would fill the log with carriage returns and be seen by nobody. In a worker tqdm's
modules are changed when they are imported: the outermost bar reports what it would have drawn, its log gets a line now
and then and the bar's last state. Bars that write to a file of the user's own are left alone.
"""

from __future__ import annotations

import importlib.machinery
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType

    type Report = Callable[[float, str], None]

_LINE_INTERVAL_S = 30.0  # between two lines of one bar in the log


class _Bars:
    """Where bars report to now, and what is done to tqdm's modules."""

    def __init__(self) -> None:
        self.report: Report | None = None
        self._changes = {"tqdm.std": self._change_std, "tqdm.notebook": _change_notebook}
        for name, change in self._changes.items():
            if name in sys.modules:
                change(sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        """Have one of tqdm's modules changed once it is loaded; all others are somebody else's."""
        change = self._changes.get(name)
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if change is not None else None
        if change is None or spec is None or spec.loader is None:
            return None
        spec.loader.exec_module = partial(_execute, spec.loader.exec_module, change)  # type: ignore[method-assign]
        return spec

    def _change_std(self, module: ModuleType) -> None:
        kind = module.tqdm
        draw, clear = kind.display, kind.clear
        kind.monitor_interval = 0  # no thread that outlives the task
        kind.display = lambda bar, msg=None, pos=None: (
            self._tell(bar, msg) if _is_shown(bar) else draw(bar, msg=msg, pos=pos)
        )
        kind.clear = lambda bar, nolock=False: None if _is_shown(bar) else clear(bar, nolock=nolock)

    def _tell(self, bar: Any, msg: str | None) -> bool:
        """Do what a bar wants to draw: `disable` is set when it is closed, `msg` is empty when it is to vanish."""
        if msg == "":
            return False
        if bar.pos == 0 and self.report is not None:
            self.report(bar.n / bar.total if bar.total else 0.0, _note(bar))
        if bar.disable:
            bar.fp.write(str(bar))
        elif time.monotonic() >= vars(bar).setdefault("_dpnb_next_line", time.monotonic() + _LINE_INTERVAL_S):
            vars(bar)["_dpnb_next_line"] = time.monotonic() + _LINE_INTERVAL_S
            bar.fp.write(f"{bar}\n")
        return True


_bars: list[_Bars] = []


def report_bars_to(report: Report) -> None:
    """Have the bars of this process report from now on to `report`, which takes a fraction and a note."""
    if not _bars:
        _bars.append(_Bars())
    _bars[0].report = report


def _execute(execute: Callable[[ModuleType], None], change: Callable[[ModuleType], None], module: ModuleType) -> None:
    execute(module)
    change(module)


def _change_notebook(module: ModuleType) -> None:
    """Let what is meant for widgets be a plain bar: nobody sees a worker's widgets."""
    plain = module.std_tqdm

    class NotebookBar(plain):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any, display: bool = True, **options: Any) -> None:
            super().__init__(*args, **{**options, "disable": options.get("disable", False) or not display})

    module.tqdm = module.tqdm_notebook = NotebookBar  # type: ignore[attr-defined]


def _is_shown(bar: Any) -> bool:
    """Tell whether a bar goes to a standard stream; tqdm wraps the stream in an object of its own."""
    stream = getattr(bar.fp, "_wrapped", bar.fp)
    return stream in (sys.stderr, sys.stdout)


def _note(bar: Any) -> str:
    done = f"{bar.n}/{bar.total}" if bar.total else f"{bar.n}"
    label = f"{bar.desc.removesuffix(': ')}: {done}" if bar.desc else done
    return label if bar.unit == "it" else f"{label} {bar.unit}"
