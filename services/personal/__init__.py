"""Personal data under encryption, as intake writes it and as operators read, hand out and destroy it."""
