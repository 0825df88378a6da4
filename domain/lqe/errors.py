"""Every error of the engine, drawn as one tree.

LedgerQuestError
├── BadInput            what came from outside is malformed; nothing was recorded
│   ├── BadEvent        bytes that are no event of a known name and version
│   └── BadSnapshot     bytes that are no snapshot of this engine
├── Refused             a rule of the scenario or the engine says no to one command
├── StateError          a value that the state of a world does not admit
│   ├── NotFinite       NaN or infinity on its way into the state
│   └── NoSuchEntity    an entity or component that is not there
├── ScenarioError       the scenario itself is wrong: its shape, its imports, its files
├── LogError            the log does not admit what was asked
│   ├── Conflict        another writer holds that position
│   ├── Gap             a position is missing
│   └── WorldDeleted    the world of that name was deleted
├── Unavailable         something outside did not answer; trying again may help
│   ├── Overloaded      too much waits already; nothing was taken in
│   └── Misconfigured   something outside said no, and somebody has to change the deployment
├── Quarantine          this world cannot go on before somebody repairs something
│   ├── MissingCode     the scenario that the log names cannot be loaded
│   ├── Damaged         a file of its tenant holds what nobody wrote
│   └── Unfoldable      the scenario takes more to fold an event than there is
├── ViewFailed          a view of a scenario raised; its world goes on
├── OutsideInvocation   a name of the front was used with no invocation open
└── LimitExceeded       a size, a count or a depth beyond its limit
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lqe.ports.log import Commit


class LedgerQuestError(Exception):
    """Say what was expected, what came, and what to do about it."""


class BadInput(LedgerQuestError):
    """Something from outside is malformed; nothing of it was recorded."""


class BadEvent(BadInput):
    """Bytes are not an event whose name and version this engine knows."""


class BadSnapshot(BadInput):
    """Bytes are not a snapshot that this engine wrote, or they were changed."""


class Refused(LedgerQuestError):
    """A command is not accepted, by `code` for programs and `reason` for people.

    Scenarios raise it from command handlers: ``raise Refused("no_budget", "needs 500, has 120")``.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(f"{code}: {reason}")
        # Whatever a scenario passes: both are sent to players and kept in reports.
        self.code = str(code)
        self.reason = str(reason)


class StateError(LedgerQuestError):
    """A value cannot be part of a world's state."""


class NotFinite(StateError):
    """NaN or infinity was on its way into the state, where only finite numbers are allowed."""


class NoSuchEntity(StateError, LookupError):
    """The entity, or its component, is not there."""


class ScenarioError(LedgerQuestError):
    """The scenario is not one that this engine can run."""


class LogError(LedgerQuestError):
    """The log does not admit what was asked of it."""


class Conflict(LogError):
    """Another writer has already stored an event at that position: `winner`, where it is known."""

    def __init__(self, message: str, winner: "Commit | None" = None) -> None:
        super().__init__(message)
        self.winner = winner


class WorldDeleted(LogError):
    """A world was deleted; its name stays taken."""


class Gap(LogError):
    """A position is missing: what was wanted and what came are both in the message."""


class Unavailable(LedgerQuestError):
    """Something outside is throttled, slow or gone: what was asked may have happened or not."""


class Overloaded(Unavailable):
    """More waits than can be kept: nothing of this was taken in, and it can be sent again."""


class Misconfigured(Unavailable):
    """Something outside refuses: a permission, a name, a limit. No fault of any world."""


class Quarantine(LedgerQuestError):
    """This world cannot go on; other worlds can. The message says what to repair."""


class MissingCode(Quarantine):
    """The scenario that the log names is not at hand, or cannot be loaded."""


class Damaged(Quarantine):
    """A file of `tenant` is not what was written: no world of that tenant can go on."""

    def __init__(self, tenant: str, message: str) -> None:
        super().__init__(message)
        self.tenant = tenant


class Unfoldable(Quarantine):
    """An event takes more memory or depth than a process has; another process may have more."""


class ViewFailed(LedgerQuestError):
    """What players see of a world could not be made: told to who can mend it; the world goes on."""


class OutsideInvocation(LedgerQuestError):
    """A name of the imperative front was used with no invocation open."""


class LimitExceeded(LedgerQuestError):
    """A size, a count or a depth is beyond the limit that the world was opened with."""
