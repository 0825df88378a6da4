"""The `pool_warmer` handler."""
