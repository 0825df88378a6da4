"""The `authorize` handler."""
