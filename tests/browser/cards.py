"""One message of each kind, as the server makes them: what the widget must be able to show."""

from __future__ import annotations

from fake import Message, carded

ZONES = {
    "front": "Front of the knee, or around the kneecap",
    "below_kneecap": "Just below the kneecap",
    "above_kneecap": "Just above the kneecap",
    "inside": "Inner side",
    "outside": "Outer side",
    "behind": "Back of the knee",
    "whole": "The whole knee, or hard to say",
    "shin": "Shin",
    "hip_groin": "Hip or groin",
}
SIDES = {"left": "Left knee", "right": "Right knee", "both": "Both knees"}
KNEEMAP = {
    "type": "kneemap",
    "sides": [{"title": title, "side": side} for side, title in SIDES.items()],
    "zones": [
        {"id": zone, "title": title, "view": "back" if zone == "behind" else "front"}
        for zone, title in ZONES.items()
    ],
    "drawing": "kneemap.svg",
    "views": [{"id": "front", "title": "From the front"}, {"id": "back", "title": "From behind"}],
    "send": "Send",
    "hint": "Tap where it hurts. You can pick more than one.",
}
SIGNS = {
    "type": "signs",
    "items": [
        {"title": "It swelled within a few hours"},
        {"title": "It locks"},
        {"title": "I can't put weight on it"},
    ],
    "none": {"title": "None of these"},
    "send": "Send",
}
CHOICES = {
    "type": "choices",
    "items": [{"title": "Running"}, {"title": "Stairs"}, {"title": "Sitting for long"}],
    "send": "Send",
}
SCALE = {
    "type": "scale",
    "min": 0,
    "max": 10,
    "low": "no pain",
    "high": "the worst you can think of",
    "send": "Send",
}
EXERCISE = {
    "type": "exercise",
    "id": "squat",
    "title": "Squat",
    "drawing": "squat.svg",
    "alt": "A runner stands with feet apart, then sinks down as onto a chair.",
    "steps": ["Stand with your feet apart.", "Sink down slowly.", "Come up again."],
    "dose": "3 sets of 10, every other day",
    "easier": "Hold on to a chair.",
    "harder": "Hold a weight.",
    "move_on": "Move on when 3 sets are easy.",
    "not_if": "Not if the knee is swollen.",
    "stop_if": "Stop if pain goes above 2 out of 10.",
}
URGENT = {
    "type": "urgent",
    "level": "emergency",
    "title": "Get help now",
    "text": "A locked knee that takes no weight must be seen today.",
    "call": [{"label": "Call 112", "number": "112"}],
    "acknowledge": "I have read this",
}
SOURCES_LINE = "Sources: the article; physio guideline 2019"
SOURCES = {
    "type": "sources",
    "line": SOURCES_LINE,
    "title": "Sources",
    "items": [
        {"label": "From the article", "cite": "Runner's knee, an article", "url": None},
        {
            "label": "Physio guideline 2019",
            "cite": "A guideline of 2019",
            "url": "https://guideline.example/2019",
        },
    ],
}
PROGRESS = {"type": "progress", "done": 2, "of": 7, "label": "2 of about 7 questions"}
CHART = {
    "type": "chart",
    "title": "Your pain and your runs, day by day",
    "alt": "6 days noted, 2 Nov to 30 Nov. Worst pain of the day: 4 at first, 1 at last.",
    "span": 28,
    "ticks": [
        {"at": 0, "label": "2 Nov"},
        {"at": 7, "label": None},
        {"at": 14, "label": "16 Nov"},
        {"at": 21, "label": None},
        {"at": 28, "label": "30 Nov"},
    ],
    "pain": {
        "label": "Worst pain of the day, 0 to 10",
        "max": 10,
        "bands": [
            {"from": 0, "to": 2, "label": "fine", "level": "ok"},
            {"from": 2, "to": 5, "label": "do less", "level": "warn"},
            {"from": 5, "to": 10, "label": "stop", "level": "stop"},
        ],
        "runs": [[[0, 4], [4, 6], [7, 3], [10, 3], [14, 2]], [[28, 1]]],
    },
    "distance": {
        "label": "Distance, km",
        "max": 4,
        "bars": [[0, 2], [4, 2.5], [7, 0], [10, 2.2], [14, 3], [28, 3.5]],
    },
    "steps": {
        "label": "Step",
        "items": [
            {"from": 0, "to": 6, "mark": "1"},
            {"from": 7, "to": 7, "mark": None},
            {"from": 8, "to": 28, "mark": "2"},
        ],
        "names": "1: walk a mile; 2: walk 2 minutes, run 3",
    },
    "table": {
        "title": "Show as a table",
        "rows": [
            ["Day", "Worst pain", "Distance, km", "Step"],
            ["2 Nov", "4", "2", "1"],
            ["6 Nov", "6", "2.5", "1"],
            ["9 Nov", "3", "0", "2"],
            ["12 Nov", "3", "2.2", "2"],
            ["16 Nov", "2", "3", "2"],
            ["30 Nov", "1", "3.5", "2"],
        ],
    },
}
SUMMARY = {
    "type": "summary",
    "title": "Summary for your doctor",
    "made": "26 Nov 2026",
    "rows": [
        {"label": "Where", "value": "front of the left knee"},
        {"label": "Since", "value": "two weeks"},
    ],
    "warnings": ["It locked once."],
    "questions": ["Do I need a scan?"],
    "zones": ["front"],
    "side": "left",
    "chart": CHART,
    "print": "Print or save",
    "copy": "Copy",
    "note": "These are your own words, not an examination.",
}
MESSAGES: dict[str, Message] = {
    "kneemap": carded("Where does it hurt?", KNEEMAP, PROGRESS),
    "signs": carded("Is any of these true?", SIGNS, PROGRESS),
    "choices": carded("What brings it on?", CHOICES, PROGRESS),
    "scale": carded("How bad is it?", SCALE, PROGRESS),
    "exercise": carded("Squat: stand with your feet apart.", EXERCISE, shown=""),
    "urgent": carded("Get help now. Call 112.", URGENT, shown=""),
    "sources": carded(f"Ice can ease it.\n{SOURCES_LINE}", SOURCES),
    "progress": carded("How long have you had it?", PROGRESS),
    "chart": carded("Pain fell from 4 to 2.", CHART, shown=""),
    "summary": carded("Where: front of the left knee.", SUMMARY, shown=""),
}
"""By the type of the card that the message is about."""
