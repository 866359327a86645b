"""The consent page of a pretend platform: who are you, what do you allow, yes or no.

A twin answers its authorize address with ``show`` (GET) and ``decide`` (POST). The page needs no
script. Whoever approves names the profile: one of two, or any other by its handle.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from urllib.parse import urlencode, urlsplit

from starlette.responses import HTMLResponse, RedirectResponse, Response

from postclock.sandbox.bodies import parse_form
from postclock.sandbox.credentials import SandboxAccount, sandbox_account

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
NAMES = ("ada", "grace")
HANDLE = re.compile(r"[a-z0-9][a-z0-9_]{0,14}", re.ASCII)
STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:26rem;"
    "margin:8vh auto;padding:0 1rem}h1{font-size:1.25rem}fieldset{border:1px solid #8886;"
    "border-radius:.5rem;margin:1rem 0;padding:.75rem 1rem}label{display:block;padding:.15rem 0}"
    "input[type=text]{font:inherit;padding:.4rem .5rem;width:100%;box-sizing:border-box}"
    "button{font:inherit;padding:.55rem 1.1rem;border-radius:.5rem;border:1px solid #8886;"
    "cursor:pointer;margin-right:.5rem}button[value=approve]{background:#2257d6;color:#fff;"
    "border-color:#2257d6}p.small{font-size:.875rem;opacity:.8}code{overflow-wrap:anywhere}"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What an app asks for, as the authorize address was called."""

    label: str
    """The platform, in people's words."""
    platform: str
    client_id: str
    redirect_uri: str
    state: str
    scopes: tuple[str, ...] = ()
    separable: bool = False
    """Whether a person may allow some scopes and not others."""
    note: str = ""
    """What else there is to know on this page."""

    def problem(self) -> str | None:
        """Why nobody can be sent back, in a sentence; None when all is well."""
        if not self.client_id:
            return "The app that sent you did not say who it is."
        if urlsplit(self.redirect_uri).scheme not in ("http", "https"):
            return "The app that sent you did not say where you go afterwards."
        return None


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided; ``account`` is None when they said no."""

    account: SandboxAccount | None
    scopes: tuple[str, ...] = ()


def show(ask: Ask, complaint: str = "") -> Response:
    """The page."""
    if problem := ask.problem():
        return _page(ask.label, f"<h1>{escape(ask.label)}</h1><p>{escape(problem)}</p>", 400)
    who = "".join(
        f'<label><input type="radio" name="profile" value="{name}"{" checked" if not i else ""}> '
        f"{name.capitalize()} <code>@{name}</code></label>"
        for i, name in enumerate(NAMES)
    )
    told = f'<p role="alert"><strong>{escape(complaint)}</strong></p>' if complaint else ""
    note = f"<p class=small>{escape(ask.note)}</p>" if ask.note else ""
    body = f"""<h1>Pretend {escape(ask.label)}</h1>
<p><strong>Postclock</strong> (<code>{escape(ask.client_id[:80])}</code>) asks to use your
account.</p>
{told}<form method="post">
<fieldset><legend>Who are you?</legend>{who}
<label>or somebody else: <input type="text" name="handle" maxlength="15" autocomplete="off"
 placeholder="a handle"></label></fieldset>
{_scopes(ask)}{note}
<button name="decision" value="approve">Allow</button><button name="decision" value="deny">Do not
allow</button></form><p class=small>This is the sandbox that comes with Postclock: nothing here
reaches the real {escape(ask.label)}.</p>"""
    return _page(ask.label, body, 200)


def _scopes(ask: Ask) -> str:
    if not ask.scopes:
        return ""
    fixed = "" if ask.separable else " disabled"
    rows = "".join(
        f'<label><input type="checkbox" name="scopes[]" value="{escape(scope)}" checked{fixed}> '
        f"<code>{escape(scope)}</code></label>"
        for scope in ask.scopes
    )
    return f"<fieldset><legend>It may</legend>{rows}</fieldset>"


def decide(ask: Ask, body: bytes) -> Decision | Response:
    """What the page's form says; the page again when it says nothing that can be taken."""
    if ask.problem():
        return show(ask)
    form = parse_form(body)
    if form.get("decision") != "approve":
        return Decision(None)
    handle = str(form.get("handle") or "").strip().lower() or str(form.get("profile") or "")
    if not HANDLE.fullmatch(handle):
        return show(ask, "A handle has up to 15 letters, digits and underscores.")
    chosen = tuple(s for s in ask.scopes if s in form.get("scopes", ()))
    return Decision(pretend(ask.platform, handle), chosen if ask.separable else ask.scopes)


def pretend(platform: str, handle: str) -> SandboxAccount:
    """The pretend profile with a handle: always the same id."""
    remote_id, given, _ = sandbox_account(platform, handle)
    return SandboxAccount(platform, remote_id, given)


def send_back(ask: Ask, answer: dict[str, str]) -> Response:
    """The browser back to the app with ``answer``, and with its ``state``."""
    query = urlencode({**answer, **({"state": ask.state} if ask.state else {})})
    joint = "&" if urlsplit(ask.redirect_uri).query else "?"
    return RedirectResponse(f"{ask.redirect_uri}{joint}{query}", 302, headers=HEADERS)


def avatar(handle: str) -> str:
    """A picture for a pretend profile: a square in a colour of its own, as an SVG address."""
    hue = int.from_bytes(sha256(handle.encode()).digest()[:2]) % 360
    letter = escape(handle[:1].upper())
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96">'
        f'<rect width="96" height="96" fill="hsl({hue} 55% 42%)"/><text x="48" y="64" fill="#fff" '
        f'font-family="sans-serif" font-size="48" text-anchor="middle">{letter}</text></svg>'
    )
    return "data:image/svg+xml;utf8," + urlencode({"": svg})[1:].replace("+", "%20")


def _page(label: str, body: str, status: int) -> Response:
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pretend '
        f'{escape(label)}</title><meta name="viewport" content="width=device-width,'
        f'initial-scale=1"><style>{STYLE}</style></head><body><main>{body}</main></body></html>'
    )
    return HTMLResponse(html, status, headers=HEADERS)
