"""Programmes: the default one, and publishing new versions of their terms."""

from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.acts import Act
from domain.connections import WriteConnection
from domain.loyalty import store
from domain.loyalty.errors import InvalidProgram
from domain.loyalty.program import Program, ProgramId, RuleType, Terms
from domain.money import Currency

DEFAULT_HANDLE = "default"


def default_program(conn: WriteConnection, act: Act) -> Program:
    """The programme customers enroll in, made with the usual terms when there is none yet: 1 point per 1.00 of net
    spend, released at fulfillment, worth 0.01, dying at the end of the month after twelve months."""
    found = store.program_by_handle(conn, DEFAULT_HANDLE)
    if found is None:
        create_program(conn, DEFAULT_HANDLE, "Points", "POINTS", Currency("EUR"), Terms(), act)
        found = store.program_by_handle(conn, DEFAULT_HANDLE)
        assert found is not None, "a programme that was just made is there"
    return found


def create_program(
    conn: WriteConnection, handle: str, name: str, unit: str, currency: Currency, terms: Terms, act: Act
) -> Program:
    """Write a new programme with its first version.

    Raises:
        InvalidProgram: the terms contradict themselves.
    """
    check(terms)
    program = Program(ProgramId(act.new_id()), handle, name, unit, currency, 1, terms)
    store.insert_program(conn, program, act.now)
    return program


def publish(conn: WriteConnection, program: Program, terms: Terms, act: Act) -> Program:
    """Put new terms in force as the next version. What was awarded before keeps the version that gave it.

    Raises:
        InvalidProgram: the terms contradict themselves.
    """
    check(terms)
    following = replace(program, version=program.version + 1, terms=terms)
    store.publish_version(conn, following, act.now)
    return following


def check(terms: Terms) -> None:
    """Refuse terms that could not be carried out."""
    if not terms.tiers or min(tier.threshold_minor for tier in terms.tiers) != 0:
        raise InvalidProgram("A programme needs a tier that starts at 0.")
    if any(tier.factor < 1 for tier in terms.tiers):
        raise InvalidProgram("A tier's factor is at least 1.")
    if any(rule.type is RuleType.MULTIPLIER and rule.factor < 1 for rule in terms.rules):
        raise InvalidProgram("A rule's factor is at least 1.")
    if any(rule.points < 0 or rule.min_spend_minor < 0 for rule in terms.rules):
        raise InvalidProgram("A rule's points and minimum are never negative.")
    if terms.redeem_minimum < 1 or terms.redeem_multiple < 1 or terms.expiry_months < 1:
        raise InvalidProgram("Minimum, multiple and expiry are at least 1.")
    if any(rate.points_per_minor < 0 or rate.minor_per_point <= 0 for rate in terms.rates):
        raise InvalidProgram("A point is worth more than nothing.")
    try:
        ZoneInfo(terms.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidProgram(f"There is no time zone {terms.time_zone}.") from None
