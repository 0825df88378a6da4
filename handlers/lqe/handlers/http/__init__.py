"""The HTTP API: one table of routes, answered over ports by whichever server reads the requests."""
