"""The plain runner gives what Rasa's runner gives, for our model and for any graph."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.trackers import DialogueStateTracker

from kneewise.quick.runner import PlainRunner
from kneewise.testing import Assistant

ran: list[str] = []


class Toy(GraphComponent):
    """Notes that it ran, and says what it was given."""

    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: Any,
        resource: Any,
        execution_context: ExecutionContext,
    ) -> Toy:
        return cls(str(execution_context.node_name))

    def run(self, **given: Any) -> str:
        ran.append(self.name)
        return f"{self.name}({', '.join(f'{key}={value}' for key, value in given.items())})"


def schema(**needs: dict[str, str]) -> GraphSchema:
    return GraphSchema(
        {
            name: SchemaNode(
                needs=of_node, uses=Toy, constructor_name="create", fn="run", config={}, eager=True
            )
            for name, of_node in needs.items()
        }
    )


def both(graph: GraphSchema, **how: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the plain runner and Rasa's give."""
    context = ExecutionContext(graph_schema=graph)
    plain, dask = (kind.create(graph, None, context) for kind in (PlainRunner, DaskGraphRunner))  # type: ignore[arg-type]
    ran.clear()
    return plain.run(**how), dask.run(**how)


DIAMOND = {
    "end": {"a": "left", "b": "right"},
    "left": {"x": "start"},
    "right": {"x": "start", "said": "message"},
    "start": {},
    "unused": {"x": "start"},
}


def test_a_graph_gives_the_same() -> None:
    mine, theirs = both(schema(**DIAMOND), inputs={"message": "hi"}, targets=["end"])
    assert mine == theirs
    assert mine == {"end": "end(a=left(x=start()), b=right(x=start(), said=hi))"}


def test_each_node_runs_once_after_its_needs_and_only_if_needed() -> None:
    graph = schema(**DIAMOND)
    runner = PlainRunner.create(graph, None, ExecutionContext(graph_schema=graph))  # type: ignore[arg-type]
    for _ in range(2):
        ran.clear()
        runner.run({"message": "hi"}, ["end"])
        assert sorted(ran) == ["end", "left", "right", "start"]
        assert ran[0] == "start"
        assert ran[-1] == "end"
    ran.clear()
    assert runner.run({"start": "given"}, ["left"]) == {"left": "left(x=given)"}
    assert ran == ["left"]


def test_several_targets_and_an_input_as_a_target() -> None:
    how: dict[str, Any] = {"inputs": {"message": 5}, "targets": ["left", "start", "message"]}
    mine, theirs = both(schema(**DIAMOND), **how)
    assert mine == theirs == {"left": "left(x=start())", "start": "start()", "message": 5}


def test_without_a_need_it_fails_as_rasa_does() -> None:
    graph = schema(**DIAMOND)
    for kind in (PlainRunner, DaskGraphRunner):
        runner = kind.create(graph, None, ExecutionContext(graph_schema=graph))  # type: ignore[arg-type]
        with pytest.raises(GraphRunError, match="Expected input 'message'"):
            runner.run({}, ["end"])


def test_a_circle_is_refused() -> None:
    graph = schema(a={"x": "b"}, b={"x": "a"})
    runner = PlainRunner.create(graph, None, ExecutionContext(graph_schema=graph))  # type: ignore[arg-type]
    with pytest.raises(GraphRunError, match="its own output"):
        runner.run({}, ["a"])


def stock_of(runner: PlainRunner) -> DaskGraphRunner:
    """Rasa's runner with the same nodes."""
    stock: DaskGraphRunner = object.__new__(DaskGraphRunner)
    stock._graph_schema = runner._schema
    stock._instantiated_nodes = dict(runner._nodes)
    stock._execution_context = ExecutionContext(graph_schema=runner._schema)
    return stock


TEXTS = [
    "hi",
    "it hurts below my kneecap, can i run and should i ice it",
    "my knee locked and it is swollen",
    "mir tut das Knie weh",
    "???",
    '/ask_ice{"age": 5}',
]


@pytest.mark.parametrize("text", TEXTS)
def test_our_model_understands_the_same(assistant: Assistant, text: str) -> None:
    processor = assistant.agent.processor
    assert processor
    runner, target = processor.graph_runner, processor.model_metadata.nlu_target
    assert isinstance(runner, PlainRunner)
    assert target

    def parsed(by: Any) -> dict[str, Any]:
        inputs = {
            PLACEHOLDER_MESSAGE: [UserMessage(text)],
            PLACEHOLDER_TRACKER: DialogueStateTracker.from_events("x", []),
        }
        result: dict[str, Any] = by.run(inputs, [target])[target][0].as_dict(True)
        return result

    assert parsed(runner) == parsed(stock_of(runner))
