"""Run the nodes of a loaded model one after another, without dask.

A graph of a dozen nodes in one line needs no scheduler: dask's bookkeeping cost more than a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema, SchemaNode
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

from kneewise.quick.rules import RememberedRules

QUICKER: Mapping[type, type] = {RulePolicy: RememberedRules}
"""Components of Rasa, and the quicker ones that stand in for them when a model is loaded."""

_Plan = tuple[tuple[str, tuple[str, ...]], ...]


class PlainRunner(GraphRunner):
    """Rasa's runner interface: each node runs once, after those whose output it needs."""

    def __init__(self, schema: GraphSchema, nodes: Mapping[str, GraphNode]) -> None:
        self._schema = schema
        self._nodes = nodes
        self._plans: dict[tuple[tuple[str, ...], frozenset[str]], _Plan] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: list[GraphNodeHook] | None = None,
    ) -> PlainRunner:
        """Make the nodes of a schema."""
        nodes = {
            name: GraphNode.from_schema_node(
                name, _quicker(node), model_storage, execution_context, hooks
            )
            for name, node in graph_schema.nodes.items()
        }
        return cls(graph_schema, nodes)

    def run(
        self, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
    ) -> dict[str, Any]:
        """The output of each target; those of the schema if none is named.

        Raises:
            GraphRunError: a node needs an output that nothing gives, or its own.
        """
        wanted = tuple(targets or self._schema.target_names)
        outputs = dict(inputs or {})
        for name, needs in self._plan(wanted, frozenset(outputs)):
            # A need without an output goes in by its name: the node itself says what is missing.
            parents = [(need, outputs[need]) if need in outputs else need for need in needs]
            try:
                _, outputs[name] = self._nodes[name](*parents)
            except RuntimeError as error:
                raise GraphRunError("Error running runner.") from error
        return {name: outputs[name] for name in wanted}

    def _plan(self, wanted: tuple[str, ...], given: frozenset[str]) -> _Plan:
        """The nodes that targets need, in the order they run in, each with its needs."""
        key = (wanted, given)
        if key not in self._plans:
            order = _ordered(self._schema.nodes, wanted, given)
            self._plans[key] = tuple(
                (name, tuple(self._schema.nodes[name].needs.values())) for name in order
            )
        return self._plans[key]


def _quicker(node: SchemaNode) -> SchemaNode:
    return replace(node, uses=QUICKER.get(node.uses, node.uses))


def _ordered(
    nodes: Mapping[str, SchemaNode], wanted: Iterable[str], given: frozenset[str]
) -> list[str]:
    """The nodes that targets need, each after its own needs.

    Raises:
        GraphRunError: a node needs its own output.
    """
    done: dict[str, bool] = {}

    def visit(name: str) -> None:
        if name in given or name not in nodes or done.get(name):
            return
        if name in done:
            raise GraphRunError(f"Node '{name}' needs its own output.")
        done[name] = False
        for need in nodes[name].needs.values():
            visit(need)
        # Taken out and put in again, so that the dict has the order in which they finish.
        del done[name]
        done[name] = True

    for name in wanted:
        visit(name)
    return list(done)
