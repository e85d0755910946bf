"""Say back what was written into the diary, and ask for what is missing. Words in coach.yml."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from kneewise.coach import measures
from kneewise.coach.diary import Entry
from kneewise.replies import Reply, Writer

PARTS = ("during", "after", "morning", "pain")
TOLD = (
    ("settled", True, "settled"),
    ("settled", False, "not_settled"),
    ("worse", True, "worse"),
    ("worse", False, "not_worse"),
)
ASKED = ("km", "during", "pain", "morning", "after")
"""What is asked for first, if several things are missing."""


def logged_reply(
    entries: Sequence[Entry],
    missing: Iterable[str],
    unclear: Iterable[str],
    write: Writer,
    unit: str,
    today: date,
) -> Reply:
    """What was noted, day by day, what was left out as unclear, and one question.

    Args:
        entries: what a message told, as `reading.read_day` has it.
        missing: what the pain rule still needs: "km", "during", "after", "morning", "pain".
        unclear: what was left out: "number", "distance", "pain", "day".
        write: puts the words together.
        unit: "km" or "miles".
        today: the runner's day, which is called so.
    """
    says = write.kb.coach.says
    lines = [
        write.fill(says["logged"].text, day=measures.day(e.day, today, write), parts=parts)
        for e in entries
        if (parts := ", ".join(_parts(e, write, unit)))
    ]
    lines = lines or [says["nothing_logged"].text]
    lines += [says[f"unclear_{what}"].text for what in dict.fromkeys(unclear)]
    wanted = [what for what in ASKED if what in set(missing)]
    if wanted:
        past = bool(entries) and entries[-1].day < today
        name = f"ask_{wanted[0]}"
        lines.append(says["ask_morning_now" if name == "ask_morning" and past else name].text)
    buttons = () if wanted else (says["button_today"].text, says["button_chart"].text)
    return Reply("\n".join(lines), "diary", buttons=buttons)


def _parts(entry: Entry, write: Writer, unit: str) -> Iterator[str]:
    """Each thing told of a day, in words."""
    says = write.kb.coach.says
    if entry.km:
        far = measures.told(entry.km, unit, write)
        yield write.fill(says["part_km"].text, distance=far)
    for name in PARTS:
        value = getattr(entry, name)
        if value is not None:
            yield write.fill(says[f"part_{name}"].text, number=f"{value:g}")
    yield from (says[f"part_{name}"].text for name in _named(entry) if f"part_{name}" in says)


def _named(entry: Entry) -> Iterator[str]:
    """What was told in words alone."""
    if entry.km == 0 and "rest" not in entry.did:
        yield "no_run"
    yield from (part for name, value, part in TOLD if getattr(entry, name) is value)
    yield from (*entry.did, *entry.signs)
