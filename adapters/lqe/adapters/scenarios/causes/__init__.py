"""Why a scenario might not compute the same twice, found in its text: by rule, file and line."""

from collections.abc import Mapping

from .calls import in_calls
from .cause import RULES, Cause, Rule, Severity
from .imports import in_imports
from .package import Function, Package
from .sets import in_orders
from .state import in_state
from .views import in_views

__all__ = ["RULES", "Cause", "Function", "Package", "Rule", "Severity", "find_causes"]


def find_causes(files: Mapping[str, bytes]) -> list[Cause]:
    """Return what the Python files of a scenario do that may differ, in the order of its lines.

    Raises SyntaxError. What the text cannot show (a value passed on and changed elsewhere) is for
    runs to find. A line that says ``# doctor: RULE is fine, because …`` is left out.
    """
    package = Package(files)
    found = [
        cause
        for look in (in_imports, in_calls, in_orders, in_state, in_views)
        for cause in look(package)
        if not package.is_waived(cause)
    ]
    seen = {(c.file, c.line, c.rule, c.what): c for c in found}
    return sorted(seen.values(), key=lambda c: (c.file, c.line, c.rule, c.what))
