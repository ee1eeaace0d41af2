"""Price lists: other prices than a channel's own, for some channels, markets and buyers, within a period.

Words: a *list* says for whom and when; its *prices* say what a variant costs from a quantity on, and what it is compared
with. A list without a customer group and a tier is *open*: it shows in the catalog to everybody. A *market* is the country
that a sales channel sells in.

Which price is paid: of the lists that hold, the one of the highest priority; of several, the lowest price; of several, the
oldest list. Within a list the price of the largest quantity that is reached. Where no list has a price, the channel's own.

Invariants: a list's currency is that of every channel it holds in; an open list's prices are in the documents of its
products, so what is shown is what is charged.
"""
