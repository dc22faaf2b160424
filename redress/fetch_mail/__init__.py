"""A mailbox on an IMAP server, each of whose mails becomes one call of intake."""
