"""Slack: the Events API, buttons and the slash command, by HTTP or by Socket Mode."""

from kneewise.channels.slack.channel import SlackChannel

__all__ = ["SlackChannel"]
