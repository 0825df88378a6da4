"""How adapters wait before they try again what their client does not try again itself."""

import time
from collections.abc import Callable
from typing import Final

Sleep = Callable[[float], None]

# Before the second, third and fourth try. There is no fifth: the caller is told Unavailable, and
# whoever called it has its own way of trying again.
PAUSES_S: Final = (0.05, 0.2, 0.8)
sleep: Final[Sleep] = time.sleep
