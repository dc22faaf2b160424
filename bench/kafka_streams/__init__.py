"""Kafka Streams as a peer: its jars, its Java, and the router's rules in a form that it reads."""
