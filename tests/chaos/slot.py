"""A node's place: strikes come one after another, and whatever died is started again."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from tests.chaos.node import LEASE, Strike, serve_node
from tests.chaos.world import FORKS, PATIENCE, World

FROZEN = 2 * LEASE.total_seconds()


@dataclass
class Node:
    """One process of the product."""

    process: ForkServerProcess
    channel: Connection

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid


@dataclass
class Slot:
    """Keeps one node at work in ``world`` and lets it suffer ``strikes``."""

    world: World
    number: int
    strikes: Iterable[Strike]
    patience: float
    stop: threading.Event = field(default_factory=threading.Event)
    struck: list[Strike] = field(default_factory=list)
    missed: list[Strike] = field(default_factory=list)
    ended: list[int | None] = field(default_factory=list)
    node: Node | None = None
    say: Callable[[str], None] = lambda _line: None

    def run(self) -> None:
        """All strikes; afterwards the node works on in peace."""
        for strike in self.strikes:
            if self.stop.is_set():
                break
            self._next(strike)
            if self._reaches(strike):
                self.say(f"node {self.number}: {strike}")
                self._suffer(strike)
                self.struck.append(strike)
        self._next(None)

    def leave(self) -> None:
        """Stop the node as an operator does, and keep its exit code."""
        if self.node:
            self.node.process.terminate()
            self.node.process.join(PATIENCE)
            self.ended.append(self.node.process.exitcode)
            self._bury()

    def _next(self, strike: Strike | None) -> None:
        if self.node and self._hears(self.node, strike):
            return
        ours, its = FORKS.Pipe()
        log = self.world.logs_in / f"node-{self.number}.log"
        process = FORKS.Process(
            target=serve_node, args=[its, strike, self.world.env, log], daemon=True
        )
        process.start()
        its.close()
        self.node = Node(process, ours)

    def _reaches(self, strike: Strike) -> bool:
        """Whether the node came to the step in time; one that did not is killed where it is."""
        node = self._here()
        try:
            if node.channel.poll(self.patience):
                assert node.channel.recv() == "struck"
                return True
        except (EOFError, ConnectionError):
            self._has_ended(node)
            return False
        self.missed.append(strike)
        self._kill(node)
        return False

    def _suffer(self, strike: Strike) -> None:
        node = self._here()
        match strike.fault:
            case "kill":
                self._kill(node)
            case "freeze":
                self.stop.wait(FROZEN)
                while not node.channel.poll(0.05):
                    os.kill(node.pid, signal.SIGCONT)
                assert node.channel.recv() == "awake"
            case "cut":
                self.world.cut(node.pid)
            case "restart":
                self.world.restart()

    def _hears(self, node: Node, strike: Strike | None) -> bool:
        """Whether a node that waits at its failpoint could be told what comes next."""
        try:
            node.channel.send(strike)
        except ConnectionError:
            self._has_ended(node)
            return False
        return True

    def _has_ended(self, node: Node) -> None:
        """It went by itself, which no node should."""
        node.process.join(PATIENCE)
        self.ended.append(node.process.exitcode)
        self._bury()

    def _kill(self, node: Node) -> None:
        self.world.killed.add(node.pid)
        node.process.kill()
        node.process.join()
        self._bury()

    def _here(self) -> Node:
        assert self.node is not None
        return self.node

    def _bury(self) -> None:
        node, self.node = self._here(), None
        node.channel.close()
        node.process.close()
