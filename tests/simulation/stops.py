"""How a run, or a part of it, ends before its time; code under test catches none of these."""


class Killed(BaseException):
    """A process is no more; nothing of what it had in memory is left."""


class Broken(BaseException):
    """Something that must hold does not hold: what was found."""


class Unavoidable(Exception):
    """The function failed in a way that its caller has to live with: it was called in vain."""
