"""The small job that the prototypes were measured with: a complaint of 484 bytes in, a decision of 141 bytes out."""
