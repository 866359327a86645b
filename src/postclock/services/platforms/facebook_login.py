"""Connecting Facebook Pages (contract sheet 2.a): Facebook Login, then a profile for each Page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from postclock.services.platforms.base import Login, LoginRevoked, Refused
from postclock.services.platforms.connecting import Profile, Visit, Way
from postclock.services.platforms.graph import (
    Graph,
    UserLogin,
    fresh_page_token,
    pages,
    picture_of,
    user_login,
)
from postclock.services.platforms.json_reading import word, words

WAY = Way(
    name="page", label="Page", kind="oauth", keys="meta",
    scopes=("pages_show_list", "pages_manage_posts", "pages_read_engagement"),
    more_scopes=("pages_manage_engagement", "business_management"),
)  # fmt: skip
MORE_SCOPES, NO_MORE = "more_scopes", "none"
"""A setting: what else an app asks for, separated by spaces."""
PUBLISHES = "CREATE_CONTENT"
PERSONAL = "user_token"
"""The person's own long-lived token: with it a Page's is had anew."""


def with_more(way: Way, said: str) -> Way:
    """The way, asking for what the setting names too."""
    more = () if said == NO_MORE else tuple(said.split())
    return replace(way, more_scopes=(*way.more_scopes, *more))


async def page_profiles(
    graph: Graph, visit: Visit, given: Mapping[str, str], now: datetime
) -> list[Profile]:
    """Every Page of whoever consented; one they may not publish to says so."""
    person = await user_login(graph, WAY, visit, given, now)
    listed = await pages(graph, person.token)
    if not listed:
        message = (
            "There is no Facebook Page here: choose a Page when Facebook asks which ones Postclock "
            "may use, or create one first. Profiles of persons cannot be published to."
        )
        raise Refused("profiles_missing", message)
    return [_profile(page, person) for page in listed]


async def page_secrets(graph: Graph, login: Login) -> Mapping[str, str]:
    """The secrets with a fresh Page token; raises LoginRevoked where a person is needed."""
    token = login.secrets.get(PERSONAL)
    if not token:
        message = "Facebook no longer accepts this login: connect the Page again."
        raise LoginRevoked("login_revoked", message)
    fresh = await fresh_page_token(graph, token, login.remote_id)
    return {**login.secrets, "access_token": fresh}


def _profile(page: Mapping[str, Any], person: UserLogin) -> Profile:
    remote_id, token = word(page.get("id")), word(page.get("access_token"))
    name = word(page.get("name"))
    problem = ""
    if PUBLISHES not in words(page.get("tasks")):
        problem = "You may not publish on this Page: its owner can give you the task “Content”."
    elif not token:
        problem = "Facebook gave no token for this Page: connect again and choose it there."
    return Profile(
        remote_id, word(page.get("username")) or name or remote_id,
        {"access_token": token, PERSONAL: person.token}, name, picture_of(page),
        WAY.label, person.scopes, problem=problem,
    )  # fmt: skip
