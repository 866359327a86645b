"""OAuth 2 as the platforms have it: the way out, the code, the tokens. Authlib builds what is sent.

Every failure is one of the closed tree of base.py, with a sentence for a person.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from authlib.common.security import generate_token
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from yarl import URL

from postclock.hiding import note_named
from postclock.http import Http, HttpFailure, Response
from postclock.services.platforms.base import (
    Login,
    LoginRevoked,
    NotPublished,
    Refused,
    ScopesMissing,
)
from postclock.services.platforms.connecting import AppKeys, Visit, Way
from postclock.services.platforms.json_reading import field, word

ClientAuth = Literal["body", "basic"]
DENIED = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})


def new_verifier() -> str:
    """PKCE's secret."""
    token: str = generate_token(64)
    return token


def consent_url(
    url: str, way: Way, visit: Visit, *, joint: str = " ", client: str = "client_id", **more: str
) -> str:
    """Where the browser goes; ``joint`` stands between scopes, ``client`` is how the platform calls
    the app's id."""
    app = keys_of(visit)
    if way.pkce:
        more["code_challenge"] = create_s256_code_challenge(visit.verifier)
        more["code_challenge_method"] = "S256"
    scope = joint.join((*way.scopes, *way.more_scopes))
    built: str = prepare_grant_uri(
        url, app.client_id, "code", redirect_uri=visit.redirect_uri, scope=scope,
        state=visit.state, **more,
    )  # fmt: skip
    if client != "client_id":
        built = built.replace("client_id=", f"{client}=", 1)
    return built.replace("+", "%20")  # not every platform reads a plus as a space


def keys_of(visit: Visit) -> AppKeys:
    """The app's keys; raises Refused where the operator gave none."""
    if visit.app is None:
        raise Refused("setup_required", "This platform needs app keys first: see its setup.")
    return visit.app


def app_of(label: str, login: Login) -> AppKeys:
    """The keys of the app that ``login`` was given to; raises NotPublished where they are missing:
    that is the operator's trouble, and no revocation."""
    if login.app is None:
        message = f"The app keys for {label} are missing: its logins cannot be renewed."
        raise NotPublished("setup_required", message)
    return login.app


def code_in(label: str, given: Mapping[str, str]) -> str:
    """The code that came back; raises Refused where the person or the platform said no."""
    error = given.get("error", "")
    if error in DENIED:
        raise Refused("consent_denied", f"{label} was not allowed to connect: nothing was changed.")
    came = given.get("code", "").removesuffix("#_")
    if error or not came:
        words = given.get("error_description") or error or "it sent no code"
        raise Refused("consent_failed", f"{label} did not connect the account: {words[:200]}")
    return came


async def tokens_for(
    http: Http,
    label: str,
    url: str,
    form: Mapping[str, str],
    app: AppKeys,
    *,
    auth: ClientAuth = "body",
    client: tuple[str, str] = ("client_id", "client_secret"),
) -> Response:
    """The token endpoint's answer, whatever it says; raises NotPublished when there is none."""
    sent, headers = dict(form), {}
    if auth == "basic" and app.client_secret:
        headers["Authorization"] = basic(app)
    else:
        sent[client[0]] = app.client_id
        if app.client_secret:
            sent[client[1]] = app.client_secret
    return await asked(http, label, "POST", url, form=sent, headers=headers)


async def asked(http: Http, label: str, method: str, url: str | URL, **sent: Any) -> Response:
    """An answer about a login; raises NotPublished when the platform cannot be reached."""
    try:
        answer = await http.request(method, url, **sent)
    except HttpFailure as error:
        raise NotPublished("not_signed_in", f"{label} could not be reached: {error}.") from error
    body = answer.json()
    if isinstance(body, Mapping):
        note_named({name: value for name, value in body.items() if isinstance(value, str)})
    return answer


def exchanged(label: str, answer: Response) -> Mapping[str, Any]:
    """The tokens that a code was exchanged for; raises Refused with the platform's words."""
    body = answer.json()
    if answer.ok and isinstance(body, Mapping) and word(body.get("access_token")):
        return body
    words = _words(body) or f"HTTP {answer.status}"
    raise Refused("consent_failed", f"{label} did not connect the account: {words}")


def renewed(
    label: str, answer: Response, revoked: Collection[str] = ("invalid_grant",)
) -> Mapping[str, Any]:
    """The tokens that a refresh gave. Raises LoginRevoked where the platform says by one of
    ``revoked`` that the login is over, else NotPublished: it may work later."""
    body = answer.json()
    if answer.ok and isinstance(body, Mapping) and word(body.get("access_token")):
        return body
    if word(field(body, "error")) in revoked:
        message = f"{label} no longer accepts this login: connect the account again."
        raise LoginRevoked("login_revoked", message)
    words = _words(body) or f"HTTP {answer.status}"
    raise NotPublished("not_signed_in", f"{label} did not renew the login ({words}).")


def ends_at(tokens: Mapping[str, Any], now: datetime, name: str = "expires_in") -> datetime | None:
    """When tokens end that last so many seconds; None where the answer does not say."""
    seconds = tokens.get(name)
    if isinstance(seconds, str) and seconds.isdecimal():
        seconds = int(seconds)
    whole = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return now + timedelta(seconds=float(seconds)) if whole and seconds else None


def require_scopes(label: str, way: Way, granted: Collection[str]) -> None:
    """Raise ScopesMissing with what of ``way.scopes`` was not granted."""
    missing: Sequence[str] = [scope for scope in way.scopes if scope not in granted]
    if missing:
        raise ScopesMissing(label, missing)


def basic(app: AppKeys) -> str:
    """HTTP Basic with the app's keys."""
    return "Basic " + b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()


def with_query(url: str, query: Mapping[str, str]) -> str:
    """``url`` with more in its query."""
    built: str = add_params_to_uri(url, list(query.items()))
    return built


def _words(body: Any) -> str:
    said = word(field(body, "error_description")) or word(field(body, "error_message"))
    return (said or word(field(body, "error")) or word(field(body, "message")))[:200]
