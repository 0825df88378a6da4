"""The server under torture: a real process, real sockets, a real disk, and everything going wrong.

Each campaign is one module, with a short form as a test. The long forms:

    python -m tests.torture kill --times 100        # kill -9 of server and workers under load
    python -m tests.torture noise --frames 200000   # generated input, beside players who play
    python -m tests.torture slow --clients 500      # clients that do not read, or are gone
    python -m tests.torture disk                    # full, and failing in each way
    python -m tests.torture fair                    # one tenant at its limit, beside another
    python -m tests.torture sync                    # no receipt before the disk has the command
    python -m tests.torture long --players 200 --minutes 60

Each prints its figures and ends with status 1 if anything was wrong. They want a quiet machine:
latencies are compared with those of a run without the torture just before.
"""
