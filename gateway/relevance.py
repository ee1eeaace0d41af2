"""The rules of validation that can have something to say about a document.

A rule about variables has nothing to say where there are none, but it costs a second walk through the whole document,
so that a long document is validated more than twice as fast without those that cannot apply. The answer is the same.
"""

from collections.abc import Sequence

from graphql import validation
from graphql.validation import ASTValidationRule

Rules = Sequence[type[ASTValidationRule]]

_ABOUT: dict[tuple[str, ...], frozenset[type[ASTValidationRule]]] = {
    ("$",): frozenset(
        {
            validation.NoUndefinedVariablesRule,
            validation.NoUnusedVariablesRule,
            validation.UniqueVariableNamesRule,
            validation.VariablesAreInputTypesRule,
            validation.VariablesInAllowedPositionRule,
        }
    ),
    ("@",): frozenset(
        {
            validation.DeferStreamDirectiveLabel,
            validation.DeferStreamDirectiveOnRootField,
            validation.DeferStreamDirectiveOnValidOperationsRule,
            validation.KnownDirectivesRule,
            validation.StreamDirectiveOnListField,
            validation.UniqueDirectivesPerLocationRule,
        }
    ),
    ("...", "fragment"): frozenset(
        {
            validation.FragmentsOnCompositeTypesRule,
            validation.KnownFragmentNamesRule,
            validation.NoFragmentCyclesRule,
            validation.NoUnusedFragmentsRule,
            validation.PossibleFragmentSpreadsRule,
            validation.UniqueFragmentNamesRule,
        }
    ),
}
"""Rules by the texts of which at least one is in every document that can break them."""


def relevant(rules: Rules, text: str) -> Rules:
    """Those of the rules that a document of this text can break, in their order."""
    without = {rule for signs, about in _ABOUT.items() if not any(sign in text for sign in signs) for rule in about}
    return [rule for rule in rules if rule not in without]
