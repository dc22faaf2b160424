"""Quix Streams as a peer, in a virtual environment of its own: it wants older pydantic and confluent-kafka."""
