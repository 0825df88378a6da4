"""The embedded runtime: the same handlers over SQLite files and WebSockets, in one process."""
