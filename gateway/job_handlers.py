"""Every job the worker knows, gathered from the rooms."""

from collections.abc import Callable
from datetime import datetime

from domain.acts import Act
from domain.connections import WriteConnection
from domain.payments.provider import PaymentProvider
from domain.pricing.tax_provider import TaxProvider
from gateway import checkout_jobs, gift_card_jobs, payment_jobs, sweeping_jobs, tax_jobs
from gateway.database import Database
from gateway.jobs import JobServices, Worker, act_at, schedule
from gateway.messaging import Messenger

RECURRING = (*payment_jobs.RECURRING, *sweeping_jobs.RECURRING)


def worker_of(
    database: Database,
    provider: PaymentProvider,
    taxes: TaxProvider,
    messenger: Messenger,
    clock: Callable[[], datetime],
) -> Worker:
    """The worker of a process."""
    services = JobServices(database, provider, clock, lambda: act_at(clock()))
    handlers = {
        **payment_jobs.HANDLERS,
        **checkout_jobs.HANDLERS,
        **sweeping_jobs.HANDLERS,
        **messenger.handlers(),
        **tax_jobs.handlers(taxes),
        **gift_card_jobs.handlers(messenger, messenger.signing_key),
    }
    return Worker(services, handlers, recurring=RECURRING)


def start_recurring(conn: WriteConnection, act: Act) -> None:
    """Write the next turn of everything that recurs; every replica may."""
    schedule(conn, act, RECURRING)
