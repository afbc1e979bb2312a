"""Results that come to a store when they are first read."""

from __future__ import annotations

import pytest

from dpnb.errors import ResultNotFoundError
from dpnb.results import FilesystemIOManager
from dpnb.results.kept_elsewhere import forget, keep_for

NAMES = {"run_id": "r", "task_name": "표", "task_result_id": "result_001"}


@pytest.fixture
def here(tmp_path):
    return FilesystemIOManager(tmp_path / "here")


@pytest.fixture
def there(tmp_path):
    made = FilesystemIOManager(tmp_path / "there")
    made.save(**NAMES, value=[1, 2])
    return made


def test_a_result_is_brought_once_with_its_digest(here, there):
    asked = []

    def bring(names):
        asked.append(names)
        here.write_bytes(*names, data=there.read_bytes(*names))
        return True

    keep_for(str(here.base_path), bring)
    try:
        assert here.load(**NAMES, digest=there.describe(**NAMES).digest) == [1, 2]
        assert here.load(**NAMES) == [1, 2]
        assert asked == [tuple(NAMES.values())]
    finally:
        forget(str(here.base_path), bring)


def test_what_nobody_keeps_is_not_found(here):
    def bring(_):
        return False

    keep_for(str(here.base_path), bring)
    try:
        with pytest.raises(ResultNotFoundError):
            here.load(**NAMES)
    finally:
        forget(str(here.base_path), bring)


def test_another_store_s_keeper_is_not_asked(here, there):
    def bring(_):
        raise AssertionError

    keep_for(str(there.base_path), bring)
    try:
        assert not here.exists(**NAMES)
    finally:
        forget(str(there.base_path), bring)
