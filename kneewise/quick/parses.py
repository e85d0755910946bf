"""What was understood of short messages lately: "yes", "3" and the words of buttons come often."""

from __future__ import annotations

import hashlib
import pickle
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

KEPT = 512
LONGEST = 80
"""Characters of a text that is worth remembering: a longer one will hardly come again."""
KEPT_SECONDS = 600.0
"""For so long a result, which holds the text, stays in memory; it is never written down."""


class Parses:
    """Parse results by the hash of their text. Each `get` gives a fresh copy.

    A result depends on the text alone: no component looks at the conversation or the sender.
    What begins with a slash names an intent of the domain and is not remembered.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[bytes, tuple[float, bytes]] = OrderedDict()

    def get(self, text: str | None) -> dict[str, Any] | None:
        """The result for a text; None if it is not known, or no longer."""
        self._drop_old()
        key = _key(text)
        if key is None or key not in self._kept:
            return None
        parsed: dict[str, Any] = pickle.loads(self._kept[key][1])  # noqa: S301 - our own, in memory
        return parsed

    def keep(self, text: str | None, parsed: Mapping[str, Any]) -> None:
        """Remember a result, in place of the oldest if there are many."""
        key = _key(text)
        if key is None:
            return
        self._kept[key] = self._clock(), pickle.dumps(parsed, pickle.HIGHEST_PROTOCOL)
        self._kept.move_to_end(key)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget all of it."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)

    def _drop_old(self) -> None:
        """Forget what was parsed too long ago: the oldest come first."""
        since = self._clock() - KEPT_SECONDS
        while self._kept and next(iter(self._kept.values()))[0] < since:
            self._kept.popitem(last=False)


def _key(text: str | None) -> bytes | None:
    """A hash of a text that may be remembered."""
    if not text or len(text) > LONGEST or text.lstrip().startswith("/"):
        return None
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
