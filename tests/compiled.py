"""The executor of tests that go through a room's own schema: every operation of theirs must be compiled."""

from gateway.execution import CompiledStrawberryExecutor
from gateway.execution.plans import Plan


class OnlyCompiled(CompiledStrawberryExecutor):
    """For `strawberry.Schema(execution_context_class=…)`."""

    def _plan(self, serially: bool | None) -> Plan | None:
        plan = super()._plan(serially)
        assert plan is not None, "the operation was left to graphql-core"
        return plan
