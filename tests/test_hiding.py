"""What was noted is cut out of whatever leaves the process in words."""

from __future__ import annotations

from postclock.hiding import KEPT, hide, note, note_named


def test_what_was_noted_is_cut_out_also_as_addresses_write_it() -> None:
    note(["s3cret/with+signs"])
    assert hide("?t=s3cret%2Fwith%2Bsigns&x=s3cret/with+signs.") == "?t=[secret]&x=[secret]."
    assert hide("nothing of it") == "nothing of it"


def test_the_longer_of_two_is_cut_out_whole() -> None:
    note(["abcdefgh", "abcdefgh-and-more"])
    assert hide("abcdefgh-and-more abcdefgh") == "[secret] [secret]"


def test_a_beginning_is_cut_out_too() -> None:
    note(["a-very-long-secret-of-somebody"])
    assert hide("(a-very-long-secret-of-so)") == "([secret])"
    assert hide("a-very-long-sec") == "a-very-long-sec"
    assert hide("a-very-long-secret!") == "[secret]!"


def test_what_is_short_stays_a_word() -> None:
    note(["", "bearer"])
    assert hide("bearer") == "bearer"


def test_a_name_says_what_is_a_secret() -> None:
    note_named(
        {"access_token": "token-of-ada", "expires_at": "2027-01-01T00:00:00",
         "token_type": "a-bearer-token", "identifier": "did:plc:ada", "app_password": "pass-of-ada"}
    )  # fmt: skip
    said = "token-of-ada 2027-01-01T00:00:00 a-bearer-token did:plc:ada pass-of-ada"
    assert hide(said) == "[secret] 2027-01-01T00:00:00 a-bearer-token did:plc:ada [secret]"


def test_only_what_was_noted_lately_is_kept() -> None:
    note(["the-first-of-all"])
    note(f"number-{i:06}" for i in range(KEPT))
    assert hide("the-first-of-all") == "the-first-of-all"
    assert hide(f"number-{KEPT - 1:06}") == "[secret]"
