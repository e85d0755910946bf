"""Plain `rasa test`, as a Rasa developer types it, reads our stories and no others."""

from __future__ import annotations

from pathlib import Path

import pytest
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.data import get_data_files

ROOT = Path(__file__).resolve().parents[2]


def test_only_our_stories_are_below_the_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rasa looks through the environment too, where its own template once lay."""
    monkeypatch.chdir(ROOT)
    found = get_data_files(["."], YAMLStoryReader.is_test_stories_file)
    assert [Path(path) for path in found] == [Path("tests/test_stories.yml")]
