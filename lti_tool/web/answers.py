"""Answers to questions, as forms bring them."""

from __future__ import annotations

from flask import request

from lti_tool.usecases.question_views import QuestionView


def response_to(question: QuestionView | None) -> str | list[str]:
    """The answer as the form has it; for an order question the ids in the order of their places."""
    if question is None or question.kind not in {"choices", "order"}:
        return request.form.get("response", "")
    if question.kind == "choices":
        return request.form.getlist("response")
    places = {request.form.get(f"place-{item}", type=int): item for item, _text in question.options}
    if len(places) < len(question.options) or None in places:
        return []  # two items on one place: no order yet
    return [places[place] for place in sorted(place for place in places if place is not None)]


def places_of(question: QuestionView) -> dict[str, int | None]:
    """The place of each item of an order question: as the form has it, else as it is shown."""
    places = {item: request.form.get(f"place-{item}", type=int) for item, _text in question.options}
    if all(places.values()):
        return places
    return {item: place for place, (item, _text) in enumerate(question.options, start=1)}
