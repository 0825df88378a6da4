"""When Python looks for garbage in a process that serves for long."""

import gc


def keep_what_is_loaded() -> None:
    """Let the collector pass over what is loaded by now, and look seldom for the rest.

    A look over everything takes longer than a receipt may.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
