"""From a method and a path to its route."""

import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from urllib.parse import unquote

from .problems import Declined
from .route import Route

_VARIABLE = re.compile(r"\\{(\w+)\\}")
Methods = dict[str, Route]


class Paths:
    """The table of routes, as it is looked into."""

    def __init__(self, routes: Iterable[Route]) -> None:
        by_path: dict[str, Methods] = {}
        for route in routes:
            by_path.setdefault(route.path, {})[route.method] = route
        self._plain = {path: methods for path, methods in by_path.items() if "{" not in path}
        self._templates = [
            (re.compile(_VARIABLE.sub(r"(?P<\1>[^/]+)", re.escape(path))), methods)
            for path, methods in by_path.items()
            if "{" in path
        ]

    def find(self, method: str, path: str) -> tuple[Route, Mapping[str, str]]:
        """Return the route and what its variables are; raise Declined."""
        methods, variables = self._at(path)
        if methods is None:
            raise Declined(HTTPStatus.NOT_FOUND, "not_found", f"there is nothing at {path[:200]}")
        if method not in methods:
            allowed = ", ".join(sorted(methods))
            reason = f"expected {allowed} at {path[:200]}, got {method[:20]}"
            raise Declined(
                HTTPStatus.METHOD_NOT_ALLOWED, "method_not_allowed", reason, {"Allow": allowed}
            )
        return methods[method], variables

    def _at(self, path: str) -> tuple[Methods | None, Mapping[str, str]]:
        if path in self._plain:
            return self._plain[path], {}
        for pattern, methods in self._templates:
            if found := pattern.fullmatch(path):
                return methods, {name: unquote(each) for name, each in found.groupdict().items()}
        return None, {}
