"""What /health, /ready and /metrics answer, and to whom."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest
from sanic.compat import Header
from sanic.request import Request

from kneewise import metrics, probes
from kneewise.channels.post import PostOffice
from kneewise.privacy import hashed
from kneewise.store import ConversationStore
from kneewise.testing import Assistant

HERE, THERE = "127.0.0.1", "203.0.113.9"
WORDS = "xyzzy-42"


class Store:
    """A database that answers, fails, or hangs."""

    def __init__(self, fault: str = "") -> None:
        self.fault = fault

    async def ping(self) -> None:
        if self.fault == "hangs":
            await asyncio.sleep(60)
        if self.fault:
            raise OSError(WORDS)


def app(store: Any = None, *, ready: bool = True, **ctx: Any) -> SimpleNamespace:
    agent = SimpleNamespace(is_ready=lambda: ready, tracker_store=store or Store(), lock_store=None)
    return SimpleNamespace(ctx=SimpleNamespace(agent=agent, **ctx))


def asked(handler: Any, of: SimpleNamespace, headers: dict[str, str] | None = None, ip: str = HERE):
    request = Request(b"/", Header(headers or {}), "1.1", "GET", None, of)
    request.conn_info = SimpleNamespace(client_ip=ip, client=ip, peername=(ip, 4242))
    response = asyncio.run(handler(request))
    body = response.body.decode()
    kind = response.content_type
    return response.status, json.loads(body) if kind == "application/json" else body


def test_health(assistant: Assistant) -> None:
    nothing = SimpleNamespace(ctx=SimpleNamespace())
    assert asked(probes._health, nothing) == (503, {"status": "starting"})
    assert asked(probes._health, app(ready=False)) == (503, {"status": "starting"})
    assert asked(probes._health, app(Store("fails"))) == (200, {"status": "ok"})
    real = SimpleNamespace(ctx=SimpleNamespace(agent=assistant.agent))
    assert asked(probes._health, real) == (200, {"status": "ok"})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PATIENCE", 0.05)


@pytest.mark.parametrize(
    ("of", "missing"),
    [
        (app(), []),
        (app(shared=None), []),
        (app(shared=Store()), []),
        (app(ready=False), ["model"]),
        (SimpleNamespace(ctx=SimpleNamespace()), ["model"]),
        (app(Store("fails")), ["database"]),
        (app(Store("hangs")), ["database"]),
        (app(Store("hangs"), shared=Store("hangs")), ["database"]),
    ],
)
def test_ready_names_what_does_not_answer(
    of: SimpleNamespace, missing: list[str], impatient: None, caplog: pytest.LogCaptureFixture
) -> None:
    status, answer = asked(probes._ready, of)
    if missing:
        assert (status, answer) == (503, {"status": "not ready", "missing": missing})
    else:
        assert (status, answer) == (200, {"status": "ready"})
    assert WORDS not in caplog.text


def test_what_was_found_is_in_the_gauges(impatient: None) -> None:
    for fault in ("", "fails"):
        asked(probes._ready, app(Store(fault), shared=Store(fault)))
        assert metrics.STORE_UP._value.get() == metrics.REDIS_UP._value.get() == (not fault)


def test_without_redis_it_is_ready_and_says_so(impatient: None) -> None:
    status, answer = asked(probes._ready, app(shared=Store("fails")))
    assert (status, answer) == (200, {"status": "ready", "degraded": ["redis"]})


def test_a_real_store_is_ready(tmp_path: Any) -> None:
    store = ConversationStore(db=str(tmp_path / "talk.db"))
    assert asked(probes._ready, app(store)) == (200, {"status": "ready"})


# --- metrics -------------------------------------------------------------------------------------


def test_metrics_count_what_waits_in_the_database(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KNEEWISE_DB", raising=False)
    store = ConversationStore(db=str(tmp_path / "talk.db"))
    office = PostOffice("slack", store)

    async def post() -> None:
        letters = [
            await office.accept(f"{n}", f"slack-{WORDS}", {}, {"text": WORDS}) for n in range(3)
        ]
        assert letters[0] is not None
        await office.answered(letters[0], [({"text": WORDS}, False), ({"text": WORDS}, True)])

    asyncio.run(post())
    status, text = asked(probes._metrics, app(store))
    assert status == 200
    assert 'kneewise_queue_depth{queue="accepted"} 2.0' in text
    assert 'kneewise_queue_depth{queue="due"} 2.0' in text
    assert "kneewise_store_up 1.0" in text
    for secret in (WORDS, hashed(f"slack-{WORDS}"), "talk.db"):
        assert secret not in text


@pytest.mark.parametrize("fault", ["fails", "hangs"])
def test_metrics_are_there_without_a_database(fault: str, impatient: None) -> None:
    status, text = asked(probes._metrics, app(Store(fault)))
    assert status == 200
    assert "kneewise_store_up 0.0" in text
    assert "kneewise_messages_total" in text


def test_metrics_are_there_if_the_post_cannot_be_counted(caplog: pytest.LogCaptureFixture) -> None:
    status, _ = asked(probes._metrics, app(Store()))  # which has no session
    assert status == 200
    assert "post not counted: error=AttributeError" in caplog.text


TOKENS: dict[str, tuple[str, str, dict[str, str], int]] = {
    "here": ("", HERE, {}, 200),
    "here, IPv6": ("", "::1", {}, 200),
    "here, with a token set": ("sesame", HERE, {}, 200),
    "elsewhere": ("", THERE, {}, 401),
    "elsewhere, no token set and an empty one sent": ("", THERE, {"Authorization": "Bearer "}, 401),
    "elsewhere, the token": ("sesame", THERE, {"Authorization": "Bearer sesame"}, 200),
    "elsewhere, a wrong one": ("sesame", THERE, {"Authorization": "Bearer sesam"}, 401),
    "elsewhere, no scheme": ("sesame", THERE, {"Authorization": "sesame"}, 401),
    "elsewhere, no text": ("sesame", THERE, {"Authorization": "Bearer \udcff"}, 401),
    "proxy": ("sesame", HERE, {"X-Forwarded-For": THERE}, 401),
    "proxy, the other header": ("", HERE, {"Forwarded": "for=203.0.113.9"}, 401),
    "proxy, the third": ("", HERE, {"X-Real-IP": THERE}, 401),
    "proxy, the token": (
        "sesame",
        HERE,
        {"X-Forwarded-For": THERE, "Authorization": "Bearer sesame"},
        200,
    ),
}


@pytest.mark.parametrize(("token", "ip", "headers", "status"), TOKENS.values(), ids=TOKENS.keys())
def test_who_may_read_the_metrics(
    token: str, ip: str, headers: dict[str, str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KNEEWISE_METRICS_TOKEN", token)
    found, answer = asked(probes._metrics, app(), headers, ip)
    assert found == status
    if status == 401:
        assert set(answer) == {"error"}
        assert "KNEEWISE_METRICS_TOKEN" in answer["error"]
        assert "sesame" not in answer["error"]
