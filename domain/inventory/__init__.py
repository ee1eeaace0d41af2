"""Stock: what lies where, what is promised to whom, and what may still be sold.

A *level* is one variant in one location. `on_hand` is sellable goods on the shelf; `committed` is the part of it promised
to orders; `quarantined` is goods beside the shelf that nobody may buy. A *hold* keeps units for a cart or a checkout until
a moment and never changes a level: it simply stops counting when its time has passed, with no job needed.

    available = on_hand - safety_stock - committed - holds that have not expired

Every change of goods writes a movement, so levels are the fold of their movements, and `committed` is the sum of open
commitments. Levels are locked in (variant, location) order before anything that depends on them is read.
"""
