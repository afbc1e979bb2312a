"""Values that are pictures: files of them, figures of Matplotlib, and what draws itself as PNG for notebooks."""

from __future__ import annotations

import io
from base64 import b64encode
from typing import Any

from dpnb.errors import BrowseRequestError

MOST_BYTES = 10_000_000
_BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
_FIGURES = {"Figure", "Axes"}


def is_picture(value: Any) -> bool:
    """Tell whether a value can be shown as a picture, without drawing it.

    Examples
    --------
    >>> is_picture(b"GIF89a..."), is_picture("GIF89a")
    (True, False)
    """
    if isinstance(value, bytes | bytearray):
        return len(value) <= MOST_BYTES and _mime_of(value) is not None
    return not isinstance(value, type) and (_is_figure(value) or callable(getattr(type(value), "_repr_png_", None)))


def picture_of(value: Any) -> str:
    """Return a value's picture as an address that holds all of it.

    Raises
    ------
    BrowseRequestError
        It is none, or cannot be drawn.
    """
    data: Any = value if isinstance(value, bytes | bytearray) else _drawn(value)
    mime = _mime_of(data) if isinstance(data, bytes | bytearray) else None
    if mime is None or len(data) > MOST_BYTES:
        raise BrowseRequestError(type(value).__name__, rule="it is no picture")
    return f"data:{mime};base64,{b64encode(data).decode()}"


def _mime_of(data: bytes | bytearray) -> str | None:
    return next((mime for beginning, mime in _BEGINNINGS.items() if data.startswith(beginning)), None)


def _is_figure(value: Any) -> bool:
    return any(
        kind.__module__.partition(".")[0] == "matplotlib" and kind.__name__ in _FIGURES for kind in type(value).__mro__
    )


def _drawn(value: Any) -> Any:
    try:
        return _png_of(value) if _is_figure(value) else value._repr_png_()
    except Exception as error:  # a value's own code may raise anything
        rule = f"it cannot be drawn ({type(error).__name__}: {error})"
        raise BrowseRequestError(type(value).__name__, rule=rule) from error


def _png_of(value: Any) -> bytes:
    """Return a figure as PNG, drawn by itself: pyplot, which belongs to the kernel's own thread, is not asked."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure, file = getattr(value, "figure", None) or value, io.BytesIO()
    canvas = figure.canvas
    try:
        draw: Any = FigureCanvasAgg(figure).print_png
        draw(file)
    finally:
        figure.set_canvas(canvas)
    return file.getvalue()
