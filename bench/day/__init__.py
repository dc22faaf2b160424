"""Ordinary days: what the whole deployment costs at a load, how old what it tells is, and what saturates it."""
