"""The catalog: what is for sale, where, and for how much.

A *product* is what a shopper looks at; its *variants* are what is sold, each one combination of option values with a SKU
and a GTIN. A *sales channel* sells in one currency; a variant is sold in a channel when its product is published there
and the variant has a price there. *Categories* form a tree and each product has at most one; *collections* are hand-made
lists. Each product has one search text, normalised in Python, so that both engines find the same in the same order.
"""
