"""The web channel: the chat widget and its page, and the requests that the widget makes.

`session` gives a visitor a token, `message` takes a turn and streams its lines, `feedback` keeps
whether an answer helped, and deleting `conversation` erases all that was said.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.exceptions import PayloadTooLarge, ServiceUnavailable
from sanic.request import Request
from sanic.response import HTTPResponse

from kneewise import knowledge, metrics, watching
from kneewise.channels.asked import wanted, words_of, zone_of
from kneewise.channels.core import LONGEST_BODY, SOON, OnMessage, Refused, json_object
from kneewise.channels.limits import Buckets, address
from kneewise.channels.origins import PREFLIGHT, Origins, is_origin, set_origins
from kneewise.channels.pages import ROOT, File, site
from kneewise.channels.talk import Turn
from kneewise.channels.tokens import LIFETIME, Tokens, Visitor, secret_key
from kneewise.channels.trying import in_any_case
from kneewise.channels.turns import Talks
from kneewise.privacy import where
from kneewise.rasa_compat import own_store
from kneewise.replies import Writer
from kneewise.retention import A_DAY, DEFAULT_DAYS, days_kept
from kneewise.shared import shared_by

API = {"session": "POST", "message": "POST", "feedback": "POST", "conversation": "DELETE"}
FAREWELL = 10
"""Seconds for the turns that were begun before the server was told to stop."""
_STREAM = {"X-Accel-Buffering": "no"}
"""Proxies such as nginx hold a stream back until its end, unless they are told not to."""
_PRIVATE = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

Handler = Callable[[Request], Awaitable[HTTPResponse | None]]

logger = logging.getLogger(__name__)


class WebChannel(InputChannel):
    """`/webhooks/web/...` for browsers."""

    def __init__(
        self,
        secret: str,
        files: dict[str, File],
        origins: tuple[str, ...] = (),
        days: int = DEFAULT_DAYS,
    ) -> None:
        self.tokens = Tokens(secret)
        self.files = files
        self.origins = Origins(origins)
        self.days = days

    @classmethod
    def name(cls) -> str:
        """The name in the path, and in front of every conversation."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChannel:
        """Make the channel from the settings; its part of credentials.yml is empty.

        Raises:
            WrongSetting: a setting or a file is wrong.
        """
        origins = set_origins()
        kb = knowledge.load()
        words = knowledge.folder() / "widget.yml"
        days = days_kept()
        files = site(ROOT / "widget", words, days, Writer(kb, kb.region()), origins)
        return cls(secret_key(ROOT), files, origins, days)

    def blueprint(self, on_new_message: OnMessage) -> Blueprint:
        """The routes of the channel."""
        routes = Blueprint("kneewise_web", __name__)
        talks = Talks(on_new_message)
        api = Api(self.tokens, self.origins, talks, self.days)

        @routes.listener("after_server_start")
        async def begin(app: Sanic, _: Any) -> None:
            agent = getattr(app.ctx, "agent", None)
            talks.begin(agent and agent.lock_store)

        @routes.listener("before_server_stop")
        async def end(_app: Sanic, _: Any) -> None:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(talks.idle(), FAREWELL)

        for name, method in API.items():
            handler = api.guarded(getattr(api, name), needs_origin=name == "session")
            routes.add_route(handler, f"/{name}", methods=[method], name=name)
            routes.add_route(_asked, f"/{name}", methods=["OPTIONS"], name=f"ask_{name}")
        for path, file in self.files.items():
            routes.add_route(_serving(file), f"/{path}", methods=["GET", "HEAD"], name=path)
        routes.exception(Exception)(_failed)

        @routes.middleware("response")
        async def tell_the_browser(request: Request, given: HTTPResponse) -> HTTPResponse | None:
            name = request.path.rstrip("/").rsplit("/", 1)[-1]
            if name not in API:
                return None
            # A page that may not use the assistant gets no session, but can read why.
            to_all = name == "session"
            asked = request.method == "OPTIONS"
            answer = _preflight(self.origins, request, to_all=to_all) if asked else given
            answer.headers.update({**_PRIVATE, **self.origins.headers(request, to_all=to_all)})
            return answer if answer is not given else None

        return routes


async def _asked(_: Request) -> HTTPResponse:
    """What is asked before the request proper; `_preflight` is the answer.

    It is given in place of this one, because Rasa has sanic-cors answer first, and with nothing.
    """
    return response.empty()


def _preflight(origins: Origins, request: Request, *, to_all: bool) -> HTTPResponse:
    """Tell a browser what a page of its origin may send."""
    try:
        if not (to_all and is_origin(request.headers.get("Origin", ""))):
            origins.check(request, needed=True)
    except Refused as error:
        return _refusal(error)
    return response.empty(204, headers=PREFLIGHT)


def _serving(file: File) -> Handler:
    async def serve(request: Request) -> HTTPResponse:
        return file.served(request)

    return serve


