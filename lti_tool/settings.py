"""Typed, frozen settings, read once at start-up and passed down.

Order of precedence: environment (`LTI_TOOL_*`), then the TOML file named by `LTI_TOOL_CONFIG`, then
`configs/default.toml`. Secrets come only from the environment or from a file that it names
(`LTI_TOOL_SECRET_KEY_FILE`), never from TOML. All problems are reported at once.
"""

from __future__ import annotations

import ssl
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from lti_tool.errors import SettingsError

PREFIX = "LTI_TOOL_"
DEFAULT_CONFIG = Path(__file__).resolve().parent.parent / "configs" / "default.toml"
_SECRETS = ("secret_key",)


class Settings(BaseModel):
    """Everything that an operator may decide. See `configs/default.toml` for the explanations."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    database_url: str = Field(repr=False)  # addresses may carry passwords
    secret_key: SecretStr
    queue_url: str = Field(default="", repr=False)
    local_platforms: tuple[str, ...] = ()
    ca_bundle: Path | None = None
    skill_maps_folder: Path
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    freshness_minutes: int = Field(default=5, ge=0)

    @field_validator("address")
    @classmethod
    def _address(cls, value: str) -> str:
        return _origin(value)

    @field_validator("local_platforms", mode="before")
    @classmethod
    def _local_platforms(cls, value: Any) -> tuple[str, ...]:
        items = value.split(",") if isinstance(value, str) else value
        return tuple(_origin(item.strip()) for item in items if item.strip())

    @field_validator("ca_bundle", mode="before")
    @classmethod
    def _ca_bundle(cls, value: Any) -> Path | None:
        if not value:
            return None
        try:
            ssl.create_default_context(cafile=value)
        except (OSError, ssl.SSLError):
            raise ValueError("must be a readable file with certificates in PEM form") from None
        return Path(value)

    @field_validator("secret_key")
    @classmethod
    def _secret_key(cls, value: SecretStr) -> SecretStr:
        # Several lines while the secret is being changed, the new one first: see `waymark keys reencrypt`.
        if any(len(line.strip()) < 32 for line in value.get_secret_value().strip().splitlines() or [""]):
            raise ValueError("must have at least 32 characters; make one with: openssl rand -hex 32")
        return value

    @field_validator("database_url")
    @classmethod
    def _database_url(cls, value: str) -> str:
        if not value.startswith(("sqlite:", "postgresql:", "postgresql+psycopg:")):
            raise ValueError("must begin with sqlite: or postgresql:")
        return value

    @field_validator("queue_url")
    @classmethod
    def _queue_url(cls, value: str) -> str:
        known = ("sqlite:///", "postgresql:", "postgresql+psycopg:", "redis:", "rediss:")
        if value and not value.startswith(known):
            raise ValueError("must begin with sqlite:///, postgresql:, redis: or rediss:")
        return value

    @field_validator("skill_maps_folder")
    @classmethod
    def _skill_maps_folder(cls, value: Path) -> Path:
        if not value.is_absolute():
            value = DEFAULT_CONFIG.parent.parent / value
        if not value.is_dir():
            raise ValueError("must be an existing folder")
        return value


def load_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings from `environ` and the files that it names.

    Raises SettingsError, listing every problem with the name to set.
    """
    problems: list[str] = []
    values = _toml(DEFAULT_CONFIG, problems)
    if config := environ.get(PREFIX + "CONFIG"):
        values |= _toml(Path(config), problems)
    values |= _environment(environ, problems)
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        problems += [_explain(item) for item in error.errors(include_input=False, include_url=False)]
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return settings


def _toml(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError:
        problems.append(f"the file {path} cannot be read; check the path in {PREFIX}CONFIG")
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problems.append(f"the file {path} is not valid TOML ({error})")
        return {}
    exposed = [name for name in _SECRETS if values.pop(name, None) is not None]
    problems += [f"{name} must not stand in {path}; set {PREFIX}{name.upper()} instead" for name in exposed]
    return values


def _environment(environ: Mapping[str, str], problems: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key, value in environ.items():
        if not key.startswith(PREFIX) or key == PREFIX + "CONFIG":
            continue
        name = key.removeprefix(PREFIX).lower()
        if name.endswith("_file") and name.removesuffix("_file") in _SECRETS:
            try:
                values[name.removesuffix("_file")] = Path(value).read_text(encoding="utf-8").strip()
            except OSError:
                problems.append(f"{key} names a file that cannot be read ({value})")
        else:
            values[name] = value
    return values


def _explain(item: Any) -> str:
    name = str(item["loc"][0])
    shown = f"{PREFIX}{name.upper()}"
    if item["type"] == "missing":
        return f"{shown} is missing"
    if item["type"] == "extra_forbidden":
        return f"{shown} is not a setting of Waymark; check the spelling"
    return f"{shown} {item['msg'].removeprefix('Value error, ')}"


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("must be an address such as https://waymark.school.example, without a path")
    return f"{parts.scheme}://{parts.netloc}"
