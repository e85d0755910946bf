"""The coach: a plan, a diary, and a way to see whether the knee gets better. Pure; no Rasa.

`kneewise.coach.diary` holds what was told of each day, `programme` makes a plan of facts, `ladder`
and `progress` move it by the pain rule of `rule`, `wording` says all that in the words of
`knowledge/coach.yml`.
"""
