"""Hold what the fake Bot API sends and answers, and what we send to it, against aiogram 3's models.

Runs in an environment of its own, because aiogram 3 cannot share Rasa's:
`python hold_fakes/telegram.py < samples.json`. Writes a line for each difference.

Samples: {"updates": [...], "results": [[method, result], ...], "calls": [[method, fields], ...],
"errors": [answer, ...]}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

from aiogram import methods
from aiogram.methods.base import Response, TelegramMethod
from aiogram.types import Update
from pydantic import BaseModel, TypeAdapter, ValidationError

SPECIAL = ("reply_markup", "link_preview_options", "allowed_updates", "commands", "scope")
"""Fields that a form carries as JSON."""


def unknown(model: Any, path: str) -> Iterator[str]:
    """The fields that the models do not know, anywhere inside."""
    if isinstance(model, BaseModel):
        for name in model.model_extra or {}:
            yield f"{path}.{name}: no such field"
        for name in type(model).model_fields:
            yield from unknown(getattr(model, name), f"{path}.{name}")
    elif isinstance(model, (list, tuple)):
        for number, item in enumerate(model):
            yield from unknown(item, f"{path}[{number}]")


def held(kind: Any, value: Any, path: str) -> Iterator[str]:
    """What is wrong with a value."""
    try:
        model = TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        yield from (f"{path}.{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
    else:
        yield from unknown(model, path)


def method_of(name: str) -> type[TelegramMethod[Any]]:
    found: type[TelegramMethod[Any]] = getattr(methods, name[0].upper() + name[1:])
    return found


def call(name: str, fields: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a call of ours; files count as given."""
    read = {k: json.loads(v) if k in SPECIAL else v for k, v in fields.items()}
    yield from held(method_of(name), read, f"call {name}")
    for field in set(read) - set(method_of(name).model_fields):
        yield f"call {name}.{field}: no such field"


def update(value: dict[str, Any]) -> Iterator[str]:
    """What is wrong with an update; it must be of a kind that aiogram knows."""
    yield from held(Update, value, f"update {value['update_id']}")
    try:
        Update.model_validate(value).event_type  # noqa: B018 - raises if it is none
    except (LookupError, ValidationError) as error:
        yield f"update {value['update_id']}: {type(error).__name__}"


def differences(samples: dict[str, Any]) -> Iterator[str]:
    """All that is wrong with the samples."""
    for value in samples["updates"]:
        yield from update(value)
    for name, result in samples["results"]:
        yield from held(Response[method_of(name).__returning__], result, f"result of {name}")
    for name, fields in samples["calls"]:
        yield from call(name, fields)
    for answer in samples["errors"]:
        yield from held(Response[bool], answer, f"error {answer.get('error_code')}")


if __name__ == "__main__":
    found = list(differences(json.load(sys.stdin)))
    sys.stdout.write("".join(f"{line}\n" for line in found))
    sys.exit(1 if found else 0)
