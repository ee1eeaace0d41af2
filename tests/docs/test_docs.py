"""The documents are true to the code."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.acts import ActorKind
from gateway.cli import app
from gateway.limits import CallerLimits, Limits
from gateway.settings import Settings, SettingsRefused, load_settings

ROOT = Path(__file__).parents[2]
KINDS = (ActorKind.GUEST, ActorKind.CUSTOMER, ActorKind.ASSOCIATE, ActorKind.STAFF, ActorKind.PARTNER)
COMMANDS = (
    ("serve",),
    ("worker",),
    ("migrate",),
    ("demo",),
    ("import", "shopify-products"),
    ("import", "online-retail"),
    ("schema", "export"),
    ("schema", "check"),
    ("verify",),
)


def test_every_setting_is_documented_with_its_default_and_meaning() -> None:
    documented = dict(re.findall(r"\| `TILLWAY_(\w+)` \| .*? \| (.+) \|", (ROOT / "docs/settings.md").read_text()))
    assert documented == {name.upper(): field.description for name, field in Settings.model_fields.items()}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_and_is_in_the_readme(command: tuple[str, ...]) -> None:
    shown = CliRunner().invoke(app, [*command, "--help"])
    assert shown.exit_code == 0
    assert "Usage" in shown.output
    assert " ".join(command) in (ROOT / "README.md").read_text().replace(
        "`schema export`, `", "`tillway schema export`, `"
    )


def test_links_between_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TILLWAY_PORT", "70000", "TILLWAY_PORT"),
        ("TILLWAY_DATABASE_URL", "mysql://x", "must start with sqlite:/// or postgresql://"),
        ("TILLWAY_SECRET_KEY", "short", "at least 32 characters"),
        ("TILLWAY_STRIPE_WEBHOOK_SECRET", "secret", "starts with whsec_"),
        ("TILLWAY_LOG_LEVEL", "loud", "TILLWAY_LOG_LEVEL"),
        ("TILLWAY_PROCESSES", "2", "needs a postgresql:// database"),
    ],
)
def test_a_wrong_setting_is_refused_by_its_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused, match=says):
        load_settings()


def test_every_limit_is_documented_with_each_kinds_default_and_its_meaning() -> None:
    limits = CallerLimits()
    expected = [
        [f"`{name.upper()}`", *(str(getattr(limits.of(kind), name)) for kind in KINDS), field.description]
        for name, field in Limits.model_fields.items()
    ]
    section = (ROOT / "docs/settings.md").read_text().split("## Limits of each caller kind")[1]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    assert rows == expected


def test_a_limit_is_set_for_one_kind_and_the_others_keep_their_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TILLWAY_LIMITS__GUEST__DEPTH", "9")
    limits = load_settings().limits
    assert [limits.of(kind).depth for kind in KINDS] == [9, 16, 16, 16, 16]
    monkeypatch.setenv("TILLWAY_LIMITS__GUEST__DEPTH", "none")
    with pytest.raises(SettingsRefused, match="TILLWAY_LIMITS__GUEST__DEPTH: Input should be a valid integer"):
        load_settings()
