"""Each of several questions in a message becomes a clause of its own."""

from __future__ import annotations

import pytest

from kneewise.nlu.clauses import MAX_CLAUSES, split


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("should i ice it", []),
        ("how long should i ice it for", []),
        ("which exercises can i do", []),
        (
            "hurts under the kneecap, can I run and should I ice",
            ["hurts under the kneecap", "can I run", "should I ice"],
        ),
        ("it hurts can i run", ["it hurts", "can i run"]),
        ("should i ice and stretch it", ["should i ice", "should i stretch it"]),
        ("is it better to use ice or to use heat", ["is it better to use ice", "to use heat"]),
        ("sore on stairs. what is it? when will it go", [
            "sore on stairs", "what is it", "when will it go",
        ]),
        ("no", []),
        ("", []),
        (" , . ", []),
    ],
)  # fmt: skip
def test_clauses(text: str, clauses: list[str]) -> None:
    assert split(text) == clauses


def test_a_pasted_page_gives_a_bounded_number_of_clauses() -> None:
    assert len(split("can i run. " * 500)) == MAX_CLAUSES
