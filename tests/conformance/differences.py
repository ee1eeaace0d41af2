"""The tests of graphql-core's suite that may come out differently, each with the sentence that allows it."""

_NONNULL = "tests/execution/test_nonnull.py::describe_execute_handles_non_nullable_types::"
_COMPETING = f"{_NONNULL}describe_handles_multiple_errors_for_a_single_response_position::"

SIBLINGS_MAY_BE_CANCELED = (
    "If during ExecuteSelectionSet() a field with a non-null fieldType raises a field error then that error must propagate to "
    "this entire selection set, either resolving to null if allowed or further propagated to a parent field. If this occurs, "
    "any sibling fields which have not yet executed or have not yet yielded a value may be canceled to avoid unnecessary work."
)
"""GraphQL specification, "Executing Selection Sets". Each of its tests has a place that several errors null: some at once, some
awaited. The tests count on graphql-core's order of cancellation; plans cancel in another."""

ANY_ORDER = "Normally the executor can execute the entries in a grouped field set in whatever order it chooses (normally in parallel)."
"""GraphQL specification, "Normal and Serial Execution". The test compares the order of errors, of which some are awaited."""

ALLOWED: dict[str, str] = {
    f"{_COMPETING}nullable_and_non_nullable_root_fields_throw_nested_errors": SIBLINGS_MAY_BE_CANCELED,
    f"{_COMPETING}nullable_and_non_nullable_nested_fields_throw_nested_errors": SIBLINGS_MAY_BE_CANCELED,
    f"{_COMPETING}slower_nullable_after_non_nullable_root_field": SIBLINGS_MAY_BE_CANCELED,
    f"{_COMPETING}slower_nullable_after_non_nullable_nested_field": SIBLINGS_MAY_BE_CANCELED,
    f"{_NONNULL}describe_nulls_a_complex_tree_of_nullable_fields_each::throws": ANY_ORDER,
}
