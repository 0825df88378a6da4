"""The `append` handler."""
