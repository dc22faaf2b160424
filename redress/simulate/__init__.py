"""A believable contact centre: complaints in three scripts and what becomes of them, the same for the same seed."""
