"""What changed, passed on to everybody who watches: one LISTEN a server, one queue a watcher."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

KEPT = 256


@dataclass(slots=True, eq=False)
class Watcher:
    """One open stream: the posts that changed since it last looked (``*``: some did)."""

    posts: set[str] = field(default_factory=set)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, post: str) -> None:
        self.posts = {"*"} if len(self.posts) >= KEPT else self.posts | {post}
        self.news.set()

    def take(self) -> list[str]:
        """What changed since the last call."""
        self.news.clear()
        posts, self.posts = self.posts, set()
        return sorted(posts)


class Changes:
    """Hears of changes and tells the watchers of their workspace."""

    def __init__(self) -> None:
        self._watchers: dict[str, set[Watcher]] = defaultdict(set)
        self.closing = asyncio.Event()

    def heard(self, _channel: str, payload: str) -> None:
        """A notification: ``workspace:post`` pairs, or ``*`` when they did not fit."""
        for pair in payload.split():
            workspace, _, post = pair.partition(":")
            everybody = [w for watchers in self._watchers.values() for w in watchers]
            for watcher in everybody if pair == "*" else list(self._watchers.get(workspace, ())):
                watcher.add(post or "*")

    def missed(self, listening: bool) -> None:
        """The connection is back: anything may have changed meanwhile."""
        if listening:
            self.heard("", "*")

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self.closing.set()
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.news.set()

    @contextmanager
    def watching(self, workspace: str) -> Iterator[Watcher]:
        """A watcher of ``workspace``'s changes for as long as the block lasts."""
        watcher = Watcher()
        self._watchers[workspace].add(watcher)
        try:
            yield watcher
        finally:
            self._watchers[workspace].discard(watcher)
            if not self._watchers[workspace]:
                del self._watchers[workspace]
