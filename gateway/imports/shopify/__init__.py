"""Products from the CSV that Shopify exports: read row by row, grouped by handle, written some products at a time.

A handle's first row carries the product; further rows carry more variants or images. Every row ends as imported (it made a
product), merged (it added to or changed one), unchanged (all of it was there) or refused with its line and reason, so that
importing a file again changes nothing.
"""
