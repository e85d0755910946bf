"""Rasa actions: thin. They read the tracker, ask `kneewise.dialogue`, and return events."""
