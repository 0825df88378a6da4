"""Folds of the log into views: derived, deletable, rebuilt byte for byte."""
