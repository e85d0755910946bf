"""What is right, what is rejected, and whether two differ by more than chance."""

from __future__ import annotations

import pytest

from benchmarks.measure import (
    Heard,
    deployed_rejected,
    deployed_right,
    heard,
    interval,
    mcnemar,
    reject_at_loss,
    top_right,
)


def sure(*confidences):
    """Messages that are in scope with these confidences."""
    return [Heard("a", "a", confidence, outside=False) for confidence in confidences]


OUTSIDE = Heard("out_of_scope", "a", 0.3, outside=True)


def parsed(*ranking, intent=None):
    rows = [{"name": name, "confidence": confidence} for name, confidence in ranking]
    return {"intent": {"name": intent or rows[0]["name"]}, "intent_ranking": rows}


def test_the_fallback_does_not_hide_the_best_intent():
    found = heard(parsed(("nlu_fallback", 0.3), ("a", 0.2), ("b", 0.1)))
    assert found == Heard("nlu_fallback", "a", 0.2, outside=False)


def test_out_of_scope_on_top_is_seen_under_a_fallback():
    found = heard(parsed(("nlu_fallback", 0.3), ("out_of_scope", 0.2), ("b", 0.1)))
    assert found == Heard("nlu_fallback", "b", 0.1, outside=True)


def test_a_message_with_no_ranking_is_heard_as_nothing():
    assert heard({"intent": {"name": None}}).top == ""


def test_right_on_top_and_right_when_deployed_are_two_things():
    found = [Heard("nlu_fallback", "a", 0.2, outside=False), Heard("b", "b", 0.9, outside=False)]
    assert top_right(found, ["a", "a"]) == [True, False]
    assert deployed_right(found, ["a", "b"]) == [False, True]
    assert deployed_rejected([*found, OUTSIDE]) == [True, False, True]


def test_the_threshold_loses_no_more_than_allowed():
    inside = sure(*(i / 100 for i in range(1, 101)))
    found = reject_at_loss(inside, sure(0.005, 0.02, 0.03, 0.9), most_lost=0.02)
    assert found.threshold == 0.03
    assert found.lost == 0.02
    assert found.rejected == [True, True, False, False]


def test_few_messages_may_lose_none():
    found = reject_at_loss(sure(0.4, 0.8), sure(0.39, 0.4), most_lost=0.02)
    assert found.lost == 0
    assert found.rejected == [True, False]


def test_equal_confidences_are_not_lost_beyond_what_is_allowed():
    assert reject_at_loss(sure(*[0.5] * 100), sure(0.5), most_lost=0.02).rejected == [False]


def test_what_out_of_scope_wins_is_rejected_at_any_threshold():
    inside = [OUTSIDE, *sure(0.5)]
    found = reject_at_loss(inside, [OUTSIDE, *sure(0.1)], most_lost=0.0)
    assert found.threshold == 0
    assert found.lost == 0.5
    assert found.rejected == [True, False]


def test_a_won_message_is_part_of_what_may_be_lost():
    inside = [OUTSIDE, *sure(*[0.5] * 49)]
    found = reject_at_loss(inside, sure(0.4), most_lost=0.02)
    assert found.lost == 0.02
    assert found.rejected == [True]


@pytest.mark.parametrize(
    ("one", "other", "p"),
    [(0, 0, 1.0), (1, 0, 1.0), (5, 0, 0.0625), (10, 2, 0.0385743), (8, 8, 1.0)],
)
def test_mcnemar_is_the_exact_two_sided_test(one, other, p):
    first = [True] * one + [False] * other + [True, False]
    second = [False] * one + [True] * other + [True, False]
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second) == (one, other)
    assert found.p == pytest.approx(p, abs=1e-6)


def test_only_the_same_messages_can_be_paired():
    with pytest.raises(ValueError, match="zip"):
        mcnemar([True], [True, False])


def test_the_interval_of_a_share():
    low, high = interval(90, 100)
    assert (round(low, 3), round(high, 3)) == (0.826, 0.945)
