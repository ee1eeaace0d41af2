"""The jobs that keep the tax service's books: a sale once its order stands, and what is taken back of it.

Each asks outside any transaction with a key made of our row and then writes the answer; run again, it finds what was done.
"""

from collections.abc import Awaitable, Mapping
from typing import TypeVar
from uuid import UUID

from domain.errors import ProviderUnavailable
from domain.jobs.store import Job
from domain.pricing.tax_provider import TaxProvider
from domain.taxes import service
from domain.taxes.model import CalculationId, ReversalId
from gateway.jobs import Handler, JobServices, Unanswered

T = TypeVar("T")


def handlers(provider: TaxProvider) -> Mapping[str, Handler]:
    """The handlers over a tax service."""

    async def record(services: JobServices, job: Job) -> None:
        """Record an order's sale by a calculation."""
        calculation_id = CalculationId(UUID(str(job.body["calculation"])))
        sale = await services.database.read(lambda conn: service.to_record(conn, calculation_id))
        if sale is None:
            return
        recorded = await _answered(provider.record(sale))
        await services.write(lambda conn, act: service.record(conn, calculation_id, recorded, act))

    async def reverse(services: JobServices, job: Job) -> None:
        """Take a part of a recorded sale back."""
        reversal_id = ReversalId(UUID(str(job.body["reversal"])))
        wanted = await services.database.read(lambda conn: service.to_reverse(conn, reversal_id))
        if wanted is None:
            return
        transaction = await _answered(provider.reverse(wanted))
        await services.write(lambda conn, _act: service.reverse(conn, reversal_id, transaction))

    return {service.RECORD: record, service.REVERSE: reverse}


async def _answered(asked: Awaitable[T]) -> T:
    """The service's answer; without one the job comes back."""
    try:
        return await asked
    except ProviderUnavailable as error:
        raise Unanswered(str(error)) from None
