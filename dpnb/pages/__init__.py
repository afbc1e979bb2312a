"""The runs browser: one set of pages for notebooks and for browsers.

::

                         in a notebook                        in a browser
    page/*.js   transport: the widget's messages      transport: fetch, server-sent events
                              │                                    │
                     widget.RunsWidget                 dpnb.server.routers.pages
                     conversation.Conversation         (token, cookie, XSRF, CSP)
                              └──────────────┬─────────────────────┘
                                    asking.Pages.ask(method, params) ──▶ plain JSON
                                             │
             listing · run_panel · result_views · comparing · timetables · disk · controls

Below the line nothing knows Jupyter or HTTP: a method's name and its parameters come in, values that JSON can carry go
out, and what cannot be done is a `DpnbError`. The pages are plain ES modules that the browser reads as they are; for a
notebook they are put together in the order of their imports. Whatever a user has named reaches the page as text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.pages.asking import Pages
    from dpnb.pages.controls import Controls, Started
    from dpnb.pages.showing import RunsBrowser, ui

__all__ = ["Controls", "Pages", "RunsBrowser", "Started", "ui"]

__getattr__, __dir__ = lazy_exports(
    __name__, {"asking": ["Pages"], "controls": ["Controls", "Started"], "showing": ["RunsBrowser", "ui"]}
)
