"""What has not changed is not read again; what is not asked for any more is let go."""

from __future__ import annotations

import gc
import shutil
import sys
import weakref

import pytest

from dpnb.registry.fingerprint import FingerprintSession, fingerprint
from dpnb.registry.fingerprint.reading import read_unit


@pytest.fixture
def read(monkeypatch) -> list[object]:
    found: list[object] = []

    def noted(target, owners, max_bytes):
        found.append(target.subject)
        return read_unit(target, owners, max_bytes)

    monkeypatch.setattr("dpnb.registry.fingerprint.kept_units.read_unit", noted)
    return found


def test_another_session_reads_nothing_again_that_stays_as_it_is(notebook, read):
    notebook.run("import math\nLIMIT = 12\ndef clean(x): return x + LIMIT\ndef task(x): return math.sqrt(clean(x))")
    first = fingerprint(notebook["task"])
    read.clear()
    assert fingerprint(notebook["task"]) is first
    assert read == []


def test_an_edit_has_only_that_read_again_which_it_reaches(notebook, read):
    notebook.run("def clean(x): return x\ndef other(x): return -x\ndef task(x): return clean(x) + other(x)")
    fingerprint(notebook["task"])
    read.clear()
    notebook.run("def clean(x): return x + 1")
    fingerprint(notebook["task"])
    assert read == [notebook["task"], notebook["clean"]]


def test_what_may_change_in_itself_is_read_each_time(notebook, read):
    notebook.run("ROWS = [1]\ndef task(x): return ROWS")
    before = fingerprint(notebook["task"])
    notebook["ROWS"].append(2)
    assert fingerprint(notebook["task"]).digest != before.digest


def test_versions_are_told_apart(notebook):
    notebook.run("def task(x): return x")
    digests = [fingerprint(notebook["task"], version=version).digest for version in (None, "1", "2", None, "1", "2")]
    assert digests[:3] == digests[3:]
    assert len(set(digests)) == 3


def test_a_function_that_is_gone_is_let_go_after_some_sessions(notebook):
    notebook.run("def task(x): return x")
    fingerprint(notebook["task"])
    gone = weakref.ref(notebook["task"])
    notebook.run("def task(x): return x + 1")
    for _ in range(40):
        FingerprintSession()
    gc.collect()
    assert gone() is None


def test_a_package_counts_by_the_version_that_is_installed_now(notebook, tmp_path, monkeypatch):
    site = tmp_path / "site-packages"

    def install(version: str) -> None:
        for old in site.glob("갱신-*.dist-info"):
            shutil.rmtree(old)
        record = site / f"갱신-{version}.dist-info"
        record.mkdir(parents=True)
        (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: 갱신\nVersion: {version}\n")
        (site / "갱신.py").write_text(f"def rate(x): return x * {version}\n")

    install("1.0")
    monkeypatch.syspath_prepend(str(site))
    notebook.run("import 갱신\ndef task(x): return 갱신.rate(x)")
    before = fingerprint(notebook["task"])
    assert fingerprint(notebook["task"]) is before
    install("2.0")
    after = fingerprint(notebook["task"])
    assert after.digest != before.digest
    assert "package 갱신 2.0" in str([part.text for part in after.parts.values()])
    install("1.0")
    assert fingerprint(notebook["task"]).digest == before.digest
    sys.modules.pop("갱신", None)
