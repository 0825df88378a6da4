"""The `meter` handler."""
