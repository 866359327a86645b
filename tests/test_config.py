"""Settings: their defaults, what stops the program, and the page that describes them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from postclock.config import VARIABLES, Settings, WrongSetting, load_settings
from postclock.crypto import WrongKey
from postclock.installation import key_ring

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "settings.md"
KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3I="


def test_the_page_describes_every_variable_and_nothing_else() -> None:
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \|", PAGE.read_text(), re.MULTILINE)
    assert rows == list(VARIABLES)


def test_the_page_tells_the_defaults() -> None:
    told = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| ([^|]*) \|", PAGE.read_text(), re.MULTILINE))
    fields = {field.alias: field for field in Settings.model_fields.values()}
    for name, cell in told.items():
        default = fields[name].get_default()
        if default is not None and fields[name].default_factory is None:
            assert cell == f"`{default}`", name


def test_nothing_needs_to_be_set(tmp_path: Path) -> None:
    settings = load_settings({})
    assert (settings.host, settings.port, settings.scheduler) == ("127.0.0.1", 8000, "exact")
    assert (settings.max_retry_count, settings.max_posts_per_run) == (3, 50)
    assert settings.request_timeout == 30
    assert settings.database_url is settings.cron_secret is settings.secret_keys is None
    assert settings.public_url == "http://127.0.0.1:8000"
    assert settings.sandbox_url == "http://127.0.0.1:8000/sandbox"
    assert load_settings(dict.fromkeys(VARIABLES, "")) == settings
    assert load_settings({"PATH": "/bin", "POSTCLOCK_UNKNOWN": "x"}) == settings


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"), ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"), ("posts.local", "http://posts.local:8000"),
    ],
)  # fmt: skip
def test_where_the_server_is_reached_from_this_machine(host: str, address: str) -> None:
    assert load_settings({"POSTCLOCK_HOST": host}).base_url == address


def test_a_direct_address_stands_beside_the_other() -> None:
    url = "postgresql://a:topsecret@h/d"
    with pytest.raises(WrongSetting, match="DATABASE_DIRECT_URL: must stand beside") as said:
        load_settings({"DATABASE_DIRECT_URL": url})
    assert "topsecret" not in str(said.value)
    both = {"DATABASE_URL": url, "DATABASE_DIRECT_URL": url}
    assert load_settings(both).database_direct_url == url


def test_addresses_lose_their_last_slash() -> None:
    given = {"POSTCLOCK_PUBLIC_URL": "https://x.example/pc/", "SANDBOX_URL": "http://127.0.0.1:9/"}
    settings = load_settings(given)
    assert settings.public_url == "https://x.example/pc"
    assert settings.sandbox_url == "http://127.0.0.1:9"


WRONG = {
    "SMTP_URL": ["mail.example.org", "http://a:hunter2@b", "smtp://", "smtp://a:hunter2@h/x",
                 "smtp://h:99999", "smtp://a:hunter2@h?tls=1", "smtp://h?starttls=hunter2"],
    "MAIL_FROM": ["posts", "a@b@c", "Post <posts@x", "a b@c", "x@y\nBcc: z@z"],
    "POSTCLOCK_APP_TWITTER": ["hunter2", ":hunter2", "a b:hunter2", "id:hunter2\n2"],
    "DATABASE_URL": ["mysql://root:hunter2@db/x", "postclock", "postgresql://a b:hunter2@/",
                     "postgresql://h?hunter2"],
    "POSTCLOCK_PORT": ["0", "65536", "http", "-1", "80 80", "1e3"],
    "POSTCLOCK_PUBLIC_URL": ["posts.example.org", "ftp://x", "https://", "https:///", "http://a b",
                             "https://x:99999", "https://x/?q", "https://x/#a", "http://[::1"],
    "POSTCLOCK_TRUSTED_PROXIES": ["proxy", "10.0.0.0/33", "127.0.0.1,x"],
    "POSTCLOCK_SCHEDULER": ["on", "EXACT", "0"],
    "SANDBOX_URL": ["127.0.0.1:9", "sandbox", "http://"],
    "CRON_SECRET": ["hunter2", "hunter2 hunter2", "hünter2-hunter2", "hunter2\nhunter2"],
    "MAX_RETRY_COUNT": ["0", "21", "three", "1.5"],
    "MAX_POSTS_PER_RUN": ["0", "1001", "-5", "many"],
    "REQUEST_TIMEOUT": ["0", "121", "nan", "inf", "30s"],
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in WRONG.items() for v in values])
def test_a_wrong_value_stops_with_a_sentence_that_names_it(name: str, value: str) -> None:
    with pytest.raises(WrongSetting, match=rf"^{name}: ") as caught:
        load_settings({name: value})
    sentence = str(caught.value)
    assert len(sentence.splitlines()) == 1
    assert len(sentence) > len(name) + 15
    assert "hunter2" not in sentence


def test_every_wrong_value_is_named_at_once() -> None:
    with pytest.raises(WrongSetting) as caught:
        load_settings({"POSTCLOCK_PORT": "x", "CRON_SECRET": "short", "MAX_RETRY_COUNT": "0"})
    named = [line.partition(":")[0] for line in str(caught.value).splitlines()]
    assert named == ["POSTCLOCK_PORT", "CRON_SECRET", "MAX_RETRY_COUNT"]


@pytest.mark.parametrize("keys", ["hunter2", "k1:hunter2", f"k1:{KEY},k2", f"k1:{KEY},k1:{KEY}"])
def test_wrong_keys_stop_with_a_sentence_that_tells_no_key(tmp_path: Path, keys: str) -> None:
    settings = load_settings({"POSTCLOCK_SECRET_KEYS": keys, "POSTCLOCK_DATA_DIR": str(tmp_path)})
    with pytest.raises(WrongKey, match=r"^POSTCLOCK_SECRET_KEYS: ") as caught:
        key_ring(settings)
    assert "hunter2" not in str(caught.value)
    assert KEY not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_keys_come_from_the_environment_or_from_the_data_directory(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    given = load_settings({"POSTCLOCK_SECRET_KEYS": f"k1:{KEY}", "POSTCLOCK_DATA_DIR": str(home)})
    assert list(key_ring(given).keys) == ["k1"]
    assert not home.exists()
    kept = load_settings({"POSTCLOCK_DATA_DIR": str(home)})
    assert key_ring(kept).keys == key_ring(kept).keys
    assert (home.stat().st_mode & 0o777, (home / "secret.key").stat().st_mode & 0o777) == (
        0o711, 0o600,
    )  # fmt: skip
