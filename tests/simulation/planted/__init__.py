"""Bugs of the protocol that somebody could have made, planted one at a time."""
