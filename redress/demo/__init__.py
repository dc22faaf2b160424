"""A minute of a contact centre's load on real Kafka, shown live, and a summary checked against what was sent."""
