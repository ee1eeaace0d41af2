"""Transports: who is offered which, what it costs, and how long it takes.

Words: an *option* is a transport of one sales channel; its *zones* are where it goes; its *bands* say what it costs from a
weight, or from a worth of the discounted goods, on.

An address is offered the active options whose zone names it most exactly: a postal code before a region, a region before
a country, and a country before everywhere. So the far islands get a dearer parcel by an option of their own.
"""
