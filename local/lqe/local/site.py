"""The play page and its files, as they come with the package."""

from pathlib import Path
from types import MappingProxyType
from typing import Final

from lqe.handlers.http.messages import Request, Response

_FOLDER: Final = Path(__file__).parent / "page"
_TYPES: Final = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".svg": "image/svg+xml",
    }
)
_POLICY: Final = (
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data:; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


class Site:
    """Answers requests for the page; None for any other request."""

    def __init__(self) -> None:
        self._files = {
            path.name: path.read_bytes()
            for path in sorted(_FOLDER.iterdir())
            if path.suffix in _TYPES
        }

    def respond(self, request: Request) -> Response | None:
        """Return the page or one of its files."""
        if request.method not in ("GET", "HEAD"):
            return None
        name = "index.html" if request.path == "/" else request.path.removeprefix("/page/")
        content = self._files.get(name)
        if content is None or (name == request.path):
            return None
        kind = _TYPES[Path(name).suffix]
        headers = {"Content-Security-Policy": _POLICY, "Referrer-Policy": "no-referrer"}
        return Response(status=200, body=content, content_type=kind, headers=headers)
