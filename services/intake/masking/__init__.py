"""Free text with personal data in, the text without it and a count per kind out; pure, and nothing is kept."""
