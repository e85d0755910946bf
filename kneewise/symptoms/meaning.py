"""Join what the patterns found in a message with what its clauses mean.

Patterns read words they know; the meaning also hears "it went up like a melon". A sign that only
the meaning hears, and not clearly, becomes a question, neither an alarm nor silence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from kneewise.symptoms.facts import DENIED, OTHER_PERSON, PRESENT, UNSURE, Fact
from kneewise.symptoms.phrasings import NOT_PRESENT, NOTHING, STATUS

_SLIGHT = 0.1  # a place that is less likely was read into the clause


@dataclass(frozen=True)
class Thresholds:
    """From which probability on a meaning counts; docs/adr/0008 has the figures behind them.

    `warn`: a sign as present; `alone` instead if the whole message speaks of nothing. `ask`: as
    unsure, `ask_alone` in the same case, `urgent` instead for emergencies. `overrule`: another
    status than the one that the patterns read. `context`: the whole message is about something
    else than the writer's knee now; `unheard`: nothing is spoken of, `unheard_urgent` instead for
    emergencies; then a sign only raises a question. `place`: where it hurts; `replace`: another
    place than the one that the patterns read.
    """

    warn: float = 0.7
    alone: float = 0.8
    ask: float = 0.3
    ask_alone: float = 0.6
    urgent: float = 0.2
    overrule: float = 0.8
    context: float = 0.7
    unheard: float = 0.99
    unheard_urgent: float = 0.995
    place: float = 0.8
    replace: float = 0.8


@dataclass(frozen=True)
class Meant:
    """A stretch of the message, and the probability of each sign, status and place in it.

    `own`: the writer speaks of themselves in it ("I", "my", "mine").
    """

    start: int
    end: int
    likely: Mapping[str, float] = field(default_factory=dict)
    places: Mapping[str, float] = field(default_factory=dict)
    own: bool = False

    @property
    def signs(self) -> Mapping[str, float]:
        """The signs, as present."""
        return {n: p for n, p in self.likely.items() if n != NOTHING and n[0] != STATUS}

    @property
    def present(self) -> float:
        """How likely any sign is present."""
        return sum(self.signs.values())

    @property
    def nothing(self) -> float:
        """How likely no sign is spoken of."""
        return self.likely.get(NOTHING, 0.0)

    def status(self) -> tuple[str, float]:
        """The likeliest status other than present, and how likely it is."""
        likely = {status: self.likely.get(STATUS + status, 0.0) for status in NOT_PRESENT}
        best = max(likely, key=lambda status: likely[status])
        return best, likely[best]

    def holds(self, fact: Fact) -> bool:
        """True if a fact starts in this stretch."""
        return self.start <= fact.start < self.end


@dataclass(frozen=True)
class Sense:
    """What a message means: as a whole, and clause by clause (the whole if it is but one).

    `emergencies` are signs that make one alone, `alarms` those that call for a check alone, and
    `harmless` those that no warning rests on. `outside`: it is about something else than a
    runner's knee, so that by meaning alone emergencies are heard, and clear alarms asked about.
    """

    whole: Meant
    clauses: tuple[Meant, ...]
    emergencies: frozenset[str] = frozenset()
    alarms: frozenset[str] = frozenset()
    harmless: frozenset[str] = frozenset()
    outside: bool = False


def join(facts: Sequence[Fact], sense: Sense, at: Thresholds) -> list[Fact]:
    """The facts, corrected where the meaning is sure of another status, and what it adds.

    Args:
        facts: what the patterns found.
        sense: what the message means; of its emergencies is asked sooner.
        at: the thresholds.
    """
    corrected = [_corrected(fact, sense, at) for fact in facts]
    known = {f.value for f in corrected if f.kind == "sign" and f.status in (PRESENT, UNSURE)}
    added: dict[str, Fact] = {}
    for clause in sense.clauses:
        fact = _sign(clause, corrected, sense, at)
        if fact is None or fact.value in known:
            continue
        rival = added.get(str(fact.value))
        if rival is None or (rival.status == UNSURE and fact.status == PRESENT):
            added[str(fact.value)] = fact
    # One fact a sign: what is there counts for more than what another clause denies.
    kept = [fact for fact in corrected if fact.kind != "sign" or fact.value not in added]
    return sorted(
        [*_placed(kept, sense, at), *added.values()], key=lambda fact: (fact.start, fact.end)
    )


def _corrected(fact: Fact, sense: Sense, at: Thresholds) -> Fact:
    """What the patterns take for present, with the status that its clause means.

    Where only the whole message speaks of somebody else, of another time or of nothing of the
    kind, the sign becomes a question; an emergency is never more than questioned.
    """
    if fact.kind not in ("sign", "location") or fact.status not in (PRESENT, UNSURE):
        return fact
    around = [clause for clause in sense.clauses if clause.holds(fact)]
    urgent = fact.value in sense.emergencies
    for clause in around:
        status, likely = clause.status()
        if likely >= at.overrule:
            return replace(fact, status=UNSURE if urgent else status)
    alarming = fact.kind == "sign" and fact.value not in sense.harmless
    if alarming and any(_doubtful(clause, urgent, sense, at) for clause in around):
        return replace(fact, status=UNSURE)
    return fact


def _doubtful(clause: Meant, urgent: bool, sense: Sense, at: Thresholds) -> bool:
    """True if the whole message makes a sign that was read in this clause a question."""
    if min(clause.nothing, sense.whole.nothing) >= (at.unheard_urgent if urgent else at.unheard):
        return True
    clear = urgent and clause.present >= at.warn
    return not clear and _elsewhere(clause, sense, at)


def _elsewhere(clause: Meant, sense: Sense, at: Thresholds) -> bool:
    """True if the whole message is about another person or time, and the clause no clearer.

    "My brother had chest pain, and now I can't catch my breath" is about the writer after all.
    """
    status, likely = sense.whole.status()
    if status == DENIED and clause.present >= at.ask:
        return False  # "no swelling, but it gives way": the one is denied, the other is there
    return likely >= at.context and not (status == OTHER_PERSON and clause.own)


def _sign(clause: Meant, facts: Sequence[Fact], sense: Sense, at: Thresholds) -> Fact | None:
    """The sign that a clause means, if it is likely enough and not denied there."""
    if not clause.signs:
        return None
    sign = max(clause.signs, key=lambda name: clause.signs[name])
    urgent = sign in sense.emergencies
    away = {
        fact.value: fact.status
        for fact in facts
        if fact.kind == "sign" and fact.status not in (PRESENT, UNSURE) and clause.holds(fact)
    }
    settled = away.get(sign) in (DENIED, OTHER_PERSON)
    if settled or clause.present < (at.urgent if urgent else at.ask):
        return None
    alone = sense.whole.nothing >= at.context
    sure = clause.present >= (at.alone if alone else at.warn)
    sure = sure and clause.signs[sign] >= clause.present / 2
    if sense.outside and not urgent and not (sure and sign in sense.alarms):
        return None
    doubted = bool(away) or (sense.outside and not urgent) or _elsewhere(clause, sense, at)
    if sure and not doubted:
        return Fact("sign", sign, PRESENT, clause.start, clause.end)
    told = any(f.kind == "sign" and f.status == PRESENT and clause.holds(f) for f in facts)
    weak = (alone and clause.present < at.ask_alone) or clause.signs[sign] < at.ask / 2
    if told or (weak and not urgent):
        return None
    return Fact("sign", sign, UNSURE, clause.start, clause.end)


def _placed(facts: Sequence[Fact], sense: Sense, at: Thresholds) -> list[Fact]:
    """The facts with the place that is meant, where the patterns found none or another one."""
    likely = [
        (chance, name, clause)
        for clause in sense.clauses
        for name, chance in clause.places.items()
        if name != NOTHING and name[0] != STATUS and clause.status()[1] < at.overrule
    ]
    if not likely:
        return list(facts)
    chance, name, clause = max(likely, key=lambda found: found[0])
    read = [fact for fact in facts if fact.kind == "location" and fact.status == PRESENT]
    meant = Fact("location", name, PRESENT, clause.start, clause.end)
    if not read and chance >= at.place:
        return [*facts, meant]
    wrong = [f for f in read if clause.holds(f) and clause.places.get(str(f.value), 0.0) < _SLIGHT]
    if len(read) == len(wrong) == 1 and chance >= at.replace:
        return [*(fact for fact in facts if fact not in wrong), meant]
    return list(facts)