async def _failed(_: Request, error: Exception) -> HTTPResponse:
    """Any error as JSON; what went wrong inside is for the log only."""
    if isinstance(error, Refused):
        return _refusal(error)
    if isinstance(error, PayloadTooLarge):
        return _refusal(Refused(413, f"body larger than {LONGEST_BODY} bytes", "too_long"))
    if not isinstance(error, ServiceUnavailable):  # which is that the browser left
        logger.error("request failed: error=%s", where(error))
    return _refusal(Refused(500, "the server failed", "failed"))


def _refusal(error: Refused) -> HTTPResponse:
    metrics.refused(WebChannel.name(), error.code, error.status)
    headers = {"Retry-After": str(error.wait)} if error.wait else {}
    body = {"error": error.code, "message": str(error)}
    return response.json(body, status=error.status, headers=headers)


class Api:
    """What the widget can ask for."""

    def __init__(self, tokens: Tokens, origins: Origins, talks: Talks, days: int) -> None:
        self._tokens = tokens
        self._origins = origins
        self._talks = talks
        self._days = days
        self._of_address = Buckets(60, 2, name="address")
        self._of_visitor = Buckets(10, 0.5, name="visitor")

    def guarded(self, handle: Handler, *, needs_origin: bool = False) -> Handler:
        """A handler behind what holds for every request."""

        async def guard(request: Request) -> HTTPResponse | None:
            self._origins.check(request, needed=needs_origin)
            await self._of_address.take_shared(address(request), shared_by(request.app))
            agent = getattr(request.app.ctx, "agent", None)
            if not (agent and agent.is_ready()):
                raise Refused(503, "the assistant is starting", "starting", SOON)
            return await handle(request)

        return guard

    async def session(self, request: Request) -> HTTPResponse:
        """Give out a token, to a visitor who has one for the same conversation.

        Who keeps the talk on their device can come back for as long as the server keeps it.
        """
        known = await self._visitor(request) if "Authorization" in request.headers else None
        body = json_object(request)
        region = _region(body.get("region"), known)
        lifetime = self._days * A_DAY if _kept(body.get("keep")) else LIFETIME
        token = self._tokens.issue(region, known.subject if known else None, lifetime)
        return response.json({"token": token, "expires_in": lifetime})

    async def message(self, request: Request) -> None:
        """Take a turn, or join the one with the same id, and stream its lines."""
        turn = await in_any_case(self._turn(request))
        stream = await request.respond(content_type="application/x-ndjson", headers=_STREAM)
        # The browser may leave before the end: Sanic then cancels this, and the turn goes on.
        async for line in turn.follow():
            await stream.send(line)

    async def _turn(self, request: Request) -> Turn:
        """The turn of a request, begun if it is new."""
        visitor = await self._visitor(request)
        body = json_object(request)
        message_id, text, choices = wanted(body)
        page = {"region": visitor.region, **zone_of(body)}
        store = _store(request)
        talk = await self._talks.open(visitor.conversation, store)
        if message_id in talk.turns:
            return talk.turns[message_id]
        said = words_of(talk, text, choices)
        return self._talks.start(talk, store, message_id, said, page)

    async def feedback(self, request: Request) -> HTTPResponse:
        """Keep whether an answer helped; it must have been given in this conversation."""
        visitor = await self._visitor(request)
        body = json_object(request)
        topic, value = body.get("topic"), body.get("value")
        if value not in ("up", "down"):
            raise Refused(400, "value must be up or down")
        talk = await self._talks.open(visitor.conversation, _store(request))
        if not isinstance(topic, str) or not topic or topic not in talk.topics:
            raise Refused(400, "topic must be that of a message in this conversation")
        await _store(request).keep_feedback(topic, value)
        return response.empty(204)

    async def conversation(self, request: Request) -> HTTPResponse:
        """Erase all of a conversation."""
        visitor = await self._visitor(request)
        await self._talks.forget(visitor.conversation, _store(request))
        watching.forgotten(WebChannel.name(), visitor.conversation)
        return response.empty(204)

    async def _visitor(self, request: Request) -> Visitor:
        """Who sent a request, if they may send one more."""
        visitor = self._tokens.bearer(request)
        if visitor.region not in knowledge.load().regions:
            raise Refused(401, "the token is for a region that is not known", "unauthorized")
        await self._of_visitor.take_shared(visitor.subject, shared_by(request.app))
        return visitor


def _region(given: Any, known: Visitor | None) -> str:
    """The region of a page's visitors: the one it names, else the one so far, else the server's.

    Raises:
        Refused: 400, it is no text.
    """
    kb = knowledge.load()
    if given is not None and not isinstance(given, str):
        raise Refused(400, "region must be a text")
    if given in kb.regions:
        return str(given)
    if given is not None:
        # The page is set up wrongly; its visitors are helped all the same.
        logger.warning(
            "a page names an unknown region: known are %s", ", ".join(sorted(kb.regions))
        )
    return known.region if known else kb.region().id


def _kept(given: Any) -> bool:
    """Whether the talk is kept on the device.

    Raises:
        Refused: 400, it is neither true nor false.
    """
    if given is not None and not isinstance(given, bool):
        raise Refused(400, "keep must be true or false")
    return bool(given)


def _store(request: Request) -> Any:
    return own_store(request.app.ctx.agent)
