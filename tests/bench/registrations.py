"""Many registrations at once against two registries as processes: how many a second, how long one takes, and where.

    python tests/bench/registrations.py            # 1,000 people, 12 at a time
    python tests/bench/registrations.py 100 4      # fewer, and fewer at a time

The blind signature by itself is timed first, by the processor's time of this one thread.

One registration is the whole way of docs/registration.md §3 with code, card and passkey, at the desk and the further
issuer, revocation asked of list and responder, and the totals raised on a ledger. Registries, ledger, J-LIS and the
voters' devices share this machine; "CPU" says who used it. One Python runs all devices: the rate is a lower bound.
"""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import quantiles
from typing import Any

from ippyo.crypto.issuer_key import FileIssuerKey

# This file is run by itself, from any folder.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests import registry_town, small_poll

TICKS = 100
"""Of a second, in /proc."""


def cpu_seconds(process: int | str) -> float:
    """Return the processor time of a process so far, without that of its children."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def spread(seconds: Sequence[float]) -> dict[str, float]:
    """Return the middle and the slow end of a measure, in milliseconds."""
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {"p50": round(1000 * cuts[49]), "p95": round(1000 * cuts[94]), "p99": round(1000 * cuts[98])}


def measure(town: Any, people: int, at_once: int) -> dict[str, Any]:
    """Register ``people``, ``at_once`` at a time; return the figures."""
    newcomers = [town.newcomer() for _ in range(people)]
    readers = [newcomer.reader() for newcomer in newcomers]
    town.exchanges.clear()
    processes = {"devices, ledger, J-LIS": "self"} | {
        f"registry {issuer}": str(registry.process.pid) for issuer, registry in enumerate(town.registries._all, start=1)
    }
    before = {name: cpu_seconds(pid) for name, pid in processes.items()}

    def register(index: int) -> float:
        device = town.device()
        begun = time.perf_counter()
        device.register(newcomers[index].code, readers[index])
        return time.perf_counter() - begun

    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as threads:
        taken = list(threads.map(register, range(people)))
    lasted = time.perf_counter() - started
    steps: dict[str, list[float]] = {}
    for exchange in town.exchanges:
        steps.setdefault(exchange.path, []).append(exchange.seconds)
    return {
        "people": people,
        "at once": at_once,
        "seconds": round(lasted, 1),
        "a second": round(people / lasted, 1),
        "a registration, ms": spread(taken),
        "its steps, ms": {path: spread(times) for path, times in steps.items()},
        "CPU, ms a registration": {
            name: round(1000 * (cpu_seconds(pid) - before[name]) / people, 1) for name, pid in processes.items()
        },
    }


def blind_signature_ms(times: int = 200) -> dict[str, float]:
    """Sign so many random blinded messages with a poll key from a file; return processor time each, in milliseconds."""
    key = FileIssuerKey.generate()
    taken = []
    for _ in range(times):
        blinded = (1 + secrets.randbelow(key.public_key.n - 1)).to_bytes(key.public_key.size, "big")
        begun = time.thread_time()
        key.blind_sign(blinded)
        taken.append(1000 * (time.thread_time() - begun))
    cuts = quantiles(taken, n=100, method="inclusive")
    return {"p50": round(cuts[49], 2), "p95": round(cuts[94], 2)}


def main(people: int = 1000, at_once: int = 12) -> None:
    """Measure, and print the figures as JSON."""
    with (
        tempfile.TemporaryDirectory() as folder,
        registry_town.Town.stand_up(Path(folder), small_poll, voters=people) as town,
    ):
        figures = {"blind signature, CPU ms": blind_signature_ms()} | measure(town, people, at_once)
        print(json.dumps(figures, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
