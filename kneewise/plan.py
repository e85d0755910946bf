"""What to do about a knee without danger signs: the plan, or who should look at it. Pure.

The parts of the plan, and for whom they hold, are in `knowledge/plan.yml`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from kneewise.knowledge import Condition, RedFlag, Topic
from kneewise.replies import Reply, Writer
from kneewise.triage import Assessment, Facts, holds, rank

NEXT_AFTER_PLAN = ("exercises", "can_i_run", "ice")
TWO_WEEKS = "button_new_plan"
"""The button that asks for a plan of two weeks, in coach.yml."""
NEXT_OTHERWISE = ("see_doctor", "can_i_run", "what_is_it")


def advise(
    facts: Facts, assessment: Assessment, write: Writer, *, unchecked: bool
) -> tuple[tuple[Reply, ...], str]:
    """The messages that end an assessment, and the urgency they amount to.

    Args:
        facts: what was told.
        assessment: its triage; no flag of it may be "soon" or worse.
        write: puts the words together for one region.
        unchecked: the danger signs were not answered, so there is no plan.
    """
    branches = [part for part in write.kb.branches if _applies(part, facts)]
    instead = [part for part in branches if part["instead"]]
    if unchecked:
        verdict = write.says("unchecked", "recap")
        messages: list[tuple[Reply, str | None]] = [(verdict, "routine")]
    elif instead:
        messages = [_branch(part, write) for part in instead]
    elif assessment.fits_runners_knee:
        messages = [
            (_fits(assessment, write), "self_care"),
            (_plan(facts, write), "self_care"),
        ]
    elif assessment.fits:
        messages = [_fits_other(assessment.fits, write)]
    else:
        messages = [(write.says("fits_none", "recap"), "routine")]
    messages += [_branch(part, write) for part in branches if not part["instead"]]
    messages += [_flag(flag, write) for flag in assessment.flags]
    urgency = max((u for _, u in messages if u), key=rank)
    return _finished([reply for reply, _ in messages], urgency, write), urgency


def parts_for(facts: Facts, write: Writer) -> tuple[Mapping[str, Any], ...]:
    """The parts of the plan that hold for these facts, in order."""
    return tuple(part for part in write.kb.plan if _applies(part, facts))


def holds_back(facts: Facts, write: Writer) -> bool:
    """True if someone has to be asked before any self-care: a child, or a knee after surgery."""
    return any(part["instead"] and _applies(part, facts) for part in write.kb.branches)


def first_of_all(facts: Facts, topics: Iterable[Topic], write: Writer) -> tuple[Reply, ...]:
    """Who to ask first, if one of the topics is self-care that has to wait for it."""
    if not any(topic.holds_when_flagged for topic in topics):
        return ()
    parts = [p for p in write.kb.branches if p["instead"] and _applies(p, facts)]
    return tuple(_branch(part, write)[0] for part in parts)


def branch(name: str, write: Writer) -> Reply:
    """What is said first of all to the people of one branch. Raises StopIteration for none."""
    part = next(part for part in write.kb.branches if part["id"] == name)
    reply, urgency = _branch(part, write)
    return replace(reply, urgency=urgency)


def part_answering(topic: Topic, facts: Facts, write: Writer) -> Mapping[str, Any] | None:
    """The part of the plan that answers a topic better than its text: from the runner's numbers."""
    fitting = (part for part in parts_for(facts, write) if topic.id in part.get("answers", ()))
    return next(fitting, None)


def _applies(part: Mapping[str, Any], facts: Facts) -> bool:
    return "when" not in part or any(holds(test, facts) for test in part["when"])


def _plan(facts: Facts, write: Writer) -> Reply:
    """The plan as one message, every part with what it rests on."""
    parts = parts_for(facts, write)
    lines = [write.phrase("plan_title")]
    lines += [f"{n}. {write.fill(part['text'])}" for n, part in enumerate(parts, 1)]
    changes = write.kb.plan_changes
    lines.append(write.fill(changes["text"]))
    sources = _sources([*parts, changes])
    lines.append(write.sources(sources))
    return Reply("\n".join(lines), "plan", sources=sources)


def _sources(parts: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(source for part in parts for source in part["sources"]))


def _fits(assessment: Assessment, write: Writer) -> Reply:
    best, others = assessment.fits[0], assessment.fits[1:3]
    lines = [write.phrase("fits")]
    if others:
        names = ", ".join(condition.name for condition in others)
        lines.append(write.phrase("also_fits", names=names))
    lines.append(write.sources(best.sources))
    return Reply("\n".join(lines), "recap", sources=best.sources)


def _fits_other(fits: tuple[Condition, ...], write: Writer) -> tuple[Reply, str]:
    """What it sounds more like, and who to see; never a plan made for something else."""
    best, others = fits[0], fits[1:3]
    lines = [write.fill(best.say), write.phrase("see", see=write.fill(best.see))]
    if others:
        lines.append(write.phrase("also_fits", names=", ".join(c.name for c in others)))
    changes = write.kb.plan_changes
    lines.append(write.fill(changes["text"]))
    sources = tuple(dict.fromkeys((*best.sources, *changes["sources"])))
    lines.append(write.sources(sources))
    return Reply("\n".join(lines), "recap", sources=sources), best.urgency


def _branch(part: Mapping[str, Any], write: Writer) -> tuple[Reply, str | None]:
    text = "\n".join((write.fill(part["text"]), write.sources(part["sources"])))
    return Reply(text, "see_doctor", sources=part["sources"]), part["urgency"]


def _flag(flag: RedFlag, write: Writer) -> tuple[Reply, str]:
    """A flag that can wait for an appointment does not stop the plan; it is added to it."""
    text = "\n".join((write.fill(flag.say), write.fill(flag.why), write.sources(flag.sources)))
    reply = Reply(text, "see_doctor", sources=flag.sources, flags=(flag.id,))
    return reply, flag.urgency


def _finished(replies: list[Reply], urgency: str, write: Writer) -> tuple[Reply, ...]:
    """Mark the last message with the urgency of all, and offer what to ask next."""
    planned = any(reply.topic == "plan" for reply in replies)
    ids = NEXT_AFTER_PLAN if planned else NEXT_OTHERWISE
    titles = tuple(write.kb.topics[topic].title for topic in ids)
    if planned:
        titles = (write.kb.coach.says[TWO_WEEKS].text, *titles)
    *before, last = [replace(reply, urgency=urgency) for reply in replies]
    return (*before, replace(last, buttons=titles))
