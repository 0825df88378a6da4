"""Which engine this is, and which meaning it gives to events."""

from typing import Final

ENGINE_VERSION: Final = "0.1.0"
RULES_VERSION: Final = 2
# The meanings that a world keeps which was opened before: its log says under which it began.
OLDEST_RULES: Final = 1
PRESENCE_COUNTS: Final = 2
HANDED_OVER_IS_CHECKED: Final = 2
