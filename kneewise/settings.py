"""What is wrong with a setting, for whoever runs the assistant."""

from __future__ import annotations


class WrongSetting(ValueError):
    """Why it cannot start as it is set, in a sentence that says which setting to change."""
