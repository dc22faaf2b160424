"""Routing, pure: from a complaint's events and a ruleset to decisions, each with its reason."""
