"""Execution side by side: the same schema, data and requests on Tillway, Strawberry, Apollo Server, Mercurius and fixed bytes.

    python -m benchmarks.execution [--rounds N] [--seconds S] [--clients N]

Node's servers take part where Node is installed. Nothing here touches a database: only parsing, executing, encoding and HTTP
are measured.
"""
