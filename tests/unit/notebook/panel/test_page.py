"""The page's modules have tests of their own, in the language they are written in."""

from __future__ import annotations

import subprocess
from pathlib import Path


def test_the_javascript_tests_pass(require):
    folder = Path(__file__).parents[3] / "javascript"
    command = [require("node"), "--test", *folder.glob("*.test.mjs")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
