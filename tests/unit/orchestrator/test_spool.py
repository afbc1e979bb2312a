"""Word through files: whole messages, in their order, and an end that everybody notices."""

from __future__ import annotations

from dpnb.orchestrator.spool import Spool, SpoolEnd


def test_what_is_said_is_heard_once_and_in_its_order(tmp_path):
    spool = Spool(tmp_path)
    end = SpoolEnd(spool.folder, 1)
    end.message("하나")
    end.message({"둘": 2})
    assert list(spool.hear(1)) == ["하나", {"둘": 2}]
    assert list(spool.hear(1)) == []
    end.message(3)
    assert list(spool.hear(1)) == [3]
    assert list(spool.hear(2)) == []


def test_half_a_message_is_left_until_it_is_whole(tmp_path):
    spool = Spool(tmp_path)
    SpoolEnd(spool.folder, 1).message("whole")
    (said,) = tmp_path.glob(".spool-*/1.said")
    data = said.read_bytes()
    said.write_bytes(data + data[:-1])
    assert list(spool.hear(1)) == ["whole"]
    said.write_bytes(data + data)
    assert list(spool.hear(1)) == ["whole"]


def test_an_attempt_is_asked_to_stop_alone(tmp_path):
    spool = Spool(tmp_path)
    one, other = SpoolEnd(spool.folder, 1), SpoolEnd(spool.folder, 2)
    spool.stop(1)
    assert one.is_unwanted()
    assert one.cancelled()
    assert not other.is_unwanted()


def test_what_outlives_its_run_knows_that_it_is_unwanted(tmp_path):
    spool = Spool(tmp_path)
    end = SpoolEnd(spool.folder, 1)
    spool.close()
    assert end.is_unwanted()
    end.message("nobody hears it")
    assert list(tmp_path.iterdir()) == []


def test_a_new_owner_of_the_run_makes_what_runs_for_the_old_one_unwanted(tmp_path):
    end = SpoolEnd(Spool(tmp_path).folder, 1)
    Spool(tmp_path)
    assert end.is_unwanted()
