"""The `tick` handler."""
