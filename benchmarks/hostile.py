"""CPU that a hostile request costs until it is refused, through the whole application, printed and recorded.

Run by `make hostile`. Each request is sent in process, byte for byte, in interleaved rounds; the median and the worst round
of the process's CPU per request, the harness included, are written to benchmarks/hostile.md. Every request is changed a
little each time, so that nothing remembered helps.
"""

import asyncio
import gzip
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path

from starlette.types import ASGIApp, Message

from benchmarks.calibration import REFERENCE_US, fixed_answer_us, told
from gateway.app import Process, create_app, utc_now
from gateway.demo.load import load_demo_retailer
from gateway.logs import configure_logs
from gateway.memory import settle
from gateway.migrating import upgrade
from gateway.settings import Settings

ROUNDS = 5
REPEATS = 10
MILLISECONDS_MAX = 5.0
RECORD = Path(__file__).parent / "hostile.md"
JSON = (b"content-type", b"application/json")


def document(text: str, **more: object) -> Callable[[int], bytes]:
    """A request with a document that differs each time."""
    return lambda number: json.dumps({"query": f"{text} #{number}", **more}).encode()


def raw(body: bytes) -> Callable[[int], bytes]:
    """A body as it is."""
    return lambda _number: body


def fragments(levels: int, uses: int) -> str:
    """Fragments that each spread the next one several times."""
    body = " ".join(["...f%d"] * uses)
    each = "".join(f"fragment f{n} on Query {{ {body.replace('%d', str(n + 1))} }} " for n in range(levels))
    return f"{{ ...f0 }} {each} fragment f{levels} on Query {{ serverTime }}"


def nested(depth: int) -> bytes:
    """JSON as deep as told."""
    return b'{"query": "{ serverTime }", "variables": {"a": ' + b"[" * depth + b"]" * depth + b"}}"


PAGES = "{ products(first: 100) { nodes { variants(first: 100) { nodes { product { variants(first: 100) { nodes { id } } } } } } } }"
WIDE_PAGES = "{ products(first: 100) { nodes { variants(first: 100) { nodes { %s } } } } }"
PRODUCT = "nodes { id title handle vendor description variants(first: 1) { nodes { id sku price { amount } } } }"
NEXT = "variants(first: 1) { nodes { product { %s } } }"
VALID = " ".join(f"a{n}: products(first: 1) {{ {PRODUCT} }}" for n in range(18))
LATE_MISTAKES = {
    "its last word": ("", "products(first: 1) { nodes { id nope } }"),
    "the type of a number": ("", 'products(first: "1") { nodes { id } }'),
    "a variable": ("", "products(first: $first) { nodes { id } }"),
    "the type of a variable": ("query ($first: String) ", "products(first: $first) { nodes { id } }"),
    "a directive": ("", "products(first: 1) { nodes { id @nope } }"),
    "a value inside a value": ("", "products(first: 1, filter: {vendors: [1]}) { nodes { id } }"),
    "a conflict of fragments": ("", "...on Query { serverTime } ...on Query { serverTime: __typename }"),
    "a conflict": ("", "products(first: 1) { nodes { id id: title } }"),
    "a conflict below": ("", "a0: products(first: 1) { nodes { id: title } }"),
    "a fragment that never applies": ("", "products(first: 1) { nodes { ... on Money { amount } } }"),
    "a fragment within itself": ("", "...a } fragment a on Query { ...b } fragment b on Query { ...a"),
    "two fragments of one name": ("", "...a } fragment a on Query { serverTime } fragment a on Query { serverTime"),
    "two operations of one name": ("query A ", "serverTime } query A { serverTime"),
    "introspection in introspection": (
        "",
        "__schema { types { fields { type { fields { type { fields { name } } } } } } }",
    ),
}


