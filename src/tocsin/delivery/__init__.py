"""One message per reader: compiled, signed, sent over SMTP, each outcome known."""
