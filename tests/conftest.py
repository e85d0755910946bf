"""What all tests share: one loaded assistant, and the knowledge it speaks from."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kneewise.lean import SETTING, without_tensorflow

# `KNEEWISE_TENSORFLOW=off pytest ...` tests what is served. Tests that train need TensorFlow.
if os.environ.get(SETTING) == "off":
    without_tensorflow()

from kneewise import knowledge
from kneewise.knowledge import Knowledge, Region
from kneewise.testing import Assistant

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def assistant() -> Assistant:
    """The newest model with its actions, loaded once for the whole run."""
    return Assistant.load()


@pytest.fixture(scope="session")
def kb() -> Knowledge:
    """The shipped knowledge."""
    return knowledge.load()


@pytest.fixture(scope="session")
def region(kb: Knowledge) -> Region:
    """The region that is set where nothing is set."""
    return kb.regions[kb.default_region]
