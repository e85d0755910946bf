"""Say back what was written into the diary, without a word of advice. Words in coach.yml."""

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


def logged_reply(
    entries: Sequence[Entry],
    unclear: Iterable[str],
    write: Writer,
    unit: str,
    today: date,
    *,
    tomorrow: bool = False,
) -> Reply:
    """What was noted, day by day, and what was left out as unclear.

    Args:
        entries: what a message told, as `reading.read_day` has it.
        unclear: what was left out: "number", "distance", "pain", "day".
        write: puts the words together.
        unit: "km" or "miles".
        today: the runner's day, which is called so.
        tomorrow: the morning after the run is still to come, and wanted.
    """
    says = write.kb.coach.says
    lines = [
        write.fill(says["logged"].text, day=measures.day(e.day, today, write), parts=parts)
        for e in entries
        if (parts := ", ".join(_parts(e, write, unit)))
    ]
    lines = lines or [says["nothing_logged"].text]
    lines += [says[f"unclear_{what}"].text for what in dict.fromkeys(unclear)]
    lines += [says["ask_tomorrow"].text] if tomorrow else []
    buttons = (says["button_today"].text, says["button_chart"].text)
    return Reply("\n".join(lines), "diary", buttons=() if tomorrow else buttons)


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
