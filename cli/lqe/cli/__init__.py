"""The `ledgerquest` command."""
