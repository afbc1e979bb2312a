from __future__ import annotations

import pytest

from dpnb.server.byte_ranges import requested_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-4", range(5)),
        ("bytes=5-", range(5, 10)),
        ("bytes=9-99", range(9, 10)),
        ("bytes=-4", range(6, 10)),
        ("bytes=-99", range(10)),
        ("bytes=10-", range(0)),
        ("bytes=-0", range(0)),
    ],
)
def test_range_is_what_lies_within_the_content(header, part):
    assert requested_range(header, 10) == part


@pytest.mark.parametrize("header", [None, "", "bytes", "bytes=", "bytes=-", "bytes=4-2", "bytes=0-1,3-4", "lines=0-1"])
def test_header_that_cannot_be_understood_asks_for_everything(header):
    assert requested_range(header, 10) is None


def test_nothing_lies_within_an_empty_content():
    assert requested_range("bytes=0-", 0) == range(0)
    assert requested_range("bytes=-5", 0) == range(0)
