"""What a tax service must know of our sales: which were made, and what of them was taken back.

Words: a *calculation* is what the service taxed one delivery of an order by; a *sale* is recorded at the service once its
order stands; a *reversal* takes back units that were canceled or returned. Orders taxed by our own table have no rows here.

Invariants: an order's calculation is recorded once and reversed once for each cancellation or settlement; the reversals of
an item never sum to more than the item. The service is called after the commit, by jobs, with keys made of these rows.
"""
