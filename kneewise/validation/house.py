"""All files that are checked, read once; a file that is damaged is left out of further checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kneewise.symptoms.phrasings import PLACES, SIGNS
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
    "coach_questions",
    "phrases",
    "plan",
    "coach",
    "symptoms",
    "languages",
    "reminders",
    "widget",
)
"""The files of `knowledge/`; each has the schema of its name, topics have `topic.json`, phrasings
`phrasings.json`."""

TOPICS = "knowledge/topics"
PHRASINGS = "knowledge/phrasings"
DOMAIN, NLU = "domain.yml", "data/nlu.yml"


@dataclass(frozen=True)
class House:
    """The files that could be read and have the right shape.

    `files` holds them by kind, with `domain` and `nlu`; `topics` holds the sound ones by id, and
    `topic_ids` all, so that one damaged topic does not make others look wrong. Likewise
    `phrasings` and `phrasing_ids`, by folder and id: `signs/fever`.
    """

    files: Mapping[str, Document]
    topics: Mapping[str, Document]
    topic_ids: frozenset[str]
    phrasings: Mapping[str, Document]
    phrasing_ids: frozenset[str]

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
    phrasings: dict[str, Document] = {}
    topic_paths, phrasing_paths = _topic_paths(root), _phrasing_paths(root)
    wanted = [(kind, kind, f"knowledge/{kind}.yml", files) for kind in KINDS]
    wanted += [(p.stem, "topic", f"{TOPICS}/{p.name}", topics) for p in topic_paths]
    wanted += [
        (name, "phrasings", path.relative_to(root).as_posix(), phrasings)
        for name, path in phrasing_paths.items()
    ]
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
    topic_ids = frozenset(path.stem for path in topic_paths)
    return House(files, topics, topic_ids, phrasings, frozenset(phrasing_paths)), problems


def _topic_paths(root: Path) -> list[Path]:
    return sorted((root / TOPICS).glob("*.yml"))


def _phrasing_paths(root: Path) -> dict[str, Path]:
    """The files of phrasings by folder and id."""
    folders = [(kind, root / PHRASINGS / kind) for kind in (SIGNS, PLACES)]
    return {
        f"{kind}/{path.stem}": path
        for kind, folder in folders
        for path in sorted(folder.glob("*.yml"))
    }


def _strays(root: Path) -> Iterator[Problem]:
    """Files that look like knowledge and that nothing reads."""
    read_here = {root / f"knowledge/{kind}.yml" for kind in KINDS}
    read_here |= {*_topic_paths(root), *_phrasing_paths(root).values()}
    for path in sorted((root / "knowledge").rglob("*.y*ml")):
        if path not in read_here:
            of_phrasings = (root / PHRASINGS) in path.parents
            right = "phrasings are signs/<sign>.yml, places/<place>.yml" if of_phrasings else _TOPIC
            file = path.relative_to(root).as_posix()
            yield Problem(file, "", 0, f"nothing reads this file; {right}")
    if not _topic_paths(root):
        yield Problem(TOPICS, "", 0, "there are no topics")


_TOPIC = "a topic is topics/<id>.yml"
