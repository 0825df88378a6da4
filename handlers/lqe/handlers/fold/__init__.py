"""The `fold` handler."""
