"""What may work later is tried again, as long as it makes sense."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from kneewise.channels import trying
from kneewise.channels.trying import Later, in_any_case, pause, until_done, wait_of


class Failing:
    """Work that fails for each error it was given, then gives seven."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.calls = 0

    def __call__(self) -> int:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return 7

    async def later(self) -> int:
        """The same, asynchronously."""
        return self()


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited for, none of them really."""
    found: list[float] = []

    async def sleep(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr(trying.asyncio, "sleep", sleep)
    return found


def run(work: Any, **how: Any) -> Any:
    return asyncio.run(until_done("knocking", work, **how))


def test_it_is_tried_until_it_works(waited: list[float]) -> None:
    assert run(Failing(OSError(), OSError())) == 7
    assert run(Failing(OSError()).later) == 7
    assert waited == [1, 2, 1]


def test_the_other_side_can_name_the_wait(waited: list[float]) -> None:
    run(Failing(Later(30), Later(0), Later()))
    assert waited == [30, 0, 4]


def test_it_can_be_given_up() -> None:
    work = Failing(*[OSError()] * 9)
    assert run(work, most=3) is None
    assert work.calls == 3


def test_what_gives_nothing_is_done_once() -> None:
    calls = []
    assert run(lambda: calls.append(1)) is None
    assert calls == [1]


def test_the_waits_grow_up_to_a_minute() -> None:
    assert [pause(tries) for tries in (0, 1, 5, 6, 10_000)] == [1, 2, 32, 60, 60]
    assert wait_of(OSError(), 3) == 8
    assert wait_of(Later(10**9), 0) == 3600


def test_the_log_tells_what_failed_and_nobodys_words(caplog: pytest.LogCaptureFixture) -> None:
    run(Failing(ValueError("plugh")))
    assert "knocking failed" in caplog.text
    assert "ValueError" in caplog.text
    assert "plugh" not in caplog.text
    run(Failing(ValueError("plugh")), reason=lambda _: "a reason")
    assert "a reason" in caplog.text


def test_what_was_begun_is_done_though_nobody_waits_for_it() -> None:
    async def run() -> None:
        begun, go, done = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def work() -> int:
            begun.set()
            await go.wait()
            done.set()
            return 7

        leaving = asyncio.create_task(in_any_case(work()))
        await begun.wait()
        staying = asyncio.create_task(in_any_case(work()))
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        assert leaving.cancelled()
        go.set()
        await asyncio.wait_for(done.wait(), 20)
        assert await staying == 7
        with pytest.raises(OSError, match="away"):
            await in_any_case(Failing(OSError("away")).later())

    asyncio.run(run())
