"""Which document a request means: sent as text, by its hash (automatic persisted queries), or by a registered id.

A client *wants* a document and says so in one of several ways; `lookup` turns that into the text that is run. Texts that
strangers persist are bounded and must be valid; texts that are trusted come from files or from the database.
"""
