"""The `audit_logger` handler."""
