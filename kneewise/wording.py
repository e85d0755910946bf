"""Texts of domain.yml for the moments when Rasa itself cannot say them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from kneewise import knowledge
from kneewise.knowledge import read_yaml

DOMAIN = Path(__file__).resolve().parents[1] / "domain.yml"


@lru_cache(maxsize=1)
def _responses() -> dict[str, Any]:
    responses: dict[str, Any] = read_yaml(DOMAIN)["responses"]
    return responses


def note(phrase: str) -> dict[str, Any]:
    """A phrase of phrases.yml as a message of its own. Raises KeyError if there is none."""
    metadata: dict[str, Any] = {"topic": "clarify", "urgency": None, "sources": [], "flags": []}
    return {"text": knowledge.load().phrases[phrase], "metadata": metadata}


def said(response: str, topic: str) -> dict[str, Any]:
    """A response of domain.yml as a message with metadata. Raises KeyError if there is none."""
    text = _responses()[response][0]["text"]
    metadata: dict[str, Any] = {"topic": topic, "urgency": None, "sources": [], "flags": []}
    return {"text": text, "metadata": metadata}
