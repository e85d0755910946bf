"""Check that what one file names is there in another, and that nothing is there for nothing."""

from __future__ import annotations

from collections.abc import Iterator

from kneewise.validation.documents import Document, Place, Problem
from kneewise.validation.house import House, known

UNIQUE = (
    ("article", ("facts",), "id"),
    ("guidance", ("facts",), "id"),
    ("sources", ("sources",), "id"),
    ("red_flags", ("flags",), "id"),
    ("red_flags", ("elsewhere",), "id"),
    ("conditions", ("conditions",), "id"),
    ("conditions", ("conditions",), "name"),
    ("exercises", ("exercises",), "id"),
    ("exercises", ("exercises",), "name"),
    ("exercises", ("exercises",), "order"),
    ("regions", ("regions",), "id"),
    ("languages", ("languages",), "id"),
    ("questions", ("questions",), "slot"),
    ("coach_questions", ("before_a_plan",), "slot"),
    ("coach_questions", ("along_the_way",), "slot"),
    ("questions", ("questions",), "reads"),
    ("plan", ("parts",), "id"),
    ("plan", ("branches",), "id"),
)
"""Lists in which no two entries may have the same value of a key."""

PRECAUTIONS = frozenset({"RF23", "RF24"})
"""Flags that no guidance we hold states; they are kept, and marked (evidence base, section 3)."""
RED_FLAGS = tuple(f"RF{number:02}" for number in range(1, 26))
ELSEWHERE = ("self_harm", "other_emergency")


def unique(house: House) -> Iterator[Problem]:
    """No id stands for two things."""
    lists: list[tuple[Document, tuple[str, ...], str]] = [
        (house[kind], place, key) for kind, place, key in UNIQUE if house.has(kind)
    ]
    screened = [topic for topic in house.topics.values() if topic.data.get("screen")]
    lists += [(topic, ("screen", "items"), "id") for topic in screened]
    for document, place, key in lists:
        seen: set[object] = set()
        for at, row in document.rows(*place):
            if row[key] in seen:
                yield document.problem((*at, key), f'"{row[key]}" is there twice')
            seen.add(row[key])


def topics(house: House) -> Iterator[Problem]:
    """A topic is called what its file is called, and leads to other topics that are there."""
    for name, topic in house.topics.items():
        data = topic.data
        if data["id"] != name:
            yield topic.problem(("id",), f'"{data["id"]}" must be "{name}", as the file is called')
        yield from known(topic, ("next",), data["next"], house.topic_ids, "topic")
        if name in data["next"]:
            at = data["next"].index(name)
            yield topic.problem(("next", at), "a topic cannot lead to itself")
        if not data["article"] and not data["guidance"]:
            yield topic.problem(("guidance",), "the topic rests on no fact")


def facts(house: House) -> Iterator[Problem]:
    """Every fact that something rests on is there."""
    article, guidance = house.ids("article", "facts"), house.ids("guidance", "facts")
    for topic in house.topics.values():
        yield from known(topic, ("article",), topic.data["article"], article, "article fact")
        yield from known(topic, ("guidance",), topic.data["guidance"], guidance, "guidance fact")
    for document, place, names in _resting(house):
        yield from known(document, place, names, article | guidance, "fact")
    for at, fact in house["guidance"].rows("facts"):
        yield from known(house["guidance"], (*at, "about"), fact["about"], article, "article fact")


RESTING = (
    ("plan", "parts"),
    ("plan", "branches"),
    ("coach", "lines"),
    ("coach", "reasons"),
    ("coach", "says"),
    ("coach_questions", "before_a_plan"),
    ("coach_questions", "along_the_way"),
    ("exercises", "exercises"),
)
"""Lists outside of topics whose entries name the facts they rest on; some need none."""
RESTING_ALONE = (("plan", "changes"), ("reminders", "ice"))
"""Sections that name them themselves."""


def _resting(house: House) -> Iterator[tuple[Document, Place, list[str]]]:
    """The lists of facts outside of topics."""
    for kind, section in RESTING_ALONE:
        if house.has(kind):
            document = house[kind]
            yield document, (section, "facts"), document.data[section]["facts"]
    for kind, section in RESTING:
        for at, row in house[kind].rows(section) if house.has(kind) else ():
            yield house[kind], (*at, "facts"), row.get("facts") or []


def facts_used(house: House) -> Iterator[Problem]:
    """Every fact can be had by asking: those of the article in a topic, guidance anywhere."""
    in_topics = {
        fact for topic in house.topics.values() for key in _FACT_KEYS for fact in topic.data[key]
    }
    anywhere = in_topics | {fact for _, _, names in _resting(house) for fact in names}
    for kind, used, where in (
        ("article", in_topics, "no topic"),
        ("guidance", anywhere, "no topic, exercise, plan or text of the coach"),
    ):
        for at, fact in house[kind].rows("facts"):
            if fact["id"] not in used:
                yield house[kind].problem((*at, "id"), f'{where} uses "{fact["id"]}"')


_FACT_KEYS = ("article", "guidance")


def sources(house: House) -> Iterator[Problem]:
    """Every source that is named is there."""
    there = house.ids("sources", "sources")
    for document, place, names in _citing(house):
        yield from known(document, place, names, there, "source")
    if house.has("guidance"):
        for at, fact in house["guidance"].rows("facts"):
            if fact["source"] not in there:
                message = f'there is no source "{fact["source"]}"'
                yield house["guidance"].problem((*at, "source"), message)


def _citing(house: House) -> Iterator[tuple[Document, Place, list[str]]]:
    """The lists of sources."""
    for kind, lists in (("red_flags", ("flags", "elsewhere")), ("conditions", ("conditions",))):
        for name in lists if house.has(kind) else ():
            for at, row in house[kind].rows(name):
                yield house[kind], (*at, "sources"), row["sources"]


def sources_used(house: House) -> Iterator[Problem]:
    """Every source is named somewhere."""
    used = {source for _, _, names in _citing(house) for source in names} | {"article"}
    used |= {fact["source"] for _, fact in house["guidance"].rows("facts")}
    for at, source in house["sources"].rows("sources"):
        if source["id"] not in used:
            yield house["sources"].problem((*at, "id"), f'nothing names "{source["id"]}"')


def red_flags(house: House) -> Iterator[Problem]:
    """The red flags of the evidence base are there, no more and no fewer."""
    document = house["red_flags"]
    for name, wanted in (("flags", RED_FLAGS), ("elsewhere", ELSEWHERE)):
        there = [row["id"] for _, row in document.rows(name)]
        for flag in wanted:
            if flag not in there:
                yield document.problem((name,), f'"{flag}" is missing')
        for at, row in document.rows(name):
            if row["id"] not in wanted:
                yield document.problem((*at, "id"), f'"{row["id"]}" is not in the evidence base')
    for at, row in document.rows("flags"):
        if bool(row.get("precaution")) != (row["id"] in PRECAUTIONS):
            names = " and ".join(sorted(PRECAUTIONS))
            yield document.problem((*at, "precaution"), f"true for {names}, for no other flag")


def regions(house: House) -> Iterator[Problem]:
    """The default region is one of the regions."""
    default = house["regions"].data["default"]
    if default not in house.ids("regions", "regions"):
        yield house["regions"].problem(("default",), f'there is no region "{default}"')
