"""The `achievements` handler."""
