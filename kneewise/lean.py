"""Serve without TensorFlow: nothing in our model needs it, and loading it costs 2 s and 345 MB.

Rasa imports it all the same: a few modules that serving loads name its classes for training. These
modules, and only these, are imported with stand-ins, which are gone again when that is done. From
then on TensorFlow cannot be imported in this process: spaCy sees that it is not there, and whatever
really needs it is told which setting loads it. Commands that train never come here.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

SETTING = "KNEEWISE_TENSORFLOW"
BLOCKED = "tensorflow"
NAMED = (
    "rasa.utils.tensorflow.callback",
    "rasa.utils.tensorflow.data_generator",
    "rasa.utils.tensorflow.model_data",
    "rasa.utils.plotting",
)
"""Modules of Rasa that serving loads, and that name classes which only training and tests use."""
STANDING_IN = (
    "tensorflow",
    "tensorflow.keras",
    "tensorflow.keras.utils",
    "sklearn",
    "sklearn.model_selection",
    "matplotlib",
    "matplotlib.font_manager",
    "matplotlib.ticker",
)
"""The modules from which these take the classes."""


class NeedsTensorFlow(ModuleNotFoundError):
    """Something needs TensorFlow, which is not loaded."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} is not loaded. Set {SETTING}=on to serve with TensorFlow.")


class _Absent(type):
    """The type of what stands in for a class: it can be named and derived from, not used."""

    def __call__(cls, *_: Any, **__: Any) -> Any:
        raise NeedsTensorFlow(f"{cls.__module__}.{cls.__qualname__}")

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(f"{cls.__module__}.{cls.__qualname__}", name)


def _absent(module: str, name: str) -> type:
    return _Absent(name, (), {"__module__": module})


class _StandIn(ModuleType):
    """A module all of whose names are there, and none of which can be used."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.__path__ = []  # a package, so that its modules can be imported

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _absent(self.__name__, name)


class _Blocker(MetaPathFinder):
    """Say, to whoever imports TensorFlow, how to have it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Refuse TensorFlow; anything else is found as usual."""
        if fullname.partition(".")[0] == BLOCKED:
            raise NeedsTensorFlow("TensorFlow")
        return None


def without_tensorflow() -> bool:
    """Keep TensorFlow out of this process, unless the setting asks for it or it is there already.

    Returns: whether it is kept out.

    Raises:
        ValueError: the setting is neither on nor off.
    """
    wanted = os.environ.get(SETTING) or "off"
    if wanted not in ("on", "off"):
        raise ValueError(f"{SETTING} must be on or off, not {wanted!r}.")
    if _is_kept_out():
        return True
    if wanted == "on" or BLOCKED in sys.modules:
        return False
    sys.meta_path.insert(0, _Blocker())
    with _stand_ins():
        for name in NAMED:
            importlib.import_module(name)
    return True


def _is_kept_out() -> bool:
    return any(isinstance(finder, _Blocker) for finder in sys.meta_path)


@contextmanager
def _stand_ins() -> Iterator[None]:
    """Let stand-ins be imported, as far as the real modules are not loaded, and no longer."""
    fresh = [name for name in STANDING_IN if name not in sys.modules]
    for name in fresh:
        sys.modules[name] = _StandIn(name)
    try:
        yield
    finally:
        for name in fresh:
            del sys.modules[name]


def needing_tensorflow(model: Path) -> list[str]:
    """The components of a model that cannot be loaded, as TensorFlow is kept out.

    Args:
        model: a file that Rasa wrote. What is wrong with another one is for Rasa to tell.
    """
    if not _is_kept_out():
        return []
    with tarfile.open(model) as archive:
        name = next(name for name in archive.getnames() if name.endswith("metadata.json"))
        read = archive.extractfile(name)
        metadata = json.load(read) if read else {}
    nodes = metadata.get("predict_schema", {}).get("nodes", {}).values()
    return [uses for uses in dict.fromkeys(node["uses"] for node in nodes) if not _loads(uses)]


def _loads(component: str) -> bool:
    """False if the module of a component needs TensorFlow; any other error is for Rasa to tell."""
    try:
        importlib.import_module(component.rpartition(".")[0])
    except NeedsTensorFlow:
        return False
    except ImportError:
        pass
    return True
