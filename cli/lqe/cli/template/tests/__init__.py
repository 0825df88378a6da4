"""Tests of the game that `ledgerquest new` writes; this file is not written with it."""
