"""Publishes another system's log as lifecycle events in stream time."""
