"""What operators copy is true: files parse, settings exist, documents are named."""

import configparser
import re
from pathlib import Path

import yaml

from gateway.settings import Settings

ROOT = Path(__file__).parents[2]
SETTINGS = {f"TILLWAY_{name.upper()}" for name in Settings.model_fields}


def test_every_setting_that_operators_are_told_of_exists() -> None:
    for file in [ROOT / "docs/operate.md", *(ROOT / "deploy").iterdir()]:
        told = set(re.findall(r"TILLWAY_[A-Z_]+[A-Z]", file.read_text()))
        assert told <= SETTINGS, file.name


def test_the_compose_file_migrates_before_two_gateways_serve_and_checks_their_health() -> None:
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    assert services["migrate"]["command"] == ["tillway", "migrate"]
    for name in ("gateway-1", "gateway-2"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert "/readyz" in services[name]["healthcheck"]["test"][-1]
    given = services["gateway-1"]["environment"]
    assert {name for name in given if name.startswith("TILLWAY_")} <= SETTINGS
    assert re.findall(r"gateway-\d", (ROOT / "deploy/Caddyfile").read_text()) == ["gateway-1", "gateway-2"]


def test_the_units_parse_and_migrate_before_they_serve() -> None:
    commands = {}
    for name in ("tillway", "tillway-worker"):
        unit = configparser.ConfigParser(strict=False, interpolation=None)
        unit.read(ROOT / f"deploy/{name}.service")
        commands[name] = (unit["Service"].get("ExecStartPre"), unit["Service"]["ExecStart"])
    assert commands == {
        "tillway": ("/opt/tillway/bin/tillway migrate", "/opt/tillway/bin/tillway serve"),
        "tillway-worker": (None, "/opt/tillway/bin/tillway worker"),
    }


def test_the_image_holds_every_package() -> None:
    copied = set(re.findall(r"^COPY (\w+) \1$", (ROOT / "deploy/Dockerfile").read_text(), re.MULTILINE))
    assert copied == {"gateway", "resolvers", "domain"}
