"""The `submit` handler."""
