"""History from another system's log, published as lifecycle events in stream time."""
