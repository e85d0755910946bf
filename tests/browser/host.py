"""Someone else's site: pages of another origin, served under the policy that they choose."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from running import HOST

STRICT = (
    "default-src 'none'; script-src 'self' {bot}; connect-src {bot}; style-src 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; report-uri /csp"
)
EMBED = '<script type="module" src="{bot}/webhooks/web/kneewise.js" data-auto{more}></script>'
PAGE = """<!doctype html>
<html lang="en"{attributes}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fell Harriers</title><link rel="stylesheet" href="/site.css"></head>
<body><header><h1>Fell Harriers</h1></header>
<main><p id="text">We run on Tuesdays.</p>
<p><button type="button" id="own">Join the club</button> <a href="#text">Routes</a></p>{body}</main>
{embed}</body></html>"""


@dataclass
class Site:
    """A small web server; what it serves can be changed while it runs."""

    url: str
    pages: dict[str, tuple[str, str, dict[str, str]]] = field(default_factory=dict)
    reports: list[Any] = field(default_factory=list)

    def put(self, path: str, text: str, kind: str = "text/html", **headers: str) -> str:
        """Serve a text at a path; the address of it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (text, f"{kind}; charset=utf-8", named)
        return self.url + path

    def embed(self, bot: str, path: str = "/", more: str = "", **parts: str) -> str:
        """Serve a page with the one-line embed, under the strict policy; the address of it."""
        script = EMBED.format(bot=bot, more=more and f" {more}")
        return self.page(bot, path, embed=script, **parts)

    def page(self, bot: str, path: str = "/", **parts: str) -> str:
        """Serve a page whose parts are given, under the strict policy; the address of it."""
        text = PAGE.format(**{"attributes": "", "body": "", "embed": "", **parts})
        return self.put(path, text, Content_Security_Policy=STRICT.format(bot=bot))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    site: Site

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self._send(*self.site.pages.get(path, ("", "text/plain", {})))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.site.reports.append(json.loads(body))
        self._send("", "text/plain", {})

    def _send(self, text: str, kind: str, headers: dict[str, str]) -> None:
        body = text.encode()
        self.send_response(200)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[ThreadingHTTPServer]:
    """Serve with a handler, on a free port of the loopback, until no longer needed."""
    server = ThreadingHTTPServer((HOST, 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def other_site() -> Iterator[Site]:
    """A site of its own origin."""
    handler = type("SiteHandler", (_Handler,), {})
    with listening(handler) as server:
        handler.site = site = Site(f"http://{HOST}:{server.server_port}")
        site.put("/site.css", "body { margin: 2rem; font-family: serif }", "text/css")
        yield site
