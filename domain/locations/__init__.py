"""Locations: the stores and warehouses goods leave from and come back to.

A location says where it is, when its doors are open in its own time zone, and what it can do: sell, hand over pickups,
ship, receive returns. Coordinates are integer microdegrees; opening hours are minutes of the local day, so that daylight
saving moves the instant and never the hour on the door.
"""