def meeting(levels: int) -> str:
    """Fragments of which ever other ones meet, as many as there are ways to choose among the levels before."""
    texts = []
    for level in range(levels):
        for place in range(level + 1):
            below = [f"...f{level + 1}_{place + 1}"] * 2
            if place == 0:
                below = [f"...f{level + 1}_0 ...f{level + 1}_1", f"...f{level + 1}_0"]
            texts.append(f"fragment f{level}_{place} on Product {{ x: {NEXT % below[0]} y: {NEXT % below[1]} }}")
    texts += [f"fragment f{levels}_{place} on Product {{ id }}" for place in range(levels + 1)]
    return f'{{ product(handle: "a") {{ ...f0_0 }} }} {" ".join(texts)}'


REQUESTS: dict[str, tuple[Callable[[int], bytes], int]] = {
    "selections nested 10,000 deep": (document("{ products " * 10_000), 400),
    "selections nested 300 deep": (document("{ products " * 300), 400),
    "values nested 10,000 deep": (document("{ product(id: " + "[" * 10_000), 400),
    "fragments that double 90 times": (document(fragments(90, 2)), 400),
    "fragments that meet in ever new combinations": (document(meeting(9)), 400),
    "a chain of 99 fragments": (document(fragments(99, 1)), 400),
    "14,000 aliases, as many as a body holds": (
        document("{ " + " ".join(f"a{n}: serverTime" for n in range(14_000)) + " }"),
        400,
    ),
    "1,900 fields of one name": (document("{ " + "serverTime " * 1_900 + "}"), 400),
    "fields of one name that may conflict": (
        document("{ me { " + " ".join(f"orders(first: {n}) {{ nodes {{ id }} }}" for n in range(1, 90)) + " } }"),
        400,
    ),
    "a flood of directives": (document("{ serverTime " + "@skip(if: false) " * 15_000 + "}"), 400),
    "a flood of comments": (document("{ serverTime }" + "#\n" * 60_000), 400),
    "240 kB of white space": (document("{ serverTime }" + " " * 240_000), 400),
    "a string of 240 kB": (document('{ product(handle: "' + "a" * 240_000 + '") { id } }'), 400),
    "a number of 200,000 digits": (document("{ products(first: " + "9" * 200_000 + ") { nodes { id } } }"), 400),
    "a list of 60,000 items": (document("{ nodes(ids: [" + "1 " * 60_000 + "]) { id } }"), 400),
    "pages in pages in pages": (document(PAGES), 400),
    "pages in pages, as wide as aliases admit": (
        document(WIDE_PAGES % " ".join(f"s{n}: sku" for n in range(60))),
        400,
    ),
    "1,900 fields that do not exist": (
        document("{ products { nodes { " + " ".join(f"f{n}" for n in range(1_900)) + " } } }"),
        400,
    ),
    **{
        f"a valid document of 600 tokens, but for {what}": (document(f"{head}{{ {VALID} {last} }}"), 400)
        for what, (head, last) in LATE_MISTAKES.items()
    },
    "a field that does not exist": (document("{ nothing }"), 400),
    "a syntax error after 1,900 tokens": (document("{ " + "serverTime " * 1_900 + "} }"), 400),
    "an unfinished block string": (document('{ a(b: """' + '\\"""' * 15_000), 400),
    "NUL in a document": (document('{ product(handle: "\\u0000") { id } }'), 400),
    "variables of 200 kB in one text": (document("{ serverTime }", variables={"a": "x" * 200_000}), 400),
    "80,000 values in variables": (document("{ serverTime }", variables={"a": [[0] * 200] * 400}), 400),
    "4,800 objects, an escape and a field that does not exist": (
        document("{ nothing }", variables={"é": [[{}] * 240] * 20}),
        400,
    ),
    "a variable given twice among 5,000": (
        raw(
            b'{"query": "{ serverTime }", "variables": {"\\u0061": 1, '
            + b",".join(b'"v%d": 1' % n for n in range(4_900))
            + b', "a": 2}}'
        ),
        400,
    ),
    "variables nested 500 deep": (raw(nested(500)), 400),
    "JSON nested 100,000 deep": (raw(b"[" * 100_000), 400),
    "JSON cut off after 250 kB": (raw(b'{"query": "' + b"a" * 250_000), 400),
    "invalid UTF-8": (raw(b'{"query": "{ \xff }"}'), 400),
    "a field given twice": (raw(b'{"query": "{ serverTime }", "query": "{ me { id } }"}'), 400),
    "a batch": (raw(b"[" + b",".join([b'{"query": "{ serverTime }"}'] * 5_000) + b"]"), 400),
    "a body of 10 MB": (raw(b" " * 10_000_000), 413),
    "a packed body": (raw(gzip.compress(b" " * 10_000_000)), 415),
}


