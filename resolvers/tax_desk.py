"""Asking a tax service, outside any transaction, and remembering what it said."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.errors import ProviderUnavailable
from domain.pricing.tax_provider import AnswerOf, ProvidedTaxes, QuestionRefused, TaxAnswer, TaxProvider, TaxQuestion
from resolvers.documents import Recent

ANSWERS_MAX = 10_000
GOOD_FOR = timedelta(hours=1)
"""How long a cart is shown with a remembered answer; a service's rates change overnight."""
QUIET_FOR = timedelta(seconds=10)
"""How long carts are shown by our own table after the service gave no answer, so that not every reader waits for it."""


@dataclass(frozen=True, slots=True)
class _Remembered:
    answer: TaxAnswer
    until: datetime


class TaxDesk:
    """A tax service and its newest answers, by the digests of their questions: at most `ANSWERS_MAX`, for `GOOD_FOR`."""

    def __init__(self, provider: TaxProvider) -> None:
        self._provider = provider
        self._known: Recent[str, _Remembered] = Recent(ANSWERS_MAX)
        self._quiet_until: datetime | None = None

    def known(self, now: datetime) -> AnswerOf:
        """What is remembered and still good."""

        def answer_of(digest: str) -> TaxAnswer | None:
            found = self._known.get(digest)
            return None if found is None or found.until <= now else found.answer

        return answer_of

    def is_quiet(self, now: datetime) -> bool:
        """Whether the service failed a moment ago."""
        return self._quiet_until is not None and now < self._quiet_until

    async def ask(self, questions: Sequence[TaxQuestion], now: datetime) -> ProvidedTaxes:
        """What the service says to questions; those it has answered before are not asked again."""
        known = self.known(now)
        found = {question.digest: known(question.digest) for question in questions}
        missing = [question for question in questions if found[question.digest] is None]
        answered = await asyncio.gather(*(self._asked(question, now) for question in missing))
        for question, answer in zip(missing, answered, strict=True):
            found[question.digest] = answer
            if answer is not None:
                self._known.put(question.digest, _Remembered(answer, min(answer.expires_at, now + GOOD_FOR)))
        answers = {digest: answer for digest, answer in found.items() if answer is not None}
        return ProvidedTaxes(answers, frozenset(found) - frozenset(answers))

    async def _asked(self, question: TaxQuestion, now: datetime) -> TaxAnswer | None:
        try:
            return await self._provider.calculate(question)
        except QuestionRefused:
            return None
        except ProviderUnavailable:
            self._quiet_until = now + QUIET_FOR
            return None
