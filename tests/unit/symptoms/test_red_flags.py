"""Every lay phrase of every red flag yields a sign that can raise it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from notation import found

from kneewise.symptoms import about_child
from kneewise.symptoms.lexicon import knowledge_folder

PATH = knowledge_folder() / "red_flags.yml"
DATA: dict[str, Any] = yaml.safe_load(PATH.read_text("utf-8")) if PATH.exists() else {"flags": []}
LAY = [
    (flag["id"], text)
    for flag in [*DATA["flags"], *DATA.get("elsewhere", [])]
    for text in flag.get("lay", [])
]


@pytest.mark.parametrize(("flag", "text"), LAY)
def test_lay_phrase_is_never_missed(flag: str, text: str) -> None:
    told = {value for _, value, status in found(text)[0] if status in {"present", "unsure"}}
    assert told or about_child(text), f"{flag}: nothing found in {text!r}"
