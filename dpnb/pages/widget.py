"""The pages' widget: it carries messages. Where it has a place, the page shows it there, and it needs no view."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from dpnb.pages.assets import css, esm
from dpnb.pages.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.pages.asking import Pages


class RunsWidget(anywidget.AnyWidget):
    """The pages of a workspace in a notebook; `leave` replaces them by a table, `changed` hears that another is due."""

    _esm = esm()
    _css = css()

    place = traitlets.Unicode().tag(sync=True)  # the mark of the output that they are shown in; empty for a view

    def __init__(
        self, pages: Pages, leave: Callable[[], object], changed: Callable[[], object] = lambda: None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.conversation = Conversation(pages, self.send, leave, changed)
        self.on_msg(self._hear)

    def _hear(self, _: object, content: object, __: object) -> None:
        self.conversation.hear(content)

    def close(self) -> None:
        """End it, and its threads."""
        self.conversation.close()
        super().close()
