"""What touches the world outside: each module implements a port."""
