"""What several replicas share through Redis: rates, slots, persisted queries, and the word that something was committed.

Nothing here is the only copy of anything. When Redis is away, each replica goes on by itself: its own rates and slots, its own
persisted queries, and the change feed read every tenth of a second.
"""
