"""The topics of a deployment: what it needs, what its cluster has, and the way from one to the other."""

from __future__ import annotations

from redress.topics.cluster import apply_topics
from redress.topics.declared import Difference, Report

__all__ = ["Difference", "Report", "apply_topics"]
