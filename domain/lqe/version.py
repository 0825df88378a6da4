"""Which engine this is, and which meaning it gives to events."""

from typing import Final

ENGINE_VERSION: Final = "0.1.0"
RULES_VERSION: Final = 1
