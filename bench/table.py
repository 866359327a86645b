"""The table of README.md, from the result files and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.results import FOLDER, Runs, middle, total

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- results -->\n", "<!-- end of results -->\n"
PEERS = {"pgqueuer": "PgQueuer", "procrastinate": "Procrastinate", "dbos": "DBOS",
         "celery": "Celery + Redis"}  # fmt: skip
YES, NO = "yes", "**no**"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what the goal is, what came out, whether the goal was reached."""

    bench: str
    goal: str
    here: str
    beside: str
    reached: bool | None = None


def rows(results: Mapping[str, dict[str, Any]]) -> list[Row]:
    """The rows of all benches that have a result, in the table's order."""
    return [row for name, told in TOLD.items() if name in results
            for row in told(results[name]["runs"])]  # fmt: skip


def table(results: Mapping[str, dict[str, Any]]) -> str:
    """Markdown, with a line about the machine under it."""
    if not results:
        return "Nothing has been measured yet.\n"
    lines = [
        "| bench | goal | Postclock | beside it | reached |",
        "| --- | --- | --- | --- | --- |",
    ]
    for row in rows(results):
        reached = "" if row.reached is None else YES if row.reached else NO
        lines.append(f"| {row.bench} | {row.goal} | {row.here} | {row.beside} | {reached} |")
    return "\n".join([*lines, "", *_measured_on(results), ""])


