from __future__ import annotations

from dpnb.orchestrator.sources import pieces
from dpnb.registry.fingerprint import Fingerprint
from dpnb.registry.fingerprint.record import Part


def test_the_tasks_own_function_is_told_from_its_helpers():
    parts = {
        "helper `합계`": Part(digest="1", text="def 합계(): return clean()", place="cell [2]"),
        "helper `clean`": Part(digest="2", text="def clean(): return 1", place="cell [1]"),
        "package numpy 2.3": Part(digest="3", text="package numpy 2.3"),
    }
    assert list(pieces(Fingerprint(digest="0", parts=parts))) == [
        "# task `합계`, cell [2]\ndef 합계(): return clean()",
        "# helper `clean`, cell [1]\ndef clean(): return 1",
        "# package numpy 2.3",
    ]
