"""The fake Bot API is as the real one is, as far as aiogram 3's models know it.

aiogram 3 cannot share Rasa's environment: `KNEEWISE_FAKES_PYTHON` names a Python that has it.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import telegram_fake as tg
from telegram_fake import fake_telegram
from telegram_host import echo, hosting
from test_telegram_faults import BUTTONS, MAP, MEDIA, SQUAT, other_updates

from kneewise import pictures

PYTHON = os.environ.get("KNEEWISE_FAKES_PYTHON", "")
HOLD = Path(__file__).with_name("hold_fakes") / "telegram.py"
PAT = 1001

pytestmark = pytest.mark.skipif(not PYTHON, reason="KNEEWISE_FAKES_PYTHON is not set")


def differences(samples: dict[str, Any]) -> list[str]:
    """What aiogram's models find wrong with samples."""
    given = {"updates": [], "results": [], "calls": [], "errors": [], **samples}
    ran = subprocess.run(  # noqa: S603 - our own script
        [PYTHON, str(HOLD)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode in (0, 1), ran.stderr
    assert not ran.stderr, ran.stderr
    return ran.stdout.split("\n")[:-1] if ran.returncode else []


def test_updates_are_as_telegram_makes_them():
    fake = tg.FakeTelegram()
    club = tg.group(-1_001_234_567_890)
    mention = list(tg.marked("@KneewiseTestBot hello"))
    updates = [
        fake.text(PAT, "hello"),
        fake.text(PAT, "/start@KneewiseTestBot club_42"),
        fake.press(PAT, "b:0123456789abcdef", fake.message(PAT, text="old")),
        fake.press(PAT, "b:0123456789abcdef"),
        fake.update("edited_message", fake.message(PAT, edit_date=1, text="edited")),
        fake.update(
            "message", fake.message(PAT, chat=club, text="@KneewiseTestBot hello", entities=mention)
        ),
        *(fake.update("message", fake.message(PAT, **content)) for content in MEDIA.values()),
        *other_updates(fake),
    ]
    assert differences({"updates": updates}) == []


def test_answers_and_our_calls_are_as_the_bot_api_has_them(tmp_path, monkeypatch):
    path = tmp_path / "drawing.png"
    path.write_bytes(tg._TINY)
    monkeypatch.setattr(pictures, "drawing", lambda _: path)
    monkeypatch.setattr(pictures, "chart_png", lambda _: tg._TINY)
    monkeypatch.setattr(pictures, "summary_pdf", lambda *_: b"%PDF-1.7")
    cards = {
        "v": 1,
        "cards": [{"type": "chart", "alt": "Pain."}, {"type": "summary", "title": "Summary"}],
    }
    told = [BUTTONS, MAP, SQUAT, {"text": "Here.", "custom": cards}]
    with (
        fake_telegram() as fake,
        hosting(fake, tmp_path, monkeypatch, lambda t: told if t == "all" else echo(t)) as host,
    ):
        fake.wait(lambda: fake.webhook and fake.commands)
        fake.push(fake.text(PAT, "all"))
        asked = fake.wait_for(PAT, 1)[0]
        fake.push(fake.press(PAT, asked.button("Left"), asked.message))
        host.settle()
        fake.wait(lambda: all(fake.queries.values()))
        fake.wait(lambda: any(call.method == "sendDocument" for call in fake.calls))
        fake.answer("deleteWebhook", {}, {})
        fake.queue(fake.text(PAT, "hello"))
        made = [(call.method, call.data, call.files) for call in fake.calls]
        made += [("deleteWebhook", {"drop_pending_updates": "false"}, {})]
        made += [("getUpdates", {"timeout": "0", "allowed_updates": '["message"]'}, {})]
        fake.queries = dict.fromkeys(fake.queries, False)
        results = [(m, {"ok": True, "result": fake.answer(m, d, f)}) for m, d, f in made]
    calls = [(method, {**data, **dict.fromkeys(files, "file")}) for method, data, files in made]
    wanted = {"getMe", "setWebhook", "setMyCommands", "sendChatAction", "sendMessage", "sendPhoto"}
    assert {m for m, _, _ in made} >= wanted | {"sendDocument", "answerCallbackQuery"}
    assert differences({"results": results, "calls": calls}) == []


def test_errors_are_as_the_bot_api_has_them():
    refusals = [tg.flood(3), tg.blocked(), tg.broken(), tg.bad("chat not found")]
    assert differences({"errors": [tg.refused(refusal) for refusal in refusals]}) == []


def test_a_wrong_shape_is_found():
    fake = tg.FakeTelegram()
    wrong = fake.text(PAT, "hello")
    del wrong["message"]["chat"]["type"]
    odd = fake.text(PAT, "hello")
    odd["message"]["colour"] = "red"
    found = differences(
        {"updates": [wrong, odd], "calls": [["sendMessage", {"text": "to nobody"}]]}
    )
    assert len(found) >= 3
    assert any("colour" in line for line in found)
    assert any("chat_id" in line for line in found)
