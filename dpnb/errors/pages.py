"""What a page asks for and nobody understands."""

from __future__ import annotations

from dpnb.errors.root import DpnbError


class PageRequestError(DpnbError, ValueError):
    """A page has asked for something that there is not, or with something that does not fit."""

    def __init__(self, method: str, *, rule: str) -> None:
        super().__init__(
            f"What the page asks for, {method!r}, cannot be answered: {rule}.",
            hint="load the page again; it may be older than what answers it.",
        )
        self.method, self.rule = method, rule
