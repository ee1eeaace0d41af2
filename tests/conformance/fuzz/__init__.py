"""Differential fuzzing of the compiled executor against graphql-core's.

A case is a number. From it follow, always alike, a schema, a document, variables and data that misbehaves: null where it must
not be, exceptions raised and returned, awaitables, asynchronous iterators, values of the wrong type. Both executors run it, and
data, errors with their paths and locations, and the resolvers' calls are compared.

    python -m tests.conformance.fuzz --cases 100000 --seed 1 --processes 2
"""
