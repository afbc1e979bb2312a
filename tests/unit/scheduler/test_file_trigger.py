from __future__ import annotations

import asyncio
import os
import shutil
import unicodedata
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from dpnb.scheduler import create_file_trigger
from dpnb.scheduler.files import watch
from dpnb.scheduler.files.listing import fixed_folder, list_files

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from dpnb.scheduler import Signal

PATIENCE_S = 30


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(watch, "TICK_S", 0.1)


async def next_of(signals: AsyncGenerator[Signal]) -> dict[str, list[str]]:
    signal = await asyncio.wait_for(anext(signals), PATIENCE_S)
    return {what: [Path(path).name for path in paths] for what, paths in signal.data.items()}


def listening(pattern: Path, **options):
    return aclosing(create_file_trigger(pattern=pattern, debounce=0.05, **options).signals())


async def test_new_and_changed_files_are_told_and_others_are_not(tmp_path):
    (tmp_path / "그대로.csv").write_text("1")
    (tmp_path / "판매.csv").write_text("1")
    async with listening(tmp_path / "*.csv") as signals:
        first = asyncio.create_task(next_of(signals))
        await asyncio.sleep(0)
        (tmp_path / "판매.csv.part").write_text("1")
        (tmp_path / "~$판매.csv").write_text("1")
        (tmp_path / "판매.txt").write_text("1")
        (tmp_path / "새것.csv").write_text("1")
        assert await first == {"files": ["새것.csv"], "new": ["새것.csv"]}
        (tmp_path / "판매.csv").write_text("22")
        assert await next_of(signals) == {"files": ["판매.csv"], "new": []}
        (tmp_path / "판매.csv.part").rename(tmp_path / "다.csv")
        assert await next_of(signals) == {"files": ["다.csv"], "new": ["다.csv"]}


async def test_a_folder_that_does_not_exist_yet_is_waited_for(tmp_path):
    async with listening(tmp_path / "들어온" / "**" / "*.csv") as signals:
        first = asyncio.create_task(next_of(signals))
        await asyncio.sleep(0)
        (tmp_path / "들어온" / "깊은" / "곳").mkdir(parents=True)
        (tmp_path / "들어온" / "깊은" / "곳" / "a.csv").write_text("1")
        assert await first == {"files": ["a.csv"], "new": ["a.csv"]}


async def test_a_folder_that_is_replaced_is_watched_again(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    async with listening(folder / "*.csv") as signals:
        (folder / "a.csv").write_text("1")
        assert await next_of(signals) == {"files": ["a.csv"], "new": ["a.csv"]}
        shutil.rmtree(folder)
        (tmp_path / "other").mkdir()
        (tmp_path / "other" / "b.csv").write_text("1")
        (tmp_path / "other").rename(folder)
        assert await next_of(signals) == {"files": ["b.csv"], "new": ["b.csv"]}
        (folder / "c.csv").write_text("1")
        assert await next_of(signals) == {"files": ["c.csv"], "new": ["c.csv"]}


async def test_each_file_may_be_a_signal_of_its_own_with_the_same_key_for_all_who_listen(tmp_path):
    trigger = create_file_trigger(pattern=tmp_path / "*.csv", debounce=0.05, each=True)
    async with aclosing(trigger.signals()) as one, aclosing(trigger.signals()) as other:
        (tmp_path / "a.csv").write_text("1")
        (tmp_path / "b.csv").write_text("1")
        keys = [{(await asyncio.wait_for(anext(signals), PATIENCE_S)).key for _ in "ab"} for signals in (one, other)]
    assert keys[0] == keys[1]
    assert len(keys[0]) == 2


async def test_where_the_system_does_not_tell_of_changes_they_are_found_all_the_same(tmp_path, monkeypatch):
    def refuse(*_: object, **__: object):
        raise OSError("OS file watch limit reached")

    monkeypatch.setattr("watchfiles.awatch", refuse)
    async with listening(tmp_path / "*.csv") as signals:
        first = asyncio.create_task(next_of(signals))
        await asyncio.sleep(0)
        (tmp_path / "a.csv").write_text("1")
        assert await first == {"files": ["a.csv"], "new": ["a.csv"]}


def test_names_match_however_their_letters_are_composed(tmp_path):
    forms: tuple[Literal["NFC", "NFD"], ...] = ("NFC", "NFD")
    for form in forms:
        (tmp_path / form).mkdir()
        (tmp_path / form / unicodedata.normalize(form, "보고서.csv")).write_text("1")
    for form in forms:
        pattern = str(tmp_path / "*" / unicodedata.normalize(form, "보고서.csv"))
        assert len(list_files(pattern)) == 2


def test_only_files_count_and_temporary_ones_where_they_are_asked_for(tmp_path):
    (tmp_path / "a.csv").mkdir()
    (tmp_path / "b.csv").symlink_to(tmp_path / "gone.csv")
    (tmp_path / ".hidden.csv").write_text("1")
    (tmp_path / "c.part").write_text("1")
    os.close(os.open(os.fsencode(tmp_path) + b"/\xff.csv", os.O_CREAT))
    assert list_files(str(tmp_path / "*")) == {}
    assert [Path(path).name for path in list_files(str(tmp_path / "*.part"))] == ["c.part"]


@pytest.mark.parametrize(
    ("pattern", "folder", "is_deep"),
    [
        ("/a/b/*.csv", "/a/b", False),
        ("/a/b/c.csv", "/a/b", False),
        ("/a/**/*.csv", "/a", True),
        ("/a/[bc]/d/*.csv", "/a", True),
        ("/*.csv", "/", False),
    ],
)
def test_the_folder_to_watch_is_the_deepest_that_is_fixed(pattern, folder, is_deep):
    assert fixed_folder(pattern) == (Path(folder), is_deep)
