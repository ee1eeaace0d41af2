"""An order is sold with the taxes of exactly its basket: a tax service's, or our own table's while the service is silent."""

from domain.orders.checkout_model import TaxQuestionChanged, TaxUnavailable
from domain.pricing import asking
from domain.pricing.model import Basket
from domain.pricing.tax_provider import ProvidedTaxes


def check(basket: Basket, taxes: ProvidedTaxes | None) -> None:
    """Make sure that a basket may be sold with these taxes; None where no tax service is asked.

    Raises:
        TaxQuestionChanged: the service was asked about another basket; not a refusal.
        TaxUnavailable: neither the service nor our own table says what the tax is.
    """
    if taxes is None:
        return
    questions = asking.questions(basket)
    if not all(question.digest in taxes.answers or question.digest in taxes.unanswered for question in questions):
        raise TaxQuestionChanged
    by_table = any(question.digest in taxes.unanswered for question in questions)
    if by_table and not all(asking.knows(basket, question) for question in questions):
        raise TaxUnavailable


def taxed(basket: Basket, taxes: ProvidedTaxes | None) -> Basket:
    """The basket as it is sold, once `check` lets it pass."""
    check(basket, taxes)
    return basket if taxes is None else asking.answered(basket, taxes.answers.get)
