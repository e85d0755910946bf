"""Lets schemathesis inside: it sends each request with the token that its route asks for.

Run by schemathesis, in its own environment (`SCHEMATHESIS_HOOKS`), which has nothing of ours.
"""

from __future__ import annotations

import json
import os
import random
from typing import Any

import schemathesis  # type: ignore[import-not-found, unused-ignore]

TOLD = json.loads(os.environ["KNEEWISE_SCHEMA_TOKENS"])
"""`visitors`: tokens of the web channel; and headers by the path that they belong to."""
RIGHT_ORIGIN = 0.8
"""How often a page is one that may use the assistant."""


@schemathesis.hook  # type: ignore[untyped-decorator, unused-ignore]
def before_call(_context: Any, case: Any, _kwargs: Any) -> None:
    """Sign a request, and let it come from an address that sent none before."""
    chosen = random.SystemRandom()
    given = dict(case.headers or {})
    given["X-Forwarded-For"] = ".".join(str(chosen.randrange(1, 255)) for _ in range(4))
    for path, headers in TOLD["headers"].items():
        if case.path.startswith(path):
            given.update(headers)
    if case.path.startswith("/webhooks/web/"):
        given["Authorization"] = f"Bearer {chosen.choice(TOLD['visitors'])}"
        if chosen.random() < RIGHT_ORIGIN:
            given["Origin"] = "http://127.0.0.1"
    case.headers = given
