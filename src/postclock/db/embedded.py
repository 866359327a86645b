"""The PostgreSQL that Postclock brings: nothing to install, nothing to configure.

Processes that share a data directory share its server. Each holds ``users.lock`` together with
the others for as long as it is there; who starts or stops the server holds ``turn.lock`` alone
meanwhile. The kernel releases both at a process's end, however it ends, so the next one finds
the truth: a server that runs is adopted, one that does not is started.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from postclock.db.cluster import Cluster
from postclock.db.directories import PASSABLE, PRIVATE, make_data_dir, make_directory
from postclock.db.lockfile import Lockfile
from postclock.db.serveruser import server_user
from postclock.errors import Unavailable


class EmbeddedPostgres:
    """This process's part in the PostgreSQL of a data directory.

    ``settings`` are PostgreSQL's own and count only for the process that starts the server.
    """

    def __init__(self, data_dir: Path, settings: Mapping[str, str] | None = None) -> None:
        self._home = data_dir.absolute() / "postgres"
        self._settings = dict(settings or {})
        self._turn = Lockfile(self._home / "turn.lock")
        self._users = Lockfile(self._home / "users.lock")
        self._cluster: Cluster | None = None

    def join(self) -> str:
        """The address of the database ``postclock``, its server made, started or shared.

        Raises Unavailable with a sentence that says what to do.
        """
        if self._cluster is not None:
            return self._cluster.dsn()
        try:
            return self._join()
        except OSError as error:
            raise Unavailable(
                "data_dir_unusable",
                f"{error.filename or self._home}: {error.strerror}. Postclock keeps its database in"
                f" {self._home}; put that right, or set POSTCLOCK_DATA_DIR to another directory.",
            ) from error

    def leave(self) -> None:
        """Stop using the server; the last to leave stops it. Harmless when not joined."""
        if self._cluster is not None:
            self._turn.own()
            self._leave_in_turn()

    def __enter__(self) -> str:
        return self.join()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.leave()

    def _join(self) -> str:
        user = server_user()
        make_data_dir(self._home.parent)
        make_directory(self._home, PASSABLE if user.switch else PRIVATE)
        self._cluster = Cluster(self._home, user, self._settings)
        self._turn.own()
        try:
            self._users.share()
            self._cluster.bring_up()
            dsn = self._cluster.dsn()
        except BaseException:
            self._leave_in_turn()
            raise
        self._turn.release()
        return dsn

    def _leave_in_turn(self) -> None:
        cluster, self._cluster = self._cluster, None
        try:
            if cluster is not None and self._users.try_own():
                cluster.stop()
        finally:
            self._users.release()
            self._turn.release()
