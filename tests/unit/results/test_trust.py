from __future__ import annotations

import json
import os
import pickle
import stat
import threading

import pytest

from dpnb.errors import UntrustedStoreError
from dpnb.results import FilesystemIOManager, trust

NAMES = ("run", "task", "result_001")


@pytest.fixture
def base(tmp_path):
    return tmp_path / "store"


@pytest.fixture(autouse=True)
def state(monkeypatch, tmp_path):
    monkeypatch.setenv("DPNB_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def another_user(monkeypatch, tmp_path):
    """Switch to another user's secret."""

    def switch(name: str = "other") -> None:
        monkeypatch.setenv("DPNB_STATE_HOME", str(tmp_path / name))

    return switch


def test_a_new_store_is_trusted_without_a_word(base):
    FilesystemIOManager(base).save(*NAMES, 1)
    assert FilesystemIOManager(base).load(*NAMES) == 1


def test_an_existing_folder_without_results_becomes_a_store(base):
    base.mkdir()
    (base / "README").write_text("mine")
    FilesystemIOManager(base).save(*NAMES, 1)
    assert FilesystemIOManager(base).load(*NAMES) == 1


def test_a_folder_with_results_of_any_format_does_not_become_ones_own(base):
    FilesystemIOManager(base).write(*NAMES, [1], "json")
    (base / "store.json").unlink()
    FilesystemIOManager(base).save(*NAMES[:2], "another", 1)
    assert not (base / "store.json").exists()


def test_another_users_store_is_browsed_but_not_unpickled(base, another_user):
    FilesystemIOManager(base).save(*NAMES, [1])
    another_user()
    store = FilesystemIOManager(base)
    assert store.list_runs() == ["run"]
    assert store.describe(*NAMES).facts.text == "[1]"
    assert store.exists(*NAMES)
    store.verify(*NAMES)
    with pytest.raises(UntrustedStoreError, match="another user or another machine") as caught:
        store.load(*NAMES)
    assert ".trust()" in caught.value.hint
    assert isinstance(caught.value, PermissionError)


def test_writing_into_another_users_store_does_not_make_it_trusted(base, another_user):
    FilesystemIOManager(base).save(*NAMES, [1])
    another_user()
    store = FilesystemIOManager(base)
    store.save("run_2", "task", "result_001", 2)
    with pytest.raises(UntrustedStoreError):
        store.load(*NAMES)


def test_trust_given_for_one_instance_ends_with_it(base, another_user):
    FilesystemIOManager(base).save(*NAMES, [1])
    another_user()
    assert FilesystemIOManager(base, trust=True).load(*NAMES) == [1]
    with pytest.raises(UntrustedStoreError):
        FilesystemIOManager(base).load(*NAMES)


def test_trust_given_by_signing_stays(base, another_user):
    FilesystemIOManager(base).save(*NAMES, [1])
    another_user()
    store = FilesystemIOManager(base)
    store.trust()
    assert store.load(*NAMES) == [1]
    assert FilesystemIOManager(base).load(*NAMES) == [1]


def test_results_without_a_store_file_are_not_trusted(base):
    FilesystemIOManager(base).save(*NAMES, [1])
    (base / "store.json").unlink()
    with pytest.raises(UntrustedStoreError, match=r"no valid store\.json"):
        FilesystemIOManager(base).load(*NAMES)
    FilesystemIOManager(base).save("run_2", "task", "r", 1)  # does not sign what it did not make
    with pytest.raises(UntrustedStoreError):
        FilesystemIOManager(base).load(*NAMES)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"store": 1}', '{"store": "a", "owners": "self", "signature": "né"}'])
def test_a_damaged_or_forged_store_file_is_not_trusted(base, text):
    FilesystemIOManager(base).save(*NAMES, [1])
    (base / "store.json").write_text(text)
    with pytest.raises(UntrustedStoreError):
        FilesystemIOManager(base).load(*NAMES)


