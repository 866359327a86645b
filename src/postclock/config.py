"""Settings, from the environment only; docs/reference/settings.md describes each.

A wrong value stops the program with a sentence that names its variable.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import platformdirs
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from postclock.http_guard import parse_allowed
from postclock.smtp import read_address

App = tuple[str, str]
"""What a platform calls Postclock by, as its developer pages give it: id and secret."""
APP = "POSTCLOCK_APP_"
"""The variables of the developer apps begin so; whose it is follows."""


class WrongSetting(Exception):
    """A variable of the environment has a value the program cannot work with."""


def _database(value: str) -> str:
    try:
        given = conninfo_to_dict(value)
    except ProgrammingError:
        given = {}
    if not value.startswith(("postgresql://", "postgres://")) or not given:
        raise ValueError("must be a PostgreSQL address: postgresql://user:password@host/database")
    return value


def _web_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        whole = bool(parts.hostname) and parts.port != 0 and not parts.query and not parts.fragment
    except ValueError:
        whole = False
    if not whole or parts.scheme not in ("http", "https") or any(c.isspace() for c in value):
        raise ValueError("must be a web address such as https://posts.example.org")
    return value.rstrip("/")


def _call_address(value: str) -> str:
    _web_address(value.partition("?")[0])
    if "#" in value or any(c.isspace() for c in value):
        raise ValueError("must be a web address such as https://alarm.example.org/ping/1")
    return value


def _networks(value: str) -> str:
    parts = [part.strip() for part in value.split(",") if part.strip()]
    for part in parts:
        try:
            ip_network(part)
        except ValueError:
            raise ValueError(f"“{part}” is not an IP address or network") from None
    return ",".join(parts)


def _allowed(value: str) -> str:
    parse_allowed(value)
    return value


def _bucket(value: str) -> str:
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.!*'()/-]*)?", value):
        raise ValueError("must be s3://bucket or s3://bucket/prefix")
    return value


def _secret(value: str) -> str:
    if len(value) < 8:
        raise ValueError("must have at least 8 characters")
    if not value.isascii() or not value.isprintable() or " " in value:
        raise ValueError("must be printable ASCII without spaces")
    return value


def _mail_server(value: str) -> str:
    read_address(value)
    return value


def _sender(value: str) -> str:
    name, address = parseaddr(value)
    whole = re.fullmatch(r"[^@\s]{1,64}@[^@\s]{1,190}", address)
    if not whole or not value.isprintable() or (name and not value.endswith(">")):
        raise ValueError("must be an e-mail address, such as Postclock <posts@example.org>")
    return value


def _app(value: str) -> App:
    client_id, colon, secret = (part.strip() for part in value.partition(":"))
    readable = f"{client_id}{secret}".isprintable() and " " not in f"{client_id}{secret}"
    if not colon or not client_id or not readable:
        raise ValueError("must be the app's id, a colon and its secret: client_id:client_secret")
    return client_id, secret


def _default_data_dir() -> Path:
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return Path("/var/lib/postclock")
    return Path(platformdirs.user_data_dir("postclock", appauthor=False))


Address = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseModel):
    """Everything an operator can set. Field aliases are the variables' names."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")

    database_url: Annotated[str, AfterValidator(_database)] | None = Field(
        None, alias="DATABASE_URL"
    )
    database_direct_url: Annotated[str, AfterValidator(_database)] | None = Field(
        None, alias="DATABASE_DIRECT_URL"
    )
    host: str = Field("127.0.0.1", alias="POSTCLOCK_HOST", min_length=1)
    port: int = Field(8000, alias="POSTCLOCK_PORT", ge=1, le=65535)
    public_url_given: Address | None = Field(None, alias="POSTCLOCK_PUBLIC_URL")
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "127.0.0.1,::1", alias="POSTCLOCK_TRUSTED_PROXIES"
    )
    data_dir: Path = Field(default_factory=_default_data_dir, alias="POSTCLOCK_DATA_DIR")
    scheduler: Literal["exact", "cron", "off"] = Field("exact", alias="POSTCLOCK_SCHEDULER")
    node_processes: int = Field(1, alias="POSTCLOCK_NODE_PROCESSES", ge=1, le=64)
    secret_keys: str | None = Field(None, alias="POSTCLOCK_SECRET_KEYS")
    sandbox_url_given: Address | None = Field(None, alias="SANDBOX_URL")
    cron_secret: Annotated[str, AfterValidator(_secret)] | None = Field(None, alias="CRON_SECRET")
    deadman_url: Annotated[str, AfterValidator(_call_address)] | None = Field(
        None, alias="DEADMAN_URL"
    )
    deadman_interval: float = Field(60, alias="DEADMAN_INTERVAL", ge=5, le=3600)
    keep_deleted_days: int = Field(30, alias="KEEP_DELETED_DAYS", ge=2, le=3650)
    late_gap: float = Field(15, alias="LATE_GAP", ge=0, le=3600)
    max_retry_count: int = Field(3, alias="MAX_RETRY_COUNT", ge=1, le=20)
    max_posts_per_run: int = Field(50, alias="MAX_POSTS_PER_RUN", ge=1, le=1000)
    media_max_bytes: int = Field(20_000_000, alias="MEDIA_MAX_BYTES", ge=1000, le=1_000_000_000)
    video_max_bytes: int = Field(
        4_000_000_000, alias="VIDEO_MAX_BYTES", ge=1000, le=100_000_000_000
    )
    media_url: Annotated[str, AfterValidator(_bucket)] | None = Field(None, alias="MEDIA_URL")
    media_s3_endpoint: Address | None = Field(None, alias="MEDIA_S3_ENDPOINT")
    media_s3_key: str | None = Field(None, alias="MEDIA_S3_KEY")
    media_s3_secret: str | None = Field(None, alias="MEDIA_S3_SECRET")
    media_s3_region: str = Field("us-east-1", alias="MEDIA_S3_REGION", min_length=1)
    media_s3_path_style: bool = Field(True, alias="MEDIA_S3_PATH_STYLE")
    outbound_allow: Annotated[str, AfterValidator(_allowed)] | None = Field(
        None, alias="OUTBOUND_ALLOW"
    )
    quotas: str | None = Field(None, alias="QUOTAS")
    platform_settings: str | None = Field(None, alias="PLATFORM_SETTINGS")
    request_timeout: float = Field(30, alias="REQUEST_TIMEOUT", ge=1, le=120)
    smtp_url: Annotated[str, AfterValidator(_mail_server)] | None = Field(None, alias="SMTP_URL")
    mail_from: Annotated[str, AfterValidator(_sender)] | None = Field(
        None, alias="MAIL_FROM", validate_default=True
    )
    apps: dict[str, Annotated[App, BeforeValidator(_app)]] = Field(default={}, repr=False)
    """By whose they are, in lower case; from every variable that begins with ``APP``."""

    @field_validator("database_direct_url")
    @classmethod
    def _beside_the_other(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value and info.data.get("database_url", "") is None:
            raise ValueError("must stand beside DATABASE_URL, which leads to the same database")
        return value

    @field_validator("mail_from")
    @classmethod
    def _who_sends(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is None and info.data.get("smtp_url"):
            raise ValueError("must be set beside SMTP_URL: who the mails come from")
        return value

    @property
    def base_url(self) -> str:
        """Where this server is reached from this machine."""
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self.host, self.host)
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        return f"http://{host}:{self.port}"

    @property
    def public_url(self) -> str:
        """Where people reach it."""
        return self.public_url_given or self.base_url

    @property
    def sandbox_url(self) -> str:
        """Where the pretend platforms are reached: built in unless SANDBOX_URL says otherwise."""
        return self.sandbox_url_given or f"{self.base_url}/sandbox"

    @property
    def sandbox_page(self) -> str:
        """Where people see the pretend platforms' timeline."""
        return self.sandbox_url_given or f"{self.public_url}/sandbox"


VARIABLES: tuple[str, ...] = tuple(
    field.alias for field in Settings.model_fields.values() if field.alias
)


SECRET = frozenset(
    {
        "CRON_SECRET",
        "DATABASE_DIRECT_URL",
        "DATABASE_URL",
        "DEADMAN_URL",
        "POSTCLOCK_SECRET_KEYS",
        "SMTP_URL",
    }
)
"""What is never repeated; who knows a dead-man address can keep an alarm silent."""


def load_settings(environment: Mapping[str, str] = os.environ, **overrides: Any) -> Settings:
    """The settings that ``environment`` gives; an empty variable counts as absent.

    Raises WrongSetting with one sentence for each wrong variable.
    """
    given = {name: environment[name] for name in VARIABLES if environment.get(name)}
    apps = {
        name.removeprefix(APP).lower(): value
        for name, value in environment.items()
        if name.startswith(APP) and value
    }
    try:
        return Settings(**given, **{"apps": apps, **overrides})
    except ValidationError as error:
        raise WrongSetting("\n".join(_sentence(e) for e in error.errors())) from None


def _sentence(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if name.startswith("apps."):
        name = f"{APP}{name.removeprefix('apps.').upper()}"
    what = str(error["msg"]).removeprefix("Value error, ")
    shown = "" if name in SECRET or name.startswith(APP) else f" (it is {error['input']!r})"
    return f"{name}: {what[:1].lower()}{what[1:]}{shown}"
