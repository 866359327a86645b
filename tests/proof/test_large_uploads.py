"""A large video goes in and comes out of a real server without being in its memory.

``UPLOAD_MB=1000 pytest tests/proof/test_large_uploads.py`` sends a gigabyte; by default it is 200.
"""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import httpx
from tusclient.client import TusClient

from postclock.db.directories import temporary_data_dir
from tests.fixtures.videos import video
from tests.fixtures.workspaces import Team
from tests.proof.rig import node_env, process

MEGABYTES = int(os.environ.get("UPLOAD_MB", "200"))
GROWTH = 40 << 20
"""Bytes by which the server's largest size may grow; the file has at least five times as many."""
CHUNK = 16 << 20


def large_video(path: Path, megabytes: int) -> Path:
    """A whole film with that many megabytes of nothing behind it, none of them on the disk."""
    film, size = video("mp4", seconds=2), megabytes * 1_000_000
    nothing = size - len(film)
    with path.open("wb") as file:
        file.write(film + nothing.to_bytes(4) + b"free")
        file.truncate(size)
    return path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def peak(pid: int) -> int:
    """The largest resident size of a process since it was forgotten, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def forget_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def sent(url: str, team: Team, path: Path) -> dict[str, Any]:
    """The media that an upload of ``path`` becomes, cut in the middle and resumed."""
    headers = {"Authorization": f"Bearer {team.token}"}
    client = TusClient(f"{url}/api/v1/media/uploads", headers=headers)
    size = path.stat().st_size
    said = {"filename": path.name}
    with path.open("rb") as file:
        first = client.uploader(file_stream=file, chunk_size=CHUNK, metadata=said)
        first.upload(stop_at=size // 2)
        client.uploader(file_stream=file, chunk_size=CHUNK, url=first.url).upload()
    answer = httpx.get(str(first.url), headers=headers, timeout=60, trust_env=False)
    media: dict[str, Any] = answer.raise_for_status().json()["media"]
    return media


def read_back(url: str, team: Team, media: dict[str, Any]) -> int:
    """How many bytes its content has, read piece by piece."""
    headers = {"Authorization": f"Bearer {team.token}"}
    at = f"{url}{media['content_url']}"
    with httpx.stream("GET", at, headers=headers, timeout=60, trust_env=False) as answer:
        return sum(len(piece) for piece in answer.iter_bytes(1 << 20))


async def test_a_large_video_is_never_in_memory(dsn: str, team: Team, tmp_path: Path) -> None:
    port = free_port()
    with temporary_data_dir() as home:
        env = {
            **node_env(dsn, "http://127.0.0.1:9"), "POSTCLOCK_DATA_DIR": str(home),
            "POSTCLOCK_SCHEDULER": "off", "POSTCLOCK_PORT": str(port),
        }  # fmt: skip
        with process("serve", env=env) as server:
            server.wait_for("Postclock is at")
            url, pid = f"http://127.0.0.1:{port}", server.child.pid
            warm = tmp_path / "warm.mp4"
            warm.write_bytes(video("mp4", seconds=2))
            read_back(url, team, sent(url, team, warm))
            forget_peak(pid)
            before = peak(pid)
            large = large_video(tmp_path / "large.mp4", MEGABYTES)
            media = sent(url, team, large)
            assert read_back(url, team, media) == large.stat().st_size == media["bytes"]
            grown = peak(pid) - before
            assert media["duration"] == 2
            assert grown < GROWTH, f"{before >> 20} MiB before, {grown >> 20} MiB more"
