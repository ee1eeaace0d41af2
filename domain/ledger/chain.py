"""The tamper evidence: what is hashed of a transfer, and in which form."""

import hashlib
from datetime import UTC, datetime
from uuid import UUID

GENESIS = "0" * 64
"""The hash before a wallet's first transfer."""


def seal(
    prev_hash: str,
    *,
    transfer_id: UUID,
    unit: str,
    debit: str,
    credit: str,
    amount: int,
    code: str,
    phase: str,
    order_id: UUID | None,
    hold_id: UUID | None,
    reference: str,
    effective_at: datetime,
    version: int,
    balance_after: int,
) -> str:
    """SHA-256, in hex, over the predecessor's hash and a canonical text of the transfer.

    Only random ids, amounts and times go in, so erasing a person never breaks a chain.
    """
    parts = (
        prev_hash,
        transfer_id.hex,
        unit,
        debit,
        credit,
        str(amount),
        code,
        phase,
        order_id.hex if order_id else "",
        hold_id.hex if hold_id else "",
        reference.replace("\\", "\\\\").replace("|", "\\p"),
        effective_at.astimezone(UTC).isoformat(),
        str(version),
        str(balance_after),
    )
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
