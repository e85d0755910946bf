"""The assistant that a Rasa developer would build of our data: `rasa init`'s config, one action.

Same intents, examples, rules and stories; the same first answer to each intent, said by a custom
action in an action server of its own. It has no slots, no facts and no triage, which favours it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from benchmarks.datasets import ROOT, Dataset, few, knee, texts_of
from benchmarks.pipelines import default_config
from kneewise import dialogue, knowledge
from kneewise.knowledge import Knowledge
from kneewise.state import Heard, State

CACHE = Path(__file__).resolve().parent / ".cache"
ACTION, RESTART = "action_say", "action_restart"
ASK = "ask_"
RULES, STORIES = "rules", "stories"
MODEL = "models/stock.tar.gz"

Files = Mapping[str, str]
"""The files of a project by their path in it."""


def examples(*, thinned: bool) -> Dataset:
    """What the project is trained on: all of data/nlu.yml, or twelve examples of each intent."""
    ours = knee(ROOT / "data", ())
    return few(ours) if thinned else ours


def with_one_action(steps: Any) -> Any:
    """Rules or stories, with the action of the stock project in the place of every other.

    Rasa's own for the intent `restart` stays: it allows no other rule for that.
    """
    if isinstance(steps, list):
        return [with_one_action(step) for step in steps]
    if isinstance(steps, dict):
        return {
            key: _action(value) if key == "action" else with_one_action(value)
            for key, value in steps.items()
        }
    return steps


def config(epochs: int) -> dict[str, Any]:
    """The config.yml of `rasa init`, with other epochs for the classifier of intents.

    On all our examples an epoch takes a minute, and a few are enough to learn them. How long an
    answer takes does not depend on it; the policies keep their 100, as their stories are few.
    """
    content = {**default_config(), "assistant_id": "stock"}
    for part in content["pipeline"]:
        if part["name"] == "DIETClassifier":
            part["epochs"] = epochs
    return content


def _action(name: str) -> str:
    return RESTART if name == RESTART else ACTION


def topic_rules(topics: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rules that our importer makes of the topics' files."""
    return [
        {
            "rule": f"Answer the topic {topic}",
            "steps": [{"intent": ASK + topic}, {"action": ACTION}],
        }
        for topic in sorted(topics)
    ]


def answers(kb: Knowledge, first: Mapping[str, str]) -> dict[str, list[dict[str, Any]]]:
    """What we say to each intent at the start of a conversation, as `utter_message` takes it.

    Args:
        first: an example of each intent.
    """
    found = {}
    for intent, text in first.items():
        topics = (intent.removeprefix(ASK),) if intent.startswith(ASK) else ()
        turn = dialogue.respond(Heard(text, intent, topics), State(), kb, kb.region())
        found[intent] = [reply.as_message() for reply in turn.replies]
    return found


def project(dataset: Dataset, epochs: int, root: Path = ROOT) -> Files:
    """All files of the stock project that its model and its answers are made of."""
    kb = knowledge.load()
    ours = _yaml(root / "domain.yml")
    # A rule may be called Yes, which is a text here.
    rules, stories = (_yaml(root / "data" / f"{x}.yml", yaml.BaseLoader) for x in (RULES, STORIES))
    rules["rules"] += topic_rules(kb.topics)
    said = ours["responses"]
    first = {str(item["intent"]): texts_of([item])[0] for item in dataset.examples}
    domain = {
        "version": "3.1",
        "intents": ours["intents"],
        "actions": [ACTION],
        "responses": {**said, "utter_restart": said["utter_started_again"]},
        "session_config": ours["session_config"],
    }
    spoken = answers(kb, {**first, "nlu_fallback": ""})
    return {
        "config.yml": _dumped(config(epochs)),
        "domain.yml": _dumped(domain),
        "data/nlu.yml": dataset.as_nlu(),
        "data/rules.yml": _dumped(with_one_action(rules)),
        "data/stories.yml": _dumped(with_one_action(stories)),
        "answers.json": json.dumps(spoken, ensure_ascii=False, indent=1),
        "actions.py": (Path(__file__).with_name("stock_actions.py")).read_text("utf-8"),
        "credentials.yml": "rest:\n",
    }


def fingerprint(files: Files) -> str:
    """What the model of these files is kept under: all that is learnt from, and Rasa's version."""
    digest = hashlib.sha256(version("rasa").encode())
    for name in sorted(files):
        if name in ("config.yml", "domain.yml") or name.startswith("data/"):
            digest.update(name.encode() + files[name].encode())
    return digest.hexdigest()[:16]


def written(files: Files, cache: Path = CACHE) -> Path:
    """The folder of the project, with its files as they are today; its model may be there."""
    folder = cache / f"stock-{fingerprint(files)}"
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def endpoints(actions_port: int, database: Path | None = None) -> str:
    """The endpoints.yml: the action server, and a store in memory or, if named, in SQLite."""
    content: dict[str, Any] = {
        "action_endpoint": {"url": f"http://127.0.0.1:{actions_port}/webhook"}
    }
    if database:
        content["tracker_store"] = {"type": "SQL", "dialect": "sqlite", "db": str(database)}
    return _dumped(content)


def _yaml(path: Path, loader: Any = yaml.SafeLoader) -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(path.read_text("utf-8"), loader)  # noqa: S506 - both safe
    return content


def _dumped(content: Any) -> str:
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=1000)
    return text
