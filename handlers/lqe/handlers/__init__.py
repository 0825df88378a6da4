"""What runs on a message: one folder a handler, the same code embedded and on Lambda."""
