"""The means to run servers and to talk to them, which are those of the tests."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "channels")]
running: Any = importlib.import_module("running")
