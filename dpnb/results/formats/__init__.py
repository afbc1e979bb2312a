"""Formats in which results are stored where their tasks ask for another than a pickle: ``@task(format="parquet")``.

==========  ====================================================  ==============================
format      values                                                file
==========  ====================================================  ==============================
``parquet`` DataFrames of pandas and polars, tables of Arrow      ``.parquet``
``feather`` the same                                              ``.feather``, Arrow's IPC file
``npy``     arrays of NumPy                                       ``.npy``
``npz``     dictionaries of text to arrays of NumPy               ``.npz``
``json``    what JSON can hold                                    ``.json``
``txt``     text; also ``md``, ``html``, ``csv``, as it is        ``.txt`` …
``bytes``   bytes                                                 ``.bin``
``png``     figures of matplotlib, as pictures; also ``svg``      ``.png``, ``.svg``
==========  ====================================================  ==============================

What is written is read again and compared before it counts as stored: a format that would give back something else is
refused, with what it would lose. Pictures are the exception that everybody means: a figure comes back as its picture.

A pickle that was not asked for stays what it is: the one format that holds every value. Files in these formats are
read without running anybody's code, so that they are loaded from stores that are not trusted too.
"""

from __future__ import annotations

from dpnb.results.formats.pictures import StoredPicture
from dpnb.results.formats.registry import (
    known_formats,
    own_serializers,
    register_serializer,
    serializer_for,
    serializer_of,
)
from dpnb.results.formats.serializer import Serializer

__all__ = [
    "Serializer",
    "StoredPicture",
    "known_formats",
    "own_serializers",
    "register_serializer",
    "serializer_for",
    "serializer_of",
]
