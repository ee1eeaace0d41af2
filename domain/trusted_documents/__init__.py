"""Documents that somebody with authority registered for a client application.

A *client* is an application's name, or a partner's id. A *document* is the text of GraphQL operations under an id that is
unique within its client and never changes its meaning: another text needs another id, so that an answer cached under the
id stays true.
"""
