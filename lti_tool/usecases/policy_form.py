"""A form of settings: what stands in it, and what somebody wrote into it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lti_tool.errors import Fixable
from lti_tool.pathways.choices import SETTINGS, Choices, Kind, Setting, Value
from lti_tool.usecases.policy_words import (
    groups,
    own_weights,
    setting_hint,
    setting_label,
    word_label,
    written,
)
from lti_tool.usecases.words import ENGLISH, Words

_LONGEST = 32


@dataclass(frozen=True, slots=True)
class SettingView:
    """One field. `options` where it is one of some words; `is_locked` where the school decides alone."""

    name: str
    label: str
    hint: str
    value: str
    lowest: int
    highest: int
    may_be_empty: bool
    options: tuple[tuple[str, str], ...]
    is_locked: bool
    is_own: bool


@dataclass(frozen=True, slots=True)
class FormView:
    """All fields under their headings, and those of an own mixture of weights."""

    groups: tuple[tuple[str, tuple[SettingView, ...]], ...]
    own_weights: tuple[SettingView, ...]


def form_view(choices: Choices, *, own: Choices, locked: Collection[str], words: Words) -> FormView:
    """The form with the values that hold."""

    def views(names: tuple[str, ...]) -> tuple[SettingView, ...]:
        return tuple(_view(SETTINGS[name], choices, own, locked, words) for name in names)

    return FormView(
        groups=tuple((title, views(names)) for title, names in groups(words)),
        own_weights=views(own_weights()),
    )


def read_choices(fields: Mapping[str, str], *, defaults: Choices) -> Choices:
    """What was chosen: the values that differ from what holds anyway. A field that is missing chooses nothing.

    Raises Fixable `policy.unreadable` for a value that cannot be.
    """
    values = {
        name: _read(setting, fields[name].strip()) for name, setting in SETTINGS.items() if name in fields
    }
    return Choices({name: value for name, value in values.items() if value != defaults.value(name)})


def fields_of(choices: Choices) -> dict[str, str]:
    """The fields that say the same again, for a page that asks "shall this hold?"."""
    return {name: written(name, choices.value(name)) for name in SETTINGS}


def _read(setting: Setting, text: str) -> Value:
    value: Value
    if not text and setting.may_be_empty:
        return None
    if setting.kind is Kind.WORD:
        value = text
    elif text.isascii() and text.isdecimal() and len(text) <= _LONGEST:
        value = int(text) / 100 if setting.kind is Kind.PERCENT else int(text)
    else:
        value = ""
    if not setting.permits(value):
        raise Fixable(
            "policy.unreadable",
            f"“{setting_label(setting.name, ENGLISH)}” takes a whole number from {setting.lowest} to"
            f" {setting.highest}. Nothing has changed; go back and correct it."
            if setting.kind is not Kind.WORD
            else f"“{setting_label(setting.name, ENGLISH)}”: choose one of the words on the list.",
        )
    return value


def _view(
    setting: Setting, choices: Choices, own: Choices, locked: Collection[str], words: Words
) -> SettingView:
    return SettingView(
        name=setting.name,
        label=setting_label(setting.name, words),
        hint=setting_hint(setting.name, words),
        value=written(setting.name, choices.value(setting.name)),
        lowest=setting.lowest,
        highest=setting.highest,
        may_be_empty=setting.may_be_empty,
        options=tuple((word, word_label(setting.name, word, words)) for word in setting.words),
        is_locked=setting.name in locked or (setting.name.startswith("weight_") and "weights" in locked),
        is_own=setting.name in own.chosen,
    )
