"""A complaint's one history: its events in order, its status, cycles, agent, pauses, and what is forgotten of it."""
