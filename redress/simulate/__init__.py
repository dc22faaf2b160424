"""A realistic contact centre: complaints in three scripts and their lifecycle events, the same for the same seed."""
