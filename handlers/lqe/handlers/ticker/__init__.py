"""The `ticker` handler."""