def test_the_signature_covers_whose_files_are_accepted(base):
    FilesystemIOManager(base).save(*NAMES, [1])
    store = json.loads((base / "store.json").read_text())
    (base / "store.json").write_text(json.dumps({**store, "owners": "any"}))
    with pytest.raises(UntrustedStoreError):
        FilesystemIOManager(base).load(*NAMES)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="POSIX owners")
def test_a_result_that_belongs_to_another_user_is_not_trusted(base, monkeypatch):
    monkeypatch.setattr(trust, "user_secret", lambda: b"same for both")
    store = FilesystemIOManager(base)
    store.save(*NAMES, [1])
    assert store.load(*NAMES) == [1]
    monkeypatch.setattr(trust, "_own_id", lambda _: os.geteuid() + 1)
    with pytest.raises(UntrustedStoreError, match="belongs to"):
        store.load(*NAMES)
    with pytest.raises(UntrustedStoreError, match="belongs to"):
        FilesystemIOManager(base).load(*NAMES)
    FilesystemIOManager(base).trust()
    assert FilesystemIOManager(base).load(*NAMES) == [1]


def test_the_secret_is_private_and_made_once(base, tmp_path, state):
    FilesystemIOManager(base).save(*NAMES, 1)
    secret = state / "secret"
    text = secret.read_text()
    FilesystemIOManager(tmp_path / "second").save(*NAMES, 1)
    assert secret.read_text() == text
    assert len(bytes.fromhex(text)) == 32
    if os.name == "posix":
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert stat.S_IMODE(secret.parent.stat().st_mode) == 0o700


def test_a_secret_that_others_may_read_does_not_count(base, state):
    FilesystemIOManager(base).save(*NAMES, 1)
    (state / "secret").chmod(0o644)
    FilesystemIOManager(base).load(*NAMES)  # ownership decides, as where no secret can be kept
    assert trust.user_secret() is None


def test_where_no_secret_can_be_kept_ownership_decides(base, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("DPNB_STATE_HOME", str(tmp_path / "file" / "below"))
    FilesystemIOManager(base).save(*NAMES, 1)
    assert FilesystemIOManager(base).load(*NAMES) == 1
    monkeypatch.setattr(trust, "_own_id", lambda _: os.geteuid() + 1)
    with pytest.raises(UntrustedStoreError):
        FilesystemIOManager(base).load(*NAMES)
    (base / "store.json").write_text('{"store": "a", "owners": "any"}')
    with pytest.raises(UntrustedStoreError):
        FilesystemIOManager(base).load(*NAMES)


def test_a_damaged_secret_counts_as_none(base, state):
    FilesystemIOManager(base).save(*NAMES, 1)
    (state / "secret").write_text("not hexadecimal")
    assert trust.user_secret() is None


def test_a_file_system_without_hard_links_holds_a_store_too(base, monkeypatch):
    def refuse(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    FilesystemIOManager(base).save(*NAMES, 1)
    assert FilesystemIOManager(base).load(*NAMES) == 1


def test_processes_that_start_a_store_at_once_agree_on_its_id(base):
    managers = [FilesystemIOManager(base) for _ in range(8)]
    threads = [threading.Thread(target=each.save, args=("run", "task", f"r{n}", n)) for n, each in enumerate(managers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.load("run", "task", f"r{n}") for n, each in enumerate(managers)] == list(range(8))


def test_the_state_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.delenv("DPNB_STATE_HOME")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "xdg"))
    assert trust.state_folder() == tmp_path / "xdg" / "dpnb"
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert trust.state_folder() == tmp_path / ".local" / "state" / "dpnb"


def test_the_verdict_travels_with_a_pickled_instance(base, another_user):
    store = FilesystemIOManager(base)
    store.save(*NAMES, 1)
    store.load(*NAMES)
    data = pickle.dumps(store)
    another_user()
    assert pickle.loads(data).load(*NAMES) == 1


def test_the_verdict_is_found_once(base, monkeypatch):
    FilesystemIOManager(base).save(*NAMES, 1)
    store = FilesystemIOManager(base)
    store.load(*NAMES)
    monkeypatch.setattr(trust, "_read_store", None)  # calling it would fail
    assert store.load(*NAMES) == 1
