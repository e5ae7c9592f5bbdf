"""Run a command beside a PostgreSQL of its own: ``python -m scripts.with_postgres COMMAND…``.

The cluster lives in a folder that only its user can enter, listens on a socket there and nowhere else, and is gone
afterwards. The command finds its address in ``DATABASE_URL``; its exit code is ours. Where PostgreSQL is missing, the
command does not run: that is an error under ``IPPYO_REQUIRE=all`` (CI), and else said.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

ROLE = "ippyo"
START_SECONDS = 60
PACKAGED = Path("/usr/lib/postgresql")

# A cluster that lives for minutes need not survive a power cut.
SETTINGS = ("listen_addresses=", "fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=40")


def main(command: list[str]) -> int:
    """Run ``command`` and return its exit code."""
    if not command:
        print("usage: python -m scripts.with_postgres COMMAND…", file=sys.stderr)
        return 2
    programs = find_programs()
    if programs is None:
        print("PostgreSQL is missing, so nothing runs on it (Debian: apt-get install postgresql)", file=sys.stderr)
        return 1 if os.environ.get("IPPYO_REQUIRE") == "all" else 0
    with cluster(programs) as url:
        return subprocess.run(command, env=os.environ | {"DATABASE_URL": url}, check=False).returncode


def find_programs() -> Path | None:
    """Return the folder with initdb and postgres: on the path, or the newest that Debian has."""
    packaged = sorted(PACKAGED.glob("*/bin"), key=lambda folder: float(folder.parent.name), reverse=True)
    on_path = shutil.which("initdb")
    folders = [*([Path(on_path).resolve().parent] if on_path else []), *packaged]
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """Make and start a cluster; yields its address, and stops and removes it in the end."""
    # The path of a socket has 107 bytes at most, and an address's host name is read in lower case: not every TMPDIR.
    folder = Path(tempfile.mkdtemp(prefix="ippyo-postgres-", dir="/tmp"))
    try:
        as_user = unprivileged(folder)
        data = folder / "data"
        make: list[str | Path] = [programs / "initdb", "-D", data, "-U", ROLE, "--auth=trust", "--no-sync"]
        make += ["--encoding=UTF8", "--locale=C"]
        subprocess.run([*as_user, *make], check=True, stdout=subprocess.DEVNULL, cwd="/")
        with running([*as_user, programs / "postgres", "-D", data, "-k", folder], folder):
            yield f"postgresql://{ROLE}@{quote(str(folder), safe='')}/{ROLE}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def unprivileged(folder: Path) -> list[str | Path]:
    """Give ``folder`` to whom PostgreSQL may run as, for it refuses root; returns what to put before a command."""
    if os.geteuid():
        return []
    user = next((name for name in ("postgres", "nobody") if _exists(name)), None)
    runuser = shutil.which("runuser")
    if user is None or runuser is None:
        raise SystemExit("PostgreSQL does not run as root, and there is no user nobody, or no runuser")
    shutil.chown(folder, user)
    return [runuser, "-u", user, "--"]


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True


@contextmanager
def running(command: list[str | Path], folder: Path) -> Iterator[None]:
    """Run the server until the context ends."""
    settings = [part for setting in SETTINGS for part in ("-c", setting)]
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen([*command, *settings], stdout=output, stderr=subprocess.STDOUT, cwd="/") as server,
    ):
        try:
            _wait(server, folder, log)
            yield
        finally:
            _stop(server, folder / "data" / "postmaster.pid")


def _wait(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    """Return once the server takes connections: its pid file says so in the last line."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and server.poll() is None:
        try:
            if "ready" in (folder / "data" / "postmaster.pid").read_text(encoding="utf-8"):
                return
        except FileNotFoundError:
            pass
        time.sleep(0.1)
    raise SystemExit(f"PostgreSQL did not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _stop(server: subprocess.Popen[bytes], pid_file: Path) -> None:
    """Stop the server at once, and wait; runuser, which may stand before it, ends with it."""
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
    except FileNotFoundError:
        pid = server.pid
    if server.poll() is None:
        os.kill(pid, signal.SIGINT)
        server.wait(timeout=START_SECONDS)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
