"""The pages' widget: it carries messages, and holds nothing that a saved notebook could miss."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anywidget

from dpnb.pages.assets import css, esm
from dpnb.pages.conversation import Conversation

if TYPE_CHECKING:
    from collections.abc import Callable

    from dpnb.pages.asking import Pages


class RunsWidget(anywidget.AnyWidget):
    """The pages of a workspace in a notebook's output; `leave` replaces them by a table."""

    _esm = esm()
    _css = css()

    def __init__(self, pages: Pages, leave: Callable[[], object], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.conversation = Conversation(pages, self.send, leave)
        self.on_msg(self._hear)

    def _hear(self, _: object, content: object, __: object) -> None:
        self.conversation.hear(content)

    def close(self) -> None:
        """End it, and its threads."""
        self.conversation.close()
        super().close()
