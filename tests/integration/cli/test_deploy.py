"""The examples in deploy/: systemd takes the units, and the compose file runs what the image has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))


def instructions(name: str) -> list[str]:
    """Return the words of the image's instructions of this name."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", text, re.MULTILINE)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str, bool, str], None]) -> Path:
    """Return a system's root with the units, their users, and a program where they look for it."""
    require("systemd-analyze", shutil.which("systemd-analyze") is not None, "apt-get install systemd")
    folder = tmp_path_factory.mktemp("root")
    shutil.copytree("/usr/lib/systemd/system", folder / "usr/lib/systemd/system", symlinks=True)
    for name in UNITS:
        unit = folder / "etc/systemd/system" / name
        unit.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DEPLOY / name, unit)
    program = folder / "opt/ippyo/bin/ippyo"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    names = ("root", "ippyo", "ippyo-witness", "ippyo-registry", "ippyo-booth")
    users = "".join(f"{name}:x:{number}:{number}::/:/bin/sh\n" for number, name in enumerate(names))
    (folder / "etc/passwd").write_text(users)
    return folder


def verified(root: Path, unit: str) -> str:
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", f"--root={root}", unit],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=60,
    )  # fmt: skip
    return f"{ran.returncode} {ran.stdout}".strip()


@pytest.mark.parametrize("unit", UNITS)
def test_systemd_takes_the_unit(root: Path, unit: str) -> None:
    assert verified(root, unit) == "0"


def test_systemd_would_say_what_is_wrong(root: Path) -> None:
    unit = root / "etc/systemd/system/wrong.service"
    unit.write_text((DEPLOY / UNITS[0]).read_text(encoding="utf-8").replace("RestartSec", "RestartSecs"))
    assert "Unknown key 'RestartSecs'" in verified(root, unit.name)


def test_the_compose_file_runs_four_nodes_of_the_image() -> None:
    value: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    (command,) = instructions("CMD")
    home = json.loads(command)[-1]
    services = value["services"]
    assert sorted(services) == [f"node-{number}" for number in range(1, 5)]
    for number, service in enumerate((services[name] for name in sorted(services)), start=1):
        assert service["volumes"] == [f"./nodes/{number}:{home}"]
        assert service["ports"] == [f"127.0.0.1:810{number}:8100"]
        assert service["build"] == {"context": "..", "dockerfile": "deploy/Containerfile"}
        assert "command" not in service
        # Whoever is stopped has the time that the unit gives, too.
        assert service["stop_grace_period"] == "45s"


def test_the_image_takes_no_key_of_a_rehearsal() -> None:
    taken = [words.split()[:-1] for words in instructions("COPY") if not words.startswith("--from")]
    names = {name for sources in taken for name in sources}
    assert names == {"pyproject.toml", "README.md", "LICENSE", "requirements", "src"}
    assert all((DEPLOY.parent / name).exists() for name in names)
