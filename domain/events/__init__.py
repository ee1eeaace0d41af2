"""The change feed: what subscriptions listen to.

A command that changes something others watch writes one small row (topic, key, version) in its own transaction. After the
commit every replica's relay reads the new rows and wakes its subscribers, who read the object again. A change is a
hint, not a copy: a subscriber that drops one still sees the newest version at the next.
"""
