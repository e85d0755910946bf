"""The files of the widget, its words, and the page at /chat: read once at the start, then served.

Only what was found at the start has a path, so no path can lead out of the folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import jinja2
import yaml
from sanic.request import Request
from sanic.response import HTTPResponse

from kneewise import knowledge
from kneewise.cards import cited
from kneewise.channels.core import WrongSetting
from kneewise.replies import Writer

ROOT = Path(__file__).resolve().parents[2]
PAGE = "chat"
SCRIPT = "kneewise.js"
STRINGS = "strings.json"
_TEMPLATE = "chat.html.j2"
_KINDS = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}
_CACHED = {
    "Cache-Control": "public, max-age=300, must-revalidate",
    "X-Content-Type-Options": "nosniff",
}
_SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""A page of another site takes the widget, its drawings and its words from here."""
_UNUSED = ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors {ancestors}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


_FOR_READERS = re.compile(rb"(?m)^[ \t]*(?:(?://.*)?\n)?")
"""Lines of comment, empty lines, and what sets lines in: no browser has to load them."""


@dataclass(frozen=True)
class File:
    """What is served at one path."""

    body: bytes
    kind: str
    headers: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def tag(self) -> str:
        """The ETag: another one as soon as anything changes."""
        return f'"{hashlib.sha256(self.body + repr(self.headers).encode()).hexdigest()[:32]}"'

    def served(self, request: Request) -> HTTPResponse:
        """The file, or that the browser has it already."""
        headers = {**_CACHED, **self.headers, "ETag": self.tag}
        if self._is_known(request.headers.get("If-None-Match", "")):
            return HTTPResponse(status=304, headers=headers)
        return HTTPResponse(self.body, headers=headers, content_type=self.kind)

    def _is_known(self, tags: str) -> bool:
        """True if one of the tags is ours; a proxy that compressed the file marks it as weak."""
        known = {tag.strip().removeprefix("W/") for tag in tags.split(",")}
        return self.tag in known or "*" in known


def site(
    widget: Path, strings: Path, days: int, write: Writer, origins: Iterable[str] = ()
) -> dict[str, File]:
    """Every file by its path, from the folder of the widget and the file of its words.

    Args:
        days: how long talks are kept.
        write: what knows the sources.

    Raises:
        WrongSetting: a file is missing or cannot be read.
    """
    try:
        sources = [cited(source, write) for source in write.kb.sources.values()]
        words = _filled(knowledge.read_yaml(strings), days)
        files = {
            path.relative_to(widget).as_posix(): _file(path)
            for path in sorted(widget.rglob("*"))
            if path.suffix in _KINDS and path.is_file() and not path.is_symlink()
        }
        files[STRINGS] = _words({"chat": words["chat"]})
        files[PAGE] = _page(widget, {"page": words["page"], "sources": sources}, origins)
    except (OSError, yaml.YAMLError, KeyError, TypeError, jinja2.TemplateError) as error:
        reason = f"{type(error).__name__}: {' '.join(str(error).split())}"
        raise WrongSetting(f"The chat page cannot be made ({reason}).") from error
    if SCRIPT not in files:
        raise WrongSetting(f"The chat widget is missing: {widget / SCRIPT}")
    return files


def _file(path: Path) -> File:
    """A file of the folder; scripts and drawings may be taken by other sites."""
    body = path.read_bytes()
    if path.suffix == ".js":
        body = _FOR_READERS.sub(b"", body)
    return File(body, _KINDS[path.suffix], {} if path.suffix == ".css" else _SHARED)


def _words(words: Mapping[str, Any]) -> File:
    return File(json.dumps(words, ensure_ascii=False).encode(), "application/json", _SHARED)


def _filled(words: Any, days: int) -> Any:
    """The words, with how long talks are kept put in; what the widget fills stays as it is."""
    if isinstance(words, dict):
        return {key: _filled(value, days) for key, value in words.items()}
    if isinstance(words, list):
        return [_filled(value, days) for value in words]
    return words.replace("{days}", str(days)) if isinstance(words, str) else words


def _page(widget: Path, values: Mapping[str, Any], origins: Iterable[str]) -> File:
    """The page, which only the allowed origins may show in a frame."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(widget), autoescape=True, undefined=jinja2.StrictUndefined
    )
    headers = {
        "Content-Security-Policy": _POLICY.format(ancestors=" ".join(origins) or "'none'"),
        "Permissions-Policy": ", ".join(f"{name}=()" for name in _UNUSED),
        "Referrer-Policy": "no-referrer",
    }
    text = templates.get_template(_TEMPLATE).render(values)
    return File(text.encode(), "text/html; charset=utf-8", headers)
