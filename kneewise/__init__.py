"""Kneewise: the code behind the assistant."""
