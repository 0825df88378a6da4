"""The auditor's tools: execute a log again, and say where it first differs."""

from .report import Divergence, Report, Verdict
from .verify import verify

__all__ = ["Divergence", "Report", "Verdict", "verify"]
