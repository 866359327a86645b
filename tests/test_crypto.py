"""Secrets at rest: bound to their row, rotated, and a key file that is made once."""

from __future__ import annotations

import base64
import threading
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postclock.crypto import (
    KeyRing,
    WrongKey,
    keys_from_file,
    new_token,
    parse_keys,
    same_secret,
    token_hash,
)
from postclock.services.accounts.secrets import seal, unseal

OLD, NEW = bytes(range(32)), bytes(range(100, 132))


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


@given(st.binary(max_size=500), st.text(max_size=50))
def test_what_was_encrypted_is_read_back(plain: bytes, row: str) -> None:
    ring = KeyRing({"k": OLD})
    row = row.encode("utf-8", "replace").decode()
    key_id, sealed = ring.encrypt(plain, row)
    assert ring.decrypt(key_id, sealed, row) == plain
    assert len(plain) < 8 or plain not in sealed
    assert ring.encrypt(plain, row)[1] != sealed


def test_a_value_moved_to_another_row_is_worthless() -> None:
    ring, mine, other = KeyRing({"k": OLD}), uuid4(), uuid4()
    key_id, sealed = seal(ring, mine, {"access_token": "s3cret"})
    assert unseal(ring, mine, key_id, sealed) == {"access_token": "s3cret"}
    with pytest.raises(WrongKey, match="did not encrypt"):
        unseal(ring, other, key_id, sealed)


@pytest.mark.parametrize("kept", [0, 5, 12, 20, -1])
def test_a_spoilt_value_is_refused(kept: int) -> None:
    ring = KeyRing({"k": OLD})
    key_id, sealed = ring.encrypt(b"secret", "row")
    for spoilt in (sealed[:kept], sealed[:kept] + b"\0" + sealed[kept:]):
        with pytest.raises(WrongKey):
            ring.decrypt(key_id, spoilt, "row")


def test_a_new_key_in_front_encrypts_and_the_old_one_still_reads() -> None:
    before = parse_keys(f"old:{encoded(OLD)}")
    key_id, sealed = before.encrypt(b"secret", "row")
    after = parse_keys(f" new:{encoded(NEW)} , old:{encoded(OLD)},")
    assert after.decrypt(key_id, sealed, "row") == b"secret"
    assert after.encrypt(b"secret", "row")[0] == "new"
    alone = parse_keys(f"new:{encoded(NEW)}")
    with pytest.raises(WrongKey, match="no key “old”"):
        alone.decrypt(key_id, sealed, "row")
    with pytest.raises(WrongKey, match="did not encrypt"):
        KeyRing({"old": NEW}).decrypt(key_id, sealed, "row")


@pytest.mark.parametrize("text", [
    "", " , ", "k1", ":", f":{encoded(OLD)}", "k1:", "k1:short", "k1:%%%", "k1:é" + "e" * 43,
    f"k1:{encoded(OLD[:31])}", f"k1:{encoded(OLD + b'x')}", f"k1:{encoded(OLD)}:x",
    f"k1:{encoded(OLD)},k1:{encoded(NEW)}",
])  # fmt: skip
def test_a_malformed_ring_is_refused_without_telling_it(text: str) -> None:
    with pytest.raises(WrongKey, match=r"^POSTCLOCK_SECRET_KEYS: ") as caught:
        parse_keys(text)
    assert encoded(OLD) not in str(caught.value)


def test_keys_are_not_shown() -> None:
    ring = KeyRing({"k1": b"k" * 32})
    assert repr(ring) == str(ring) == "KeyRing(k1)"


def test_the_key_file_is_made_once_by_whoever_comes_first(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    started = threading.Barrier(12)
    rings: list[KeyRing] = []

    def come() -> None:
        started.wait()
        rings.append(keys_from_file(path))

    threads = [threading.Thread(target=come) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rings) == 12
    assert all(ring.keys == rings[0].keys for ring in rings)
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_tokens_are_long_and_only_their_hash_is_kept() -> None:
    tokens = {new_token() for _ in range(50)}
    assert len(tokens) == 50
    assert all(len(token) >= 43 for token in tokens)
    token = tokens.pop()
    assert token_hash(token) == token_hash(token) != token_hash(token + "x")
    assert token.encode() not in token_hash(token)
    assert same_secret("ü", "ü")
    assert not same_secret("a", "b")
    assert not same_secret("", "b")
