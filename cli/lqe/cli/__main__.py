"""`python -m lqe.cli` is `ledgerquest`."""

from .main import main

main()
