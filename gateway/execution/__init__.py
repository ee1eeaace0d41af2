"""Compiled execution: an operation is turned into Python source once and run many times.

`docs/decisions/0012-our-own-executor.md` says why and how. Read the modules in this order: `positions` and `calling`
(what is known of a field beforehand), `emitting` and `completing` (the source that is written), `values` (what the
source leaves to functions), `awaiting` (what must be waited for), `errors`, `plans`, `cache`, `executor`.
"""

from gateway.execution.drop_in import (
    CompiledCoreExecutor,
    CompiledExecution,
    CompiledStrawberryExecutor,
    CompiledSubscription,
)
from gateway.execution.executor import CompiledExecutor

__all__ = [
    "CompiledCoreExecutor",
    "CompiledExecution",
    "CompiledExecutor",
    "CompiledStrawberryExecutor",
    "CompiledSubscription",
]
