"""Inputs that nobody means well with, as strategies of Hypothesis, and those that are known."""

from __future__ import annotations

import importlib
import itertools
import json
import string
from typing import Any

from hypothesis import strategies as st

from benchmarks.chaos_target import MONITOR, Raw, Target, encoded, rest_headers

slack_sender: Any = importlib.import_module("slack_sender")

REST = b"/webhooks/rest/webhook"
MESSAGE = b"/webhooks/web/message"
DEEPEST = 30_000
_addresses = itertools.count(1)

texts = st.one_of(
    st.text(max_size=200),
    st.text(st.characters(), max_size=200),
    st.text(st.sampled_from("\ud800\udfff\x00\u202e\u200d\ufeff\n\t/{}\"'\\🦵é"), max_size=60),
    st.sampled_from(["knee", "a", "é", "🦵", "/", "\n", "x y ", "{", "\x00"]).flatmap(
        lambda piece: st.integers(1, 12_000).map(lambda times: piece * times)
    ),
    st.sampled_from(
        [
            *(
                "/restart",
                "/session_start",
                "/back",
                '/greet{"age": 5}',
                "/greet@0.1",
                "/ /goodbye",
            ),
            *("forget me", "None", "null", "[]", "' OR 1=1 --", "${jndi:ldap://x}", "<script>"),
        ]
    ),
)
numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([10**400, -(10**400), 1e308, float("nan"), float("inf"), 2**63, 2**64]),
)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=20), inner, max_size=5)
    ),
    max_leaves=20,
)
nested = st.tuples(
    st.sampled_from([(b"[", b"]"), (b'{"a":', b"}"), (b'[{"message":', b"}]")]),
    st.integers(1, DEEPEST),
    st.booleans(),
).map(lambda g: g[0][0] * g[1] + b"1" + (g[0][1] * g[1] if g[2] else b""))


def _as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def _object(**fields: Any) -> Any:
    """An object with these fields, some of them missing, of another kind, or beside others."""
    wild = {name: st.one_of(field, field, values) for name, field in fields.items()}
    return st.tuples(
        st.fixed_dictionaries({}, optional=wild),
        st.dictionaries(st.text(max_size=9), values, max_size=2),
    ).map(lambda both: {**both[1], **both[0]})


senders = st.one_of(st.text(string.ascii_letters + "_.:@-", min_size=1, max_size=140), texts)
ids = st.one_of(st.text(string.ascii_letters + "_-", min_size=8, max_size=64), texts)
chats = st.integers(1, 10**12)
update = _object(
    update_id=st.integers(1, 2**40),
    message=_object(
        message_id=st.integers(1, 2**40),
        chat=_object(id=chats, type=st.sampled_from(["private", "group"])),
        date=st.integers(0, 2**40),
        text=texts,
        entities=st.lists(_object(type=texts, offset=numbers, length=numbers), max_size=3),
        **{"from": _object(id=chats, is_bot=st.booleans(), language_code=texts)},
    ),
    callback_query=_object(id=texts, data=texts, message=values),
)
event = _object(
    type=st.just("event_callback"),
    event_id=texts,
    authorizations=values,
    challenge=texts,
    event=_object(
        type=st.sampled_from(["message", "app_mention", "app_home_opened"]),
        channel=st.sampled_from(["D1", "C1", ""]),
        channel_type=st.sampled_from(["im", "channel"]),
        user=st.sampled_from(["U1", "USLACKBOT"]),
        text=texts,
        ts=texts,
        blocks=values,
    ),
)
form = st.dictionaries(
    st.sampled_from(["payload", "command", "text", "user_id", "channel_id", "ssl_check"]),
    st.one_of(texts, values.map(json.dumps)),
    max_size=4,
)


def _body(shape: Any) -> Any:
    """Mostly JSON of a shape; else any other JSON, or bytes that are none."""
    return st.one_of(
        shape.map(_as_json),
        shape.map(_as_json),
        values.map(_as_json),
        nested,
        st.binary(max_size=300),
        shape.map(lambda value: _as_json(value)[:-1]),
        st.sampled_from([b"", b"null", b"[]", b'"', b"\xff\xfe", b"1e999", b"{}" * 20_000]),
    )


header = st.tuples(
    st.one_of(
        st.sampled_from(
            [
                *(b"Content-Type", b"Accept-Encoding", b"Origin", b"X-Forwarded-For", b"Forwarded"),
                *(
                    b"Authorization",
                    b"Cookie",
                    b"Expect",
                    b"Upgrade",
                    b"Transfer-Encoding",
                    b"Range",
                ),
                *(b"If-None-Match", b"X-Forwarded-Proto", b"X-Forwarded-Host", b"Content-Length"),
            ]
        ),
        st.text(string.ascii_letters + "-", min_size=1, max_size=20).map(str.encode),
    ),
    st.binary(max_size=120).map(lambda raw: raw.replace(b"\r", b"").replace(b"\n", b"")),
)
headers = st.lists(header, max_size=3).map(tuple)


def requests(target: Target) -> Any:
    """Requests to any route, most of them signed well enough to get inside."""

    @st.composite
    def made(draw: Any) -> Raw:
        kind = draw(st.sampled_from(list(KINDS)))
        raw: Raw = KINDS[kind](draw, target)
        return Raw(
            raw.method, raw.path, raw.headers + draw(st.one_of(st.just(()), headers)), raw.body
        )

    return made()


