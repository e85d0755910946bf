"""The end of a request's body is clear, or the request is refused."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest
from sanic.compat import Header
from sanic.exceptions import InvalidUsage

from kneewise.framing import _checked


def check(*headers: tuple[str, str]) -> None:
    asyncio.run(_checked(SimpleNamespace(headers=Header(headers))))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("content-length", "0")],
        [("content-length", "65536")],
        [("transfer-encoding", "chunked")],
    ],
)
def test_a_clear_end_is_let_in(headers: list[tuple[str, str]]) -> None:
    check(*headers)


@pytest.mark.parametrize(
    "headers",
    [
        *([("content-length", length)] for length in ("", "-5", "+5", "1_0", "٣", "0x5", "5 5")),
        [("content-length", "9" * 5000)],
        [("content-length", "5"), ("content-length", "6")],
        [("content-length", "5"), ("transfer-encoding", "chunked")],
        [("transfer-encoding", "gzip")],
        [("transfer-encoding", "chunked"), ("transfer-encoding", "chunked")],
    ],
)
def test_an_unclear_end_is_refused(headers: list[tuple[str, str]]) -> None:
    with pytest.raises(InvalidUsage):
        check(*headers)
