"""A stand-in for the Wayback Machine: saving, the index, replay, TimeMaps, with its limits and its faults."""

from sandbox.wayback.standin import StandIn

__all__ = ["StandIn"]
