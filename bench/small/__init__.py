"""A small job, which shows the cost of the runtime: a complaint of 484 bytes in, a decision of 141 bytes out."""
