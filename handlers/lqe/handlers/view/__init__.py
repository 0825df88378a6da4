"""The `view` handler."""
