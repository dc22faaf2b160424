"""Breaks a whole deployment on purpose, again and again from a seed, and counts whether its promises held."""
