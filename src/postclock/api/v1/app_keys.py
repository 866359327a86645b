"""The developer apps that platforms call Postclock by. Their secrets are never answered."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from postclock.api.bodies import Body, Text
from postclock.api.deps import PartsOf, Signed, SystemTx, UserTx
from postclock.errors import NotFound
from postclock.services.accounts import apps
from postclock.services.accounts.apps import KeysShown
from postclock.services.accounts.ways import callback_url
from postclock.services.platforms.connecting import AppKeys

router = APIRouter(prefix="/app-keys", tags=["app keys"])


class AppKeysOut(BaseModel):
    """One developer app; `client_id` is null while it is missing."""

    keys: str = Field(examples=["meta"])
    platforms: list[str] = Field(description="What is connected with it.")
    client_id: str | None
    source: Literal["environment", "workspace"] | None = Field(
        description="Where it comes from; the environment's cannot be changed here."
    )
    variable: str = Field(examples=["POSTCLOCK_APP_META"])
    callback_urls: list[str] = Field(
        description="The redirect addresses to enter on the platform's developer pages."
    )

    @classmethod
    def of(cls, shown: KeysShown, public_url: str) -> AppKeysOut:
        return cls(
            keys=shown.keys, platforms=list(shown.platforms), client_id=shown.client_id,
            source=shown.source, variable=shown.variable,
            callback_urls=[callback_url(public_url, name) for name in shown.platforms],
        )  # fmt: skip


class AppKeysList(BaseModel):
    items: list[AppKeysOut]


class AppKeysWish(Body):
    client_id: Text = Field(min_length=1, max_length=500)
    client_secret: Text = Field(min_length=1, max_length=1000)


@router.get("")
async def list_app_keys(tx: UserTx, parts: PartsOf, who: Signed) -> AppKeysList:
    """All developer apps that the platforms need; owners and admins only."""
    apps.require_admin(who)
    shown = await apps.show(tx, parts.apps, who.workspace_id, parts.platforms.values())
    return AppKeysList(items=[AppKeysOut.of(one, parts.settings.public_url) for one in shown])


@router.get("/{keys}")
async def get_app_keys(keys: Text, tx: UserTx, parts: PartsOf, who: Signed) -> AppKeysOut:
    """One developer app; owners and admins only."""
    apps.require_admin(who)
    for one in await apps.show(tx, parts.apps, who.workspace_id, parts.platforms.values()):
        if one.keys == keys:
            return AppKeysOut.of(one, parts.settings.public_url)
    raise NotFound("not_found", "No platform has app keys of this name.")


@router.put("/{keys}")
async def put_app_keys(
    keys: Text, body: AppKeysWish, tx: SystemTx, parts: PartsOf, who: Signed
) -> AppKeysOut:
    """Enter an app's id and secret as its developer pages show them; owners and admins only."""
    app = AppKeys(body.client_id.strip(), body.client_secret.strip())
    known = parts.platforms.values()
    await apps.put(tx, parts.apps, who, known, keys, app)
    users = apps.users_of_keys(known)[keys]
    shown = KeysShown(keys, users, app.client_id, "workspace")
    return AppKeysOut.of(shown, parts.settings.public_url)


@router.delete("/{keys}", status_code=204)
async def delete_app_keys(keys: Text, tx: SystemTx, parts: PartsOf, who: Signed) -> None:
    """Forget an app; accounts that were connected with it stay, and are not renewed any more."""
    await apps.remove(tx, parts.apps, who, parts.platforms.values(), keys)
