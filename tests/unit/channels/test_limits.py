"""How much one visitor and one address may ask for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kneewise.channels.core import Refused
from kneewise.channels.limits import Buckets, address


class Clock:
    """A clock that stands until it is moved."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def refused(buckets: Buckets, key: str) -> int:
    """The seconds to wait."""
    with pytest.raises(Refused) as error:
        buckets.take(key)
    assert (error.value.status, error.value.code) == (429, "too_many")
    return error.value.wait


def test_as_many_as_the_bucket_holds_then_one_for_each_that_drips_in(clock):
    buckets = Buckets(10, 0.5, clock=clock)
    for _ in range(10):
        buckets.take("ann")
    assert refused(buckets, "ann") == 2
    clock.now += 1.5
    assert refused(buckets, "ann") == 1
    clock.now += 0.5
    buckets.take("ann")
    assert refused(buckets, "ann") == 2


def test_a_bucket_never_holds_more_than_its_size(clock):
    buckets = Buckets(2, 1, clock=clock)
    buckets.take("ann")
    clock.now += 1000
    buckets.take("ann")
    buckets.take("ann")
    refused(buckets, "ann")


def test_one_bucket_does_not_empty_another(clock):
    buckets = Buckets(1, 1, clock=clock)
    buckets.take("ann")
    refused(buckets, "ann")
    buckets.take("bob")


def test_those_not_seen_for_longest_are_forgotten(clock):
    buckets = Buckets(1, 0.001, most=3, clock=clock)
    for key in ("ann", "bob", "cat"):
        buckets.take(key)
    refused(buckets, "ann")
    buckets.take("dan")
    assert list(buckets._left) == ["cat", "ann", "dan"]
    refused(buckets, "ann")
    buckets.take("bob")


@pytest.mark.parametrize(
    ("proxied", "ip", "key"),
    [
        ("", "127.0.0.1", "127.0.0.1"),
        ("203.0.113.9", "127.0.0.1", "203.0.113.9"),
        ("", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "127.0.0.1", "2001:db8:1:2::/64"),
        ("", "", ""),
        ("unknown", "127.0.0.1", "unknown"),
    ],
)
def test_the_address(proxied, ip, key):
    request = SimpleNamespace(remote_addr=proxied, ip=ip)
    assert address(request) == key  # type: ignore[arg-type]
