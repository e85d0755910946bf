"""Conversations in memory: found by the type of an event, copied without being lived again."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import Any, TypeVar

from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses

_Any = TypeVar("_Any")
_stock_resolve = Event.resolve_by_type


def resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """The class of an event by the name of its type.

    Rasa walks the tree of all event classes for each event that it reads. Here the walk is made
    once; a name it did not meet, of a class that came later say, is left to Rasa.
    """
    return _types().get(type_name) or _stock_resolve(type_name, default)


@lru_cache(maxsize=1)
def _types() -> dict[str, type[Event]]:
    found: dict[str, type[Event]] = {}
    for cls in all_subclasses(Event):
        found.setdefault(cls.type_name, cls)
    return found


def copied(tracker: DialogueStateTracker) -> DialogueStateTracker:
    """A duplicate of a tracker, as `DialogueStateTracker.copy` makes it.

    Rasa makes it by applying all events to an empty tracker, though the state that they lead to
    is there: it is copied here. The events themselves are shared, as they are in Rasa's. Of a
    tracker that keeps its last events only, Rasa's copy forgets what the others did; this does not.
    """
    made = twin(tracker)
    made.slots = {name: twin(slot) for name, slot in tracker.slots.items()}
    made.events = copy.copy(tracker.events)
    made.active_loop = copy.copy(tracker.active_loop)
    # What only the original is for: where it came from, and the model that its events name.
    made.sender_source = made.model_id = made.assistant_id = None
    return made


def twin(original: _Any) -> _Any:
    """A shallow copy of an object that keeps all it has in its `__dict__`.

    `copy.copy` makes the same by a longer way; a tracker has a slot for each sign.
    """
    made: Any = object.__new__(type(original))
    vars(made).update(vars(original))
    copy_of: _Any = made
    return copy_of
