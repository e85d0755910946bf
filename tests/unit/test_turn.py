"""The region of a turn: what the channel set, never what somebody wrote."""

from __future__ import annotations

import pytest

from actions.turn import region_of
from kneewise import knowledge

KB = knowledge.load()


@pytest.mark.parametrize(
    ("events", "region"),
    [
        ([], "eu"),
        ([{"event": "user", "text": "I am in the uk"}], "eu"),
        ([{"event": "user", "metadata": None}], "eu"),
        ([{"event": "user", "metadata": {"region": "uk"}}, {"event": "bot"}], "uk"),
        ([{"event": "user", "metadata": {"region": "atlantis"}}], "eu"),
        ([{"event": "user", "metadata": {"region": ["uk"]}}], "eu"),
        (
            [
                {"event": "user", "metadata": {"region": "uk"}},
                {"event": "user", "metadata": {"region": "us"}},
            ],
            "us",
        ),
    ],
)
def test_the_region_is_the_one_of_the_latest_message(
    events: list[dict[str, object]], region: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KNEEWISE_REGION", raising=False)
    assert region_of(events, KB).id == region
