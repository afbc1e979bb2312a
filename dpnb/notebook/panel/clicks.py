"""What is asked of a panel, each time once.

A click travels as a message with an id, and is sent again until it is answered: a kernel may be busy for minutes, and
its messages may come on another thread than the one that is busy. So an id that has been seen is answered again, and
nothing else.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, NamedTuple

from dpnb.errors import DpnbError

if TYPE_CHECKING:
    from collections.abc import Callable

_REMEMBERED = 1_000


class Answer(NamedTuple):
    """What came of a click: a word for whoever clicked; `failed` where it says why nothing came of it."""

    click_id: str
    word: str
    failed: bool = False


class Clicks:
    """Takes clicks and does each once.

    Parameters
    ----------
    actions
        What there is to do, by name; each takes the click and returns a word about it for whoever clicked.
    """

    def __init__(self, actions: dict[str, Callable[[dict[str, Any]], str]]) -> None:
        self._actions = actions
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._lock = threading.RLock()

    def take(self, click: dict[str, Any]) -> Answer | None:
        """Return what came of a click; None where it is no click."""
        name, click_id = click.get("do"), click.get("id")
        if not isinstance(click_id, str) or name not in self._actions:
            return None
        with self._lock:
            if click_id not in self._answers:
                self._answers[click_id] = self._do(self._actions[name], click, click_id)
                if len(self._answers) > _REMEMBERED:
                    self._answers.popitem(last=False)
            return self._answers[click_id]

    @staticmethod
    def _do(action: Callable[[dict[str, Any]], str], click: dict[str, Any], click_id: str) -> Answer:
        try:
            return Answer(click_id, action(click))
        except Exception as error:  # noqa: BLE001 - told to whoever clicked; a callback that raises is seen by nobody
            word = str(error) if isinstance(error, DpnbError) else f"{type(error).__name__}: {error}"
            return Answer(click_id, word, failed=True)