_CALLERS = map(str, ip_network("10.0.0.0/8").hosts())
"""Each request comes from another address, so that it is its own check that refuses it and never a rate."""


async def status(app: ASGIApp, body: bytes, *, packed: bool) -> int:
    """The status a request is answered with."""
    pieces = [body[start : start + 65_536] for start in range(0, len(body), 65_536)]
    found: list[int] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": pieces.pop(0) if pieces else b"", "more_body": bool(pieces)}

    async def note(message: Message) -> None:
        if message["type"] == "http.response.start":
            found.append(message["status"])

    headers = [JSON, (b"accept", b"application/graphql-response+json")]
    if packed:
        headers.append((b"content-encoding", b"gzip"))
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await app({**scope, "client": (next(_CALLERS), 1)}, receive, note)
    return found[0]


async def measured(app: ASGIApp, name: str, first: int) -> float:
    """Milliseconds of CPU per request."""
    make, expected = REQUESTS[name]
    bodies = [make(first + number) for number in range(REPEATS)]
    started = time.process_time()
    for body in bodies:
        answered = await status(app, body, packed="packed" in name)
        assert answered == expected, f"{name}: {answered}"
    return (time.process_time() - started) * 1000 / REPEATS


async def main() -> None:
    """Measure every request and record the table."""
    calibration = await asyncio.to_thread(fixed_answer_us)
    configure_logs("text", "critical")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite:///{folder}/hostile.db",
            state_folder=Path(folder),
            worker=False,
            stripe_api_key="sk_test_none",  # type: ignore[arg-type]  # pydantic wraps it
        )
        await asyncio.to_thread(upgrade, settings.database_url)
        process = Process(settings)
        await load_demo_retailer(process, utc_now)
        app = create_app(settings, process)
        settle()  # as a process that serves does
        figures: dict[str, list[float]] = {name: [] for name in REQUESTS}
        for round_number in range(ROUNDS + 1):
            for name in REQUESTS:
                figure = await measured(app, name, round_number * REPEATS)
                if round_number:
                    figures[name].append(figure)
        await process.stop()
    record(figures, calibration)


def record(figures: dict[str, list[float]], calibration: float) -> None:
    """Print and write the table with the machine."""
    rows = []
    for name, rounds in sorted(figures.items(), key=lambda item: -statistics.median(item[1])):
        median = statistics.median(rounds)
        verdict = "" if median * REFERENCE_US / calibration < MILLISECONDS_MAX else "over"
        rows.append(f"| {name} | {REQUESTS[name][1]} | {median:.2f} | {max(rounds):.2f} | {verdict} |")
        print(f"{name:45} {REQUESTS[name][1]} {median:8.2f} {max(rounds):8.2f} {verdict}")
    machine = f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"
    load = f"load average {os.getloadavg()[0]:.1f}"
    RECORD.write_text(
        "# What refusing costs\n\n"
        "CPU of the process per refused request, through the whole application in process, the harness included, by\n"
        f"`make hostile`. {ROUNDS} interleaved rounds of {REPEATS}. The target is {MILLISECONDS_MAX:.0f} ms.\n\n"
        f"Recorded {datetime.now(UTC):%Y-%m-%d} on {machine}, {load}. {told(calibration)}\n"
        "What is over is over at the reference's speed, the figure divided by that factor.\n\n"
        "| request | status | median ms | worst round ms | |\n|---|---|---|---|---|\n" + "\n".join(rows) + "\n"
    )


if __name__ == "__main__":
    asyncio.run(main())
