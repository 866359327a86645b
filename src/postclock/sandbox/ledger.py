"""Everything the pretend platforms ever accepted, in order: their only memory of posts.

Timelines, taken record keys, idempotency keys and duplicates are all read from here, through
indexes, so a create costs the same with 20,000 entries as with none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from postclock.sandbox.instants import iso, parse
from postclock.sandbox.journal import Journal


@dataclass(slots=True, eq=False)
class Entry:
    """One accepted post; it stays when the post is deleted.

    ``key`` is what the client chose (record key, idempotency key), ``record`` what only the twin
    itself reads, ``media`` its files as ``Uploads.attach`` tells them.
    """

    platform: str
    account: str
    handle: str
    id: str
    text: str
    received_at: datetime
    accepted_at: datetime
    key: str | None = None
    record: Mapping[str, Any] = field(default_factory=dict)
    media: Sequence[dict[str, Any]] = ()
    deleted_at: datetime | None = None

    @property
    def live(self) -> bool:
        return self.deleted_at is None

    def public(self) -> dict[str, Any]:
        """The entry as ``GET /ledger`` shows it."""
        return {
            "platform": self.platform,
            "account": self.account,
            "handle": self.handle,
            "id": self.id,
            "text": self.text,
            "media": list(self.media),
            "received_at": iso(self.received_at),
            "accepted_at": iso(self.accepted_at),
            "deleted_at": iso(self.deleted_at) if self.deleted_at else None,
        }


class Ledger:
    """The entries, and the indexes the twins need. Written only from one event loop."""

    def __init__(self, journal: Path | None = None) -> None:
        self._entries: list[Entry] = []
        self._by_platform: dict[str, list[Entry]] = defaultdict(list)
        self._by_account: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        self._by_id: dict[tuple[str, str], Entry] = {}
        self._by_key: dict[tuple[str, str, str], Entry] = {}
        self._by_text: dict[tuple[str, str, str], Entry] = {}
        self._handles: dict[tuple[str, str], str] = {}
        self.changes = 0
        self._journal = Journal(journal) if journal else None
        if self._journal:
            self._read_back(self._journal)

    def close(self) -> None:
        """Close the journal; the ledger must not be written afterwards."""
        if self._journal:
            self._journal.close()

    # --- reading --------------------------------------------------------------------------------

    def entries(self, platform: str | None = None, account: str | None = None) -> list[Entry]:
        """Entries in acceptance order, deleted ones too."""
        if platform is not None and account is not None:
            return self._by_account.get((platform, account), [])
        chosen = self._entries if platform is None else self._by_platform.get(platform, [])
        return chosen if account is None else [e for e in chosen if e.account == account]

    def timeline(self, platform: str, account: str) -> Iterator[Entry]:
        """An account's live posts, newest first."""
        entries = self._by_account.get((platform, account), [])
        return (entry for entry in reversed(entries) if entry.live)

    def get(self, platform: str, post_id: str) -> Entry | None:
        """The live post with this id."""
        entry = self._by_id.get((platform, post_id))
        return entry if entry and entry.live else None

    def keyed(self, platform: str, account: str, key: str) -> Entry | None:
        """The newest entry under a key its author chose, deleted or not."""
        return self._by_key.get((platform, account, key))

    def same_text(self, platform: str, account: str, text: str) -> Entry | None:
        """The newest entry of an account with exactly this text, deleted or not."""
        return self._by_text.get((platform, account, text))

    def latest(self, platform: str) -> Entry | None:
        """The newest entry of a platform."""
        entries = self._by_platform.get(platform)
        return entries[-1] if entries else None

    def account_by_handle(self, platform: str, handle: str) -> str | None:
        """The account that last posted under a handle."""
        return self._handles.get((platform, handle))

    # --- writing --------------------------------------------------------------------------------

    def accept(self, entry: Entry) -> Entry:
        """Commit an entry: from here on the post is public."""
        self._insert(entry)
        self._write("accepted", entry, **entry.public(), key=entry.key, record=entry.record)
        return entry

    def revise(
        self,
        entry: Entry,
        text: str,
        record: Mapping[str, Any],
        media: Sequence[dict[str, Any]] = (),
    ) -> None:
        """Replace what a post says and shows; it stays the same entry."""
        entry.text, entry.record, entry.media = text, record, media
        self._write("revised", entry, text=text, record=record, media=media)

    def delete(self, entry: Entry, at: datetime) -> None:
        """Take a post off its timeline; the entry stays."""
        entry.deleted_at = at
        self._write("deleted", entry, deleted_at=iso(at))

    def _read_back(self, journal: Journal) -> None:
        try:
            for line in journal.replay():
                self._restore(line)
        except BaseException:
            journal.close()
            raise

    def _insert(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._by_platform[entry.platform].append(entry)
        self._by_account[entry.platform, entry.account].append(entry)
        self._by_id[entry.platform, entry.id] = entry
        self._by_text[entry.platform, entry.account, entry.text] = entry
        self._handles[entry.platform, entry.handle] = entry.account
        if entry.key is not None:
            self._by_key[entry.platform, entry.account, entry.key] = entry

    def _write(self, event: str, entry: Entry, **line: Any) -> None:
        self.changes += 1
        if self._journal:
            self._journal.write(
                {"event": event, "platform": entry.platform, "id": entry.id, **line}
            )

    def _restore(self, line: Mapping[str, Any]) -> None:
        self.changes += 1
        if line["event"] == "accepted":
            self._insert(_entry(line))
            return
        entry = self._by_id[line["platform"], line["id"]]
        if line["event"] == "revised":
            entry.text, entry.record = line["text"], line["record"]
            entry.media = line.get("media", ())
        else:
            entry.deleted_at = parse(line["deleted_at"])


def _entry(line: Mapping[str, Any]) -> Entry:
    return Entry(
        platform=line["platform"],
        account=line["account"],
        handle=line["handle"],
        id=line["id"],
        text=line["text"],
        received_at=parse(line["received_at"]),
        accepted_at=parse(line["accepted_at"]),
        key=line["key"],
        record=line["record"],
        media=line.get("media", ()),
    )
