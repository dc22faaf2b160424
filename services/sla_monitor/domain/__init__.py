"""What the SLA monitor decides: events and time in, clocks and alerts out. Pure."""
