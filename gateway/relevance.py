"""The rules of validation that can have something to say about a document.

A rule about variables has nothing to say where there are none, but it costs a second walk through the whole document,
so that a long document is validated more than twice as fast without those that cannot apply. The answer is the same.
"""

from collections.abc import Collection, Sequence

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


class RelevantRules:
    """Chooses among the rules of one schema's documents."""

    def __init__(self, rules: Collection[type[ASTValidationRule]]) -> None:
        self._rules = tuple(rules)
        self._chosen: dict[frozenset[type[ASTValidationRule]], Rules] = {}

    def of(self, text: str) -> Rules:
        """The rules that a document of this text can break, in their order."""
        without: frozenset[type[ASTValidationRule]] = frozenset()
        for signs, rules in _ABOUT.items():
            if not any(sign in text for sign in signs):
                without |= rules
        chosen = self._chosen.get(without)
        if chosen is None:
            chosen = self._chosen[without] = tuple(rule for rule in self._rules if rule not in without)
        return chosen
