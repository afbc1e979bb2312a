"""What integration tests share."""

from __future__ import annotations

import pytest

from tests.terminal import Terminal


@pytest.fixture
def terminal(tmp_path, home):
    folder = tmp_path / "공책"
    folder.mkdir()
    return Terminal(folder, home)