def _token(draw: Any, target: Target) -> bytes:
    """The token of a visitor, whole or damaged."""
    token = target.tokens.issue("eu").encode()
    how = draw(st.integers(0, 9))
    if how == 0:
        raw: bytes = draw(st.binary(max_size=80))
        return raw.translate(None, b"\r\n")
    if how == 1:
        at = draw(st.integers(0, len(token) - 1))
        other: bytes = draw(st.sampled_from([b"", b"A", b".", b"\xff", b"=="]))
        return token[:at] + other + token[at + 1 :]
    return token


def _web(draw: Any, target: Target) -> Raw:
    name, method, shape = draw(
        st.sampled_from(
            [
                ("session", b"POST", _object(region=texts)),
                ("message", b"POST", _object(id=ids, text=texts)),
                ("message", b"POST", _object(id=ids, choices=st.lists(texts, max_size=30))),
                ("feedback", b"POST", _object(topic=texts, value=st.sampled_from(["up", "down"]))),
                ("conversation", b"DELETE", values),
            ]
        )
    )
    # From an address of its own, so that it is not only the limit that is tried.
    number = next(_addresses)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    given = (
        (b"Authorization", b"Bearer " + _token(draw, target)),
        (b"Origin", b"http://127.0.0.1"),
        (b"X-Forwarded-For", address.encode()),
        (b"Content-Type", b"application/json"),
    )
    return Raw(method, b"/webhooks/web/" + name.encode(), given, draw(_body(shape)))


def _rest(draw: Any, _target: Target) -> Raw:
    shape = _object(sender=senders, message=texts, metadata=values, input_channel=texts)
    return Raw(b"POST", REST, rest_headers(), draw(_body(shape)))


def _telegram(draw: Any, target: Target) -> Raw:
    secret = target.telegram.webhook["secret_token"]
    given = {"X-Telegram-Bot-Api-Secret-Token": secret, "Content-Type": "application/json"}
    path = b"/webhooks/telegram/webhook"
    return Raw(b"POST", path, encoded(given), draw(_body(update)))


def _slack(draw: Any, _target: Target) -> Raw:
    path = b"/webhooks/slack/webhook"
    if draw(st.booleans()):
        body, given = slack_sender.json_request(draw(_body(event)))
    else:
        fields = {k: v.encode("utf-8", "surrogatepass") for k, v in draw(form).items()}
        body, given = slack_sender.form_request(fields)
    return Raw(b"POST", path, encoded(given), body)


def _any(draw: Any, _target: Target) -> Raw:
    method = draw(
        st.sampled_from(
            [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS", b"TRACE", b"X" * 50]
        )
    )
    known = [b"/", b"/chat", b"/health", b"/ready", b"/metrics", REST, MESSAGE, b"/webhooks/slack/"]
    path = draw(st.one_of(st.sampled_from(known), st.binary(max_size=60).map(_path)))
    tail = draw(st.one_of(st.just(b""), st.binary(max_size=40).map(lambda raw: b"?" + _path(raw))))
    given = ((b"Authorization", f"Bearer {MONITOR}".encode()),)
    return Raw(method, path + tail, given, draw(st.binary(max_size=200)))


def _path(raw: bytes) -> bytes:
    return b"/" + raw.translate(None, b"\r\n \t")


KINDS = {"web": _web, "rest": _rest, "telegram": _telegram, "slack": _slack, "any": _any}


def known() -> dict[str, bytes]:
    """Bodies for REST that kill, block or silence a stock server, each with what it is."""
    ice = "should i put ice on my knee? "
    return {
        "a lone surrogate as sender": b'{"sender": "x\\ud800", "message": "hi"}',
        "NUL as sender": b'{"sender": "x\\u0000", "message": "hi"}',
        "a lone surrogate as message": b'{"sender": "x", "message": "hi \\ud800"}',
        "50 KB of words": _said(ice * 1700),
        "1 MB of words": _said(ice * 35_000),
        "1 MB of one word": _said("k" * 1_000_000),
        "10,000 emojis": _said("🦵" * 10_000),
        "no JSON": b"{",
        "no UTF-8": b'{"sender": "x", "message": "\xff\xfe"}',
        "JSON 5,000 deep": b"[" * 5000 + b"]" * 5000,
        "JSON 30,000 deep, not closed": b'{"a":' * 13_000,
        "nothing": b"",
        "null": b"null",
        "a list": b"[]",
        "a text": b'"hi"',
        "no message": b'{"sender": "x"}',
        "null as message": b'{"sender": "x", "message": null}',
        "a number as message": b'{"sender": "x", "message": 5}',
        "a list as message": b'{"sender": "x", "message": ["hi"]}',
        "blanks as message": _said(" \\n "),
        "a command": _said('/goodbye{"age": 5}'),
        "a restart": _said("/restart"),
        "no sender": b'{"message": "hi"}',
        "a number as sender": b'{"sender": 5, "message": "hi"}',
        "a sender of 300 characters": _as_json({"sender": "x" * 300, "message": "hi"}),
        "another channel": b'{"sender": "x", "message": "hi", "input_channel": "telegram"}',
        "60 KB of metadata": _as_json({"sender": "x", "message": "hi", "metadata": "y" * 60_000}),
        "a number of 10,000 digits": b'{"sender": "x", "message": ' + b"9" * 10_000 + b"}",
    }


def _said(text: str) -> bytes:
    return _as_json({"sender": "x", "message": text})