def rewritten(page: str, results: Mapping[str, dict[str, Any]]) -> str:
    """``page`` with its table made anew."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(results)}\n{END}{after}"


def _measured_on(results: Mapping[str, dict[str, Any]]) -> list[str]:
    return [f"- `{name}`: {_circumstances(result)}" for name, result in results.items()]


def _circumstances(result: dict[str, Any]) -> str:
    m, quick = result["machine"], result["sizes"] != "full"
    return (
        f"{len(result['runs'])} run(s) on {m['date']}{', small sizes' if quick else ''};"
        f" {m['cores']} cores of {m['cpu']}, Linux {m['kernel']}, load {m['load_before']:.1f}"
        f" before; PostgreSQL {m['postgresql']}, Python {m['python']}, aiohttp"
        f" {m['packages']['aiohttp']}, psycopg {m['packages']['psycopg']};"
        f" {', '.join(_version(peer, told) for peer, told in result['peers'].items())}"
    )


def _version(peer: str, told: Mapping[str, str]) -> str:
    return f"{PEERS[peer]} {told.get('version') or 'left out: ' + told['left_out']}"


def _throughput(runs: Runs) -> list[Row]:
    bare = _of(runs, "ratio_to", "bare")
    pgqueuer, procrastinate = (
        _of(runs, "ratio_to", "pgqueuer"),
        _of(runs, "ratio_to", "procrastinate"),
    )
    rate = f"{_of(runs, 'postclock', 'rate'):,.0f} posts/s"
    used, alone = (_of(runs, who, "cpu_ms_per_post") for who in ("postclock", "bare"))
    best = max((_of(runs, peer, "rate"), peer) for peer in PEERS)
    title = f"throughput: {_count(runs, 'bare')} overdue among many pending"
    out = [
        Row(title, "≥ 0.6 × the bare loop", f"{rate} = {bare:.2f} ×; {used:.2f} ms CPU each",
            f"bare loop {_of(runs, 'bare', 'rate'):,.0f}/s, {alone:.2f} ms CPU each", bare >= 0.6)
    ]  # fmt: skip
    if best[0]:
        ratio = _of(runs, "ratio_to", best[1])
        others = ", ".join(f"{shown} {_of(runs, peer, 'rate'):,.0f}/s"
                           for peer, shown in PEERS.items() if _of(runs, peer, "rate"))  # fmt: skip
        out.append(Row("", f"≥ 1.2 × the best peer ({PEERS[best[1]]})", f"{ratio:.2f} ×", others,
                       ratio >= 1.2))  # fmt: skip
    if pgqueuer and procrastinate:
        out.append(Row("", "≥ 5 × Procrastinate", f"{procrastinate:.2f} ×", "",
                       procrastinate >= 5))  # fmt: skip
    return [*out, _exact(runs, "postclock")]


def _exact(runs: Runs, who: str) -> Row:
    lost, twice = total(runs, who, "lost"), total(runs, who, "duplicates")
    early = total(runs, who, "early")
    here = f"{lost} lost, {twice} twice, {early} early"
    return Row("", "none lost, twice or early", here, "", not (lost or twice or early))


def _lateness(runs: Runs) -> list[Row]:
    def words(who: str) -> str:
        p50, p99 = _of(runs, who, "late_ms", "p50"), _of(runs, who, "late_ms", "p99")
        return f"p50 {p50:,.1f}, p99 {p99:,.1f} ms"

    beside = "; ".join(f"{shown} {words(peer)}" for peer, shown in PEERS.items()
                       if middle(runs, peer, "late_ms", "p50") is not None)  # fmt: skip
    worst = max(run["postclock"]["late_ms"]["max"] for run in runs)
    p99 = _of(runs, "postclock", "late_ms", "p99")
    here = f"{words('postclock')}, worst {worst:.1f} ms"
    return [
        Row("lateness: one post a second, many pending", "p99 ≤ 5 ms", here, beside, p99 <= 5),
        _exact(runs, "postclock"),
    ]


def _burst(runs: Runs) -> list[Row]:
    first, last = (_of(runs, "postclock", "late_ms", which) for which in ("min", "max"))
    ratio, bare = _of(runs, "ratio"), _of(runs, "bare", "seconds")
    return [
        Row(f"burst: {_count(runs, 'bare')} due at one instant", "first ≤ 5 ms",
            f"{first:.1f} ms", "", first <= 5),
        Row("", "last ≤ 1.6 × the bare loop's time", f"{last / 1000:.2f} s = {ratio:.2f} ×",
            f"bare loop {bare:.2f} s", ratio <= 1.6),
        _exact(runs, "postclock"),
    ]  # fmt: skip


def _restart(runs: Runs) -> list[Row]:
    waiting = sorted(runs[0], key=int)

    def words(who: str) -> str:
        def one(n: str) -> str:
            memory, ready = (_of(runs, n, who, what) for what in ("rss_mb", "ready_seconds"))
            return f"{int(n):,}: {memory:.0f} MB, {ready:.2f} s"

        return "; ".join(map(one, waiting))

    sizes = [_of(runs, n, "postclock", "rss_mb") for n in waiting]
    starts = [_of(runs, n, "postclock", "ready_seconds") for n in waiting]
    goal = "grows < 10 MB in all, ready < 1 s"
    return [
        Row("memory and start, by posts pending", goal, words("postclock"),
            f"one asyncio task per post: {words('task_per_post')}",
            max(sizes) - min(sizes) < 10 and max(starts) < 1)
    ]  # fmt: skip


def _cron(runs: Runs) -> list[Row]:
    told = "; ".join(
        f"{load} a minute: p50 {_of(runs, load, 'late_ms', 'p50') / 1000:.1f} s, p99"
        f" {_of(runs, load, 'late_ms', 'p99') / 1000:.1f} s" for load in runs[0]
    )  # fmt: skip
    return [Row("a minute's cron, 50 a run (the first seed's design)", "side by side",
                "see lateness", told)]  # fmt: skip


def _idle(runs: Runs) -> list[Row]:
    def words(who: str, what: str = "statements") -> str:
        asked, seconds = _of(runs, who, "statements"), _of(runs, who, "seconds")
        day, cpu = _of(runs, who, "statements_a_day"), _of(runs, who, "cpu_percent")
        return (
            f"{asked:,.0f} {what} in {seconds:.0f} s (as many a day: {day:,.0f}), {cpu:.2f} % CPU"
        )

    beside = "; ".join(
        f"{shown} {words(peer, 'commands' if peer == 'celery' else 'statements')}"
        for peer, shown in PEERS.items() if middle(runs, peer, "cpu_percent") is not None
    )  # fmt: skip
    # A minute can show that it is more than that, never that a whole day is less.
    too_many = _of(runs, "postclock", "statements_a_day") > 200
    goal = "≤ 200 statements a day (a test counts a day's)"
    return [Row("idle", goal, words("postclock"), beside, False if too_many else None)]


def _statements(runs: Runs) -> list[Row]:
    def words(which: str) -> str:
        plain, all_ = _of(runs, which, "per_post"), _of(runs, which, "per_post_with_begin_commit")
        return f"{plain:.3g} ({all_:.3g} with BEGIN and COMMIT)"

    bulk, single = _of(runs, "bulk", "per_post"), _of(runs, "single", "per_post")
    return [
        Row("statements per published post, in bulk", "≤ 0.1", words("bulk"), "", bulk <= 0.1),
        Row("… for one post a second", "≤ 6", words("single"), "", single <= 6),
    ]


def _nodes(runs: Runs) -> list[Row]:
    one, two = _of(runs, "one", "rate"), _of(runs, "two", "rate")
    told = f"{two:,.0f} posts/s = {_of(runs, 'ratio'):.2f} ×"
    return [Row("two nodes beside one", "told honestly", told, f"one node {one:,.0f} posts/s")]


def _of(runs: Runs, *path: str) -> float:
    return middle(runs, *path) or 0.0


def _count(runs: Runs, who: str) -> str:
    return f"{_of(runs, who, 'received'):,.0f}"


TOLD: Mapping[str, Callable[[Runs], list[Row]]] = {
    "throughput": _throughput,
    "lateness": _lateness,
    "burst": _burst,
    "restart": _restart,
    "seed_cron": _cron,
    "idle": _idle,
    "statements": _statements,
    "nodes": _nodes,
}


def rewrite(folder: Path = FOLDER) -> None:
    """Make README's table anew."""
    from bench.results import read

    README.write_text(rewritten(README.read_text(), read(folder)))
