"""All files that are checked, read once; a file that is damaged is left out of further checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kneewise.validation.documents import Document, Place, Problem, read
from kneewise.validation.shapes import shape_problems

KINDS = (
    "article",
    "guidance",
    "sources",
    "red_flags",
    "conditions",
    "exercises",
    "regions",
    "questions",
    "phrases",
    "plan",
    "symptoms",
    "languages",
)
"""The files of `knowledge/`; each has the schema of its name, and topics have `topic.json`."""

TOPICS = "knowledge/topics"
DOMAIN, NLU = "domain.yml", "data/nlu.yml"


@dataclass(frozen=True)
class House:
    """The files that could be read and have the right shape.

    `files` holds them by kind, with `domain` and `nlu`; `topics` holds the sound ones by id, and
    `topic_ids` all, so that one damaged topic does not make others look wrong.
    """

    files: Mapping[str, Document]
    topics: Mapping[str, Document]
    topic_ids: frozenset[str]

    def __getitem__(self, kind: str) -> Document:
        """A file that the check named in its needs."""
        return self.files[kind]

    def has(self, kind: str) -> bool:
        """True if a file is sound; "topics" means all of them."""
        return kind in self.files or (kind == "topics" and set(self.topics) == self.topic_ids)

    def ids(self, kind: str, *place: str) -> frozenset[str]:
        """The ids of the entries of a list, or the keys of a mapping."""
        return frozenset(
            str(row["id"] if isinstance(at[-1], int) else at[-1])
            for at, row in self[kind].rows(*place)
        )


Check = Callable[[House], Iterator[Problem]]


def known(
    document: Document, place: Place, names: Iterable[str], ids: Iterable[str], what: str
) -> Iterator[Problem]:
    """A problem for each name of a list that is not among the ids."""
    for index, name in enumerate(names):
        if name not in ids:
            yield document.problem((*place, index), f'there is no {what} "{name}"')


def read_house(root: Path) -> tuple[House, list[Problem]]:
    """Read every file and check its shape."""
    problems = list(_strays(root))
    files: dict[str, Document] = {}
    topics: dict[str, Document] = {}
    paths = sorted((root / TOPICS).glob("*.yml"))
    wanted = [(kind, kind, f"knowledge/{kind}.yml", files) for kind in KINDS]
    wanted += [(path.stem, "topic", f"{TOPICS}/{path.name}", topics) for path in paths]
    for name, kind, file, kept in wanted:
        document, found = read(root, file)
        problems += found
        if document:
            found, usable = shape_problems(root, kind, document)
            problems += found
            kept.update({name: document} if usable else {})
    for name, file in (("domain", DOMAIN), ("nlu", NLU)):
        document, found = read(root, file)
        problems += found
        if document and isinstance(document.data, dict):
            files[name] = document
        elif document:
            problems.append(document.problem((), "must be keys with values"))
    return House(files, topics, frozenset(path.stem for path in paths)), problems


def _strays(root: Path) -> Iterator[Problem]:
    """Files that look like knowledge and that nothing reads."""
    for path in sorted((root / "knowledge").rglob("*.y*ml")):
        file = path.relative_to(root).as_posix()
        topic = path.parent == root / TOPICS and path.suffix == ".yml"
        if not topic and file not in {f"knowledge/{kind}.yml" for kind in KINDS}:
            yield Problem(file, "", 0, "nothing reads this file; a topic is topics/<id>.yml")
    if not any((root / TOPICS).glob("*.yml")):
        yield Problem(TOPICS, "", 0, "there are no topics")
