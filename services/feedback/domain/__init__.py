"""Satisfaction: complaint events and answers in; survey requests, signed counts and summaries out. Pure."""
