"""What SQLite's errors mean: a disk that may come back, or a file that nobody can read any more."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from eventsourcing.persistence import (
    IntegrityError,
    InterfaceError,
    OperationalError,
    PersistenceError,
)

from lqe.errors import Damaged, Unavailable


@contextmanager
def told_apart(path: Path) -> Iterator[None]:
    """Raise Unavailable for a disk that is full, read-only or busy, Damaged for a spoiled file."""
    name = f"{path.parent.name}/{path.name}"
    try:
        yield
    except IntegrityError:
        raise  # the log says by it that a position is taken
    except OSError as error:
        raise Unavailable(f"{name} cannot be read or written now: {error.strerror}") from error
    except (sqlite3.OperationalError, InterfaceError, OperationalError) as error:
        raise Unavailable(f"{name} cannot be read or written now: {error}") from error
    except (sqlite3.DatabaseError, PersistenceError) as error:
        raise Damaged(
            path.parent.name,
            f"{name} is damaged ({error}): put a good copy in its place and start the server again",
        ) from error
