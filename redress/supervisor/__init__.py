"""Processes that Redress starts: kept running, stopped in order, and never left behind."""
