"""Which day and hour it is for a runner."""

from __future__ import annotations

from datetime import date, tzinfo

from kneewise.coach import zones
from kneewise.coach.clock import UTC
from kneewise.scene import Scene


def zone_known(scene: Scene) -> tzinfo | None:
    """The zone that the runner or the browser named, or the only one of the region."""
    coach, region = scene.state.coach, scene.write.region
    named = coach.zone or scene.heard.zone or zones.same_everywhere(region.zones, scene.heard.at)
    return zones.zone(named)


def zone(scene: Scene) -> tzinfo:
    """The zone to reckon days in: where none is known, the likeliest of the region."""
    known = zone_known(scene) or zones.zone(next(iter(scene.write.region.zones), None))
    return known or UTC


def today(scene: Scene) -> date:
    """The runner's own calendar day."""
    return scene.heard.at.astimezone(zone(scene)).date()
