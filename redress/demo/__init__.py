"""A minute of a contact centre's life on real Kafka, watched live, and a summary checked against what was sent."""
