from __future__ import annotations

import pickle

from dpnb.workspace.secret import Secret, guarded, plain


def test_a_secret_is_text_that_shows_itself_as_nothing():
    secret = Secret("geheim")
    assert secret == "geheim"
    assert f"{secret!r} {[secret]} { ({'key': secret}) }".count("geheim") == 0
    assert repr(pickle.loads(pickle.dumps(secret))) == "'…'"


def test_of_a_url_its_server_is_shown():
    assert repr(Secret("s3://key:geheim@bucket/이름?token=geheim")) == "'s3://key@bucket/이름'"


def test_every_text_among_options_is_guarded_and_given_back_as_it_was():
    options = {"key": "geheim", "client": {"endpoint": "geheim", "names": ["geheim"]}, "ttl": 3}
    kept = guarded(options)
    assert "geheim" not in repr(kept)
    assert plain(kept) == options
    assert type(plain(kept)["client"]["names"][0]) is str
