"""Every worked case is either reproduced here, in another room's tests, or tells of what the shop does not do."""

import re
from pathlib import Path

from tests.money.cases import CASES

ELSEWHERE = {
    "M49": "tests/payments/test_rules.py",
    "M50": "tests/payments/test_refunding.py",
}
"""Refund capacity under a dispute and under refunds on their way: no sale, so told of the rules of payments."""

ABSENT = {
    "M20": "Shipping goes back as it was paid: no policy caps it at the least expensive method.",
    "M21": "A return has no fee for its shipping.",
    "M22": "A return has no fee.",
    "M36": "Money goes back by returns and cancellations alone, never as goodwill on an order.",
    "M42": "An order is in the one currency of its sales channel, which its payments share.",
    "M43": "A refund goes to the tenders that paid; store credit replaces only a refund that failed.",
    "M46": "A price is not adjusted after the sale.",
    "M51": "The journal holds points, stored value and the rounding of cash; revenue, tax and cost are not journaled.",
    "M53": "A picker offers no substitute.",
}
PARTLY = {
    "M23": "Of UNWANTED: a return has no restocking fee.",
    "M31": "Of DEDUCT_FROM_REFUND and WRITE_OFF: a refund never pays for points, programs choose among other reaches.",
    "M55": "Of GIFT_RECEIPT and NONE: money goes back to the tenders of a known order.",
    "M56": "Of COMPLETE_ONLY: a part of a bundle may always come back.",
}
HERE = Path(__file__).parent


def named(*texts: str) -> set[str]:
    """The cases that texts name, as `"M01"` or `# M01`."""
    return {f"M{number}" for text in texts for number in re.findall(r"\bM(\d\d)\b", text)}


def test_every_worked_case_is_reproduced_or_tells_of_what_the_shop_does_not_do() -> None:
    ours = [path.read_text() for path in HERE.glob("test_*.py") if path.name != Path(__file__).name]
    reproduced = named(*ours)
    assert reproduced.isdisjoint({*ABSENT, *ELSEWHERE})
    assert reproduced | ABSENT.keys() | ELSEWHERE.keys() == CASES.keys()
    assert PARTLY.keys() <= reproduced


def test_what_other_rooms_reproduce_is_there() -> None:
    for name, path in ELSEWHERE.items():
        assert name in named((HERE.parents[1] / path).read_text())


def test_the_cases_are_those_that_were_worked() -> None:
    assert len(CASES) == 42
    assert all(case.expected for case in CASES.values())
