"""Settings refuse to start half-configured, and say everything that is wrong at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from lti_tool.errors import SettingsError
from lti_tool.settings import DEFAULT_CONFIG, Settings, load_settings

SECRET = "s" * 32
ENOUGH = {
    "LTI_TOOL_ADDRESS": "https://waymark.school.example",
    "LTI_TOOL_DATABASE_URL": "sqlite:///waymark.sqlite",
    "LTI_TOOL_SECRET_KEY": SECRET,
}


def test_the_environment_and_the_defaults_are_enough() -> None:
    settings = load_settings(ENOUGH | {"PATH": "/bin"})
    assert settings.address == "https://waymark.school.example"
    assert settings.freshness_minutes == 5
    assert settings.skill_maps_folder.is_dir()


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings({})
    for name in ("LTI_TOOL_ADDRESS", "LTI_TOOL_DATABASE_URL", "LTI_TOOL_SECRET_KEY"):
        assert f"{name} is missing" in refusal.value.problems


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LTI_TOOL_ADDRESS", "waymark.school.example", "without a path"),
        ("LTI_TOOL_ADDRESS", "https://school.example/waymark", "without a path"),
        ("LTI_TOOL_DATABASE_URL", "mysql://db/waymark", "sqlite: or postgresql:"),
        ("LTI_TOOL_QUEUE_URL", "/var/lib/waymark/queue", "sqlite:///, postgresql:, redis:"),
        ("LTI_TOOL_SECRET_KEY", "short", "openssl rand"),
        ("LTI_TOOL_LOG_LEVEL", "loud", "LTI_TOOL_LOG_LEVEL"),
        ("LTI_TOOL_FRESHNESS_MINUTES", "-1", "LTI_TOOL_FRESHNESS_MINUTES"),
        ("LTI_TOOL_SKILL_MAPS_FOLDER", "/no/such/folder", "existing folder"),
        ("LTI_TOOL_LOCAL_PLATFORMS", "localhost:8081", "without a path"),
        ("LTI_TOOL_CA_BUNDLE", "/no/such/authority.pem", "PEM"),
        ("LTI_TOOL_CA_BUNDLE", __file__, "PEM"),
        ("LTI_TOOL_ADRESS", "https://typo.example", "not a setting"),
        ("LTI_TOOL_CONFIG", "/no/such/file.toml", "cannot be read"),
        ("LTI_TOOL_SECRET_KEY_FILE", "/no/such/secret", "cannot be read"),
    ],
)
def test_a_value_that_cannot_be_used_is_explained(name: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        load_settings(ENOUGH | {name: value})
    assert any(said in problem for problem in refusal.value.problems)
    assert SECRET not in str(refusal.value)


def test_a_secret_in_a_file_of_settings_is_refused_and_not_repeated(tmp_path: Path) -> None:
    file = tmp_path / "waymark.toml"
    file.write_text(f'secret_key = "{SECRET}"\n', encoding="utf-8")
    with pytest.raises(SettingsError) as refusal:
        load_settings(ENOUGH | {"LTI_TOOL_CONFIG": str(file)})
    assert "must not stand in" in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_broken_toml_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "waymark.toml"
    file.write_text("address = ", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"waymark\.toml is not valid TOML"):
        load_settings(ENOUGH | {"LTI_TOOL_CONFIG": str(file)})


def test_the_environment_wins_over_the_file_and_the_file_over_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "waymark.toml"
    file.write_text('log_level = "error"\nfreshness_minutes = 9\n', encoding="utf-8")
    settings = load_settings(ENOUGH | {"LTI_TOOL_CONFIG": str(file), "LTI_TOOL_LOG_LEVEL": "debug"})
    assert (settings.log_level, settings.freshness_minutes) == ("debug", 9)


def test_a_secret_is_read_from_the_file_that_is_named_and_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(SECRET + "\n", encoding="utf-8")
    environment = {key: value for key, value in ENOUGH.items() if key != "LTI_TOOL_SECRET_KEY"}
    settings = load_settings(environment | {"LTI_TOOL_SECRET_KEY_FILE": str(file)})
    assert settings.secret_key.get_secret_value() == SECRET
    assert SECRET not in repr(settings)


def test_a_secret_that_is_being_changed_has_two_lines_each_of_them_long_enough() -> None:
    both = f"{'n' * 32}\n{SECRET}\n"
    assert load_settings(ENOUGH | {"LTI_TOOL_SECRET_KEY": both}).secret_key.get_secret_value() == both
    with pytest.raises(SettingsError, match="32 characters"):
        load_settings(ENOUGH | {"LTI_TOOL_SECRET_KEY": f"{SECRET}\nshort"})


def test_every_setting_is_explained_in_the_default_file() -> None:
    text = DEFAULT_CONFIG.read_text(encoding="utf-8")
    assert set(tomllib.loads(text)) <= set(Settings.model_fields)
    for name in set(Settings.model_fields) - {"secret_key"}:
        assert f"{name} = " in text, f"{name} is not explained in configs/default.toml"
