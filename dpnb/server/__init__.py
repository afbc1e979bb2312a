"""HTTP: an application that starts pipelines and tells of their runs, to be served or mounted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dpnb.lazy_exports import lazy_exports

if TYPE_CHECKING:
    from dpnb.server.access import Access
    from dpnb.server.application import create_app
    from dpnb.server.serving import Server

__all__ = ["Access", "Server", "create_app"]

__getattr__, __dir__ = lazy_exports(
    __name__, {"access": ["Access"], "application": ["create_app"], "serving": ["Server"]}
)
