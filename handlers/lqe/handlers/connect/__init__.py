"""The `connect` handler."""
