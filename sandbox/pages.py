"""Pages from a directory: ``<host>/<path>`` is what that host shows there.

Beside a page, or in place of one, may lie a JSON file of its name: ``{"status", "reason", "headers": [[name, value]],
"location"}``, each optional. ``_host.json`` in a host's folder holds for the whole host: ``{"https_only": true}``
sends http on to https; ``"missing"`` names the page that is shown, with 404, where there is none.
"""

from __future__ import annotations

import json
import mimetypes
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sandbox.http import Request, Response, plain, redirect

NAMES = ("", ".html", "/index.html")
"""What is tried after the path, in this order: /news is news, news.html or news/index.html."""


class Pages:
    """The hosts of a directory. Files are read anew for each request, so that an edit shows at once.

    hosts: the names of the folders, as they were at start. A directory that is not there raises FileNotFoundError.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.hosts = frozenset(path.name for path in self.folder.iterdir() if path.is_dir())

    def answer(self, request: Request) -> Response:
        """Return the page, the redirect, or a 404."""
        root = self.folder / request.host
        about = _read_json(root / "_host.json")
        if about.get("https_only") and request.scheme == "http":
            return redirect(f"https://{request.host}{request.target}", status=301)
        name = unquote(request.path).strip("/")
        page, facts = self._find(root, name)
        if page is None and facts is None:
            missing = root / str(about.get("missing", "-"))
            return _page(missing, {"status": 404}) if missing.is_file() else plain("Not found.\n", status=404)
        facts = facts or {}
        if "location" in facts:
            return redirect(facts["location"], status=facts.get("status", 301))
        return _page(page, facts)

    def _find(self, root: Path, name: str) -> tuple[Path | None, dict[str, Any] | None]:
        if len(name) > 500 or "\0" in name or any(part in {"..", "_host.json"} for part in name.split("/")):
            return None, None
        paths = [root / f"{name}{ending}".lstrip("/") for ending in NAMES]
        page = next((path for path in paths if path.is_file() and path.suffix != ".json"), None)
        beside = page or paths[0]
        facts = beside.with_name(beside.name.removesuffix(".html") + ".json")
        return page, _read_json(facts) if facts.is_file() else None


def _read_json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _page(path: Path | None, facts: dict[str, Any]) -> Response:
    body = path.read_bytes() if path is not None else b""
    kind = (mimetypes.guess_type(path.name)[0] if path is not None else None) or "text/html"
    headers = [(name, value) for name, value in facts.get("headers", [])]
    if not any(name.lower() == "content-type" for name, _ in headers):
        headers.insert(0, ("Content-Type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind))
    return Response(status=facts.get("status", 200), reason=facts.get("reason"), headers=headers, body=body)
