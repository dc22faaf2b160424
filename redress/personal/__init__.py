"""What operators do with personal data that is encrypted: destroy it, keep it from destruction, hand it out."""
