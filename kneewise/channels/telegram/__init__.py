"""Telegram: `/webhooks/telegram/webhook`, or long polling where there is no public address."""

from kneewise.channels.telegram.channel import TelegramChannel

__all__ = ["TelegramChannel"]
