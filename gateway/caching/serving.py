"""Public reads on the wire: the key an answer is kept under, and what HTTP's caches are told."""

import orjson

from gateway.admission import Admitted
from gateway.caching.finished import Finished
from gateway.caching.reading import Pay, PublicReads, Run
from gateway.operations import Answer
from resolvers.context import Context
from resolvers.public_reads import Part, is_public


class CachedReads:
    """Answers operations, from what is kept where they are public. `shared_seconds` is for browsers and proxies: how long
    they may use an answer without asking again."""

    def __init__(self, reads: PublicReads | None, *, shared_seconds: int = 0) -> None:
        self._reads = reads
        self._shared_seconds = shared_seconds

    async def answer(self, admitted: Admitted, context: Context, run: Run, pay: Pay) -> Finished | Answer:
        """A finished answer to a public read; else the operation's own answer."""
        plan = None
        if self._reads is not None and is_public(context):
            plan = self._reads.plan(admitted.prepared.text, admitted.prepared.document, admitted.operation)
        if plan is not None and Part.PRICE in plan.parts and context.actor.customer_id is not None:
            plan = None  # a price list may hold for the customer's groups or tier only
        if plan is None or self._reads is None:
            await pay()
            return await run()
        name = admitted.operation.name
        key = (
            admitted.prepared.text,
            name.value if name else None,
            orjson.dumps(admitted.request.variables, option=orjson.OPT_SORT_KEYS),
            context.actor.kind,
            context.actor.sales_channel_id,
        )
        return await self._reads.answer(key, plan, context, run, pay)

    def cache_control(self, *, signed_in: bool) -> bytes:
        """What caches between us and the client may do with a public answer to GET."""
        if signed_in:
            return b"private, no-cache"
        if self._shared_seconds == 0:
            return b"public, no-cache"
        return b"public, max-age=%d, must-revalidate" % self._shared_seconds


def is_revalidated(given: bytes | None, finished: Finished) -> bool:
    """Whether an If-None-Match names the answer, so that its bytes need not be sent.

    Source: RFC 9110, section 13.1.2: the weak comparison.
    """
    if given is None:
        return False
    named = [part.strip().removeprefix(b"W/") for part in given.split(b",")]
    return finished.etag in named or named == [b"*"]
