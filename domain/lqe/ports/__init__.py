"""Everything the engine needs from outside, a Protocol a module; adapters implement them."""
