"""A fold worker: folds its worlds, answers views, and says over the link what came of it.

`python -m lqe.local.worker LINK MARK START` is started by the server, with its end of the link and
the file of its mark.
"""

import faulthandler
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from queue import Empty, Queue

import msgspec

from .fold_wiring import Folding
from .garbage import keep_what_is_loaded
from .link import GARBLED, WHERE, Garbled, Start, ToServer, ToWorker, Unpacker, pack
from .mark import Mark
from .outbox import Outbox
from .parent import die_with_parent
from .rounds import Worker

# Sockets and commits go first: a receipt does not wait for a fold.
_NICE = 5
_BACKLOG = 2_000
_UNSENT = 200
_READ = 1 << 18


class Inbox:
    """What the server said and nobody has taken yet. The process ends when the server is gone."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._queue: Queue[Sequence[ToWorker]] = Queue(_BACKLOG)

    def listen(self) -> None:
        """Read the link until it ends; without a server there is nobody to work for.

        Nor is there with one that says what nobody understands: a worker must not be deaf.
        """
        unpacker: Unpacker[ToWorker] = Unpacker(ToWorker)
        try:
            while data := self._read():
                for group in unpacker.feed(data):
                    self._queue.put(group)
        except Garbled as error:
            sys.stderr.write(f"worker {os.getpid()}: {error}\n")
            sys.stderr.flush()
            os._exit(GARBLED)
        os._exit(0)

    def _read(self) -> bytes:
        try:
            return self._link.recv(_READ)
        except OSError:
            return b""

    def take(self, most_s: float) -> list[ToWorker]:
        """Wait for something to be said, and return all that was; nothing came in `most_s`."""
        try:
            taken = list(self._queue.get(timeout=most_s))
        except Empty:
            return []
        while True:
            try:
                taken += self._queue.get_nowait()
            except Empty:
                return taken

    def rest(self, seconds: float) -> None:
        """Let messages gather for a while."""
        if seconds > 0:
            threading.Event().wait(seconds)


class Mouth:
    """Says things to the server from a thread of its own: folding does not wait for sockets."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._queue: Queue[bytes] = Queue(_UNSENT)
        self._thread = threading.Thread(target=self._run, name="mouth", daemon=True)
        self._thread.start()

    def say(self, messages: Sequence[ToServer]) -> None:
        """Send messages together; wait only if much is unsent."""
        self._queue.put(pack(messages))

    def close(self) -> None:
        """Send what waits, and end."""
        self._queue.put(b"")
        self._thread.join()

    def _run(self) -> None:
        while data := self._queue.get():
            try:
                self._link.sendall(data)
            except OSError:
                os._exit(0)


def bound_memory(most_bytes: int) -> None:
    """Let this process have no more memory than that (0: any), nor than it may already."""
    held_to = resource.getrlimit(resource.RLIMIT_DATA)[1]
    bounds = [most for most in (most_bytes, held_to) if most not in (0, resource.RLIM_INFINITY)]
    if bounds:
        resource.setrlimit(resource.RLIMIT_DATA, (min(bounds), min(bounds)))


def main() -> None:
    """Fold for the server at the other end of the link, until it says that it is enough."""
    start = msgspec.json.decode(sys.argv[3], type=Start)
    die_with_parent(start.parent)
    faulthandler.enable()
    faulthandler.register(WHERE, all_threads=False)
    bound_memory(start.most_bytes)
    link, mark = socket.socket(fileno=int(sys.argv[1])), Mark(int(sys.argv[2]))
    mouth = Mouth(link)
    # Whoever stops the server stops all its processes; this one has to fold to the end first.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    inbox, outbox = Inbox(link), Outbox(mouth.say)
    threading.Thread(target=inbox.listen, name="link", daemon=True).start()
    os.nice(_NICE)
    folding = Folding(start, outbox, mark)
    keep_what_is_loaded()
    try:
        Worker(folding, outbox, inbox).run()
    except OSError:
        mark.clear()  # a disk that fails is no fault of the world that met it
        raise
    mouth.close()


if __name__ == "__main__":
    main()
