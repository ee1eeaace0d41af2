"""Finished answers to public reads of the catalog, kept as bytes and never older than an acknowledged write.

An operation is public when every field it selects is declared so (`resolvers.public_reads`); `classifying` finds out once
per document. Its answer carries *tags*: what it was made from. A commit's announcements name tags too (`tags`), and the
port tells them before the writer is answered, so on one replica no reader that begins after an acknowledged write meets
an older answer: kept ones are gone (`finished`), ones still being made are not kept, and nobody joins them (`reading`).
Other replicas hear of it from one another or read the change feed; an answer is served only while that reading is recent.
"""
