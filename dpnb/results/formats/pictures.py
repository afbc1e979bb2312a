"""Figures of matplotlib as pictures, which is what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, BinaryIO

from dpnb.results.formats.serializer import Serializer


@dataclass(frozen=True, slots=True)
class StoredPicture:
    """A picture as it was stored; a notebook shows it.

    Examples
    --------
    >>> StoredPicture(data=b"<svg/>", format="svg")
    <SVG picture of 6 bytes>
    """

    data: bytes
    format: str

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        plain = {"text/plain": repr(self)}
        if self.format == "svg":
            return {"image/svg+xml": self.data.decode(), **plain}
        from base64 import b64encode

        return {"image/png": b64encode(self.data).decode(), **plain}

    def __repr__(self) -> str:
        return f"<{self.format.upper()} picture of {len(self.data):,} bytes>"


@dataclass(frozen=True, slots=True, repr=False)
class StoredPng(StoredPicture):
    """One that also the results browser shows."""

    def _repr_png_(self) -> bytes:
        return self.data


def _write_png(figure: Any, file: BinaryIO) -> None:
    figure.savefig(file, format="png", bbox_inches="tight")


def _write_svg(figure: Any, file: BinaryIO) -> None:
    """Write the same bytes for the same figure: ids by a constant, and no date."""
    import matplotlib as mpl

    with mpl.rc_context({"svg.hashsalt": "dpnb"}):
        figure.savefig(file, format="svg", bbox_inches="tight", metadata={"Date": None})


def _read_png(file: BinaryIO) -> StoredPicture:
    return StoredPng(file.read(), "png")


def _read_svg(file: BinaryIO) -> StoredPicture:
    return StoredPicture(file.read(), "svg")


_FIGURES = ("matplotlib.Figure",)

SERIALIZERS = (
    Serializer(format="png", suffix=".png", types=_FIGURES, write=_write_png, read=_read_png),
    Serializer(format="svg", suffix=".svg", types=_FIGURES, write=_write_svg, read=_read_svg),
)
