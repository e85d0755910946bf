"""Symptoms in a runner's own words, read into facts."""

from kneewise.symptoms.extraction import about_child, extract
from kneewise.symptoms.facts import Fact
from kneewise.symptoms.numbers import age_years, bare_number, duration_days

__all__ = ["Fact", "about_child", "age_years", "bare_number", "duration_days", "extract"]
