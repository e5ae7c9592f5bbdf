"""The error family: what one process raises, another one sees unchanged."""

from __future__ import annotations

import copy
import importlib
import pickle
import pkgutil
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

import ippyo
from ippyo.errors import CheckFailedError, IppyoError, ParseError
from ippyo.poll.rules import Problem
from ippyo.poll.toml_table import Finding

# Arguments for the errors that are not made from one sentence.
SAMPLES: dict[str, tuple[Any, ...]] = {
    "BadBallotError": ("individual-proof 3", "does not verify"),
    "BadShareError": (SimpleNamespace(against=2, complaint=SimpleNamespace(against=2)), "cannot be opened"),
    "CardError": ("no-card", "there is no card on the reader"),
    "FaultyIssuerError": (2, "signed something else"),
    "FaultyTrusteeError": (3, "sent two commits"),
    "ManifestError": ([Finding("poll.toml", 3, "is wrong"), Finding("poll.toml", 5, "is not right")],),
    "NoLogarithmError": (1000,),
    "ParseError": ("ballot", "is not JSON"),
    "Refused": ("wrong-code", 403, {"ja": "違います", "en": "This is wrong"}),
    "RefusedError": ("bad-ticket", "signature 2 is false"),
    "RuleError": ("manifest", (Problem(("contests", 1, "id"), "is used twice"), Problem((), "is old"))),
    "WitnessConflictError": (12,),
    "_NoAnswerError": ("malformed", "a number is expected"),
    "WrongPassphraseError": ("officer.age",),
}


def family(root: type[IppyoError] = IppyoError) -> list[type[IppyoError]]:
    """Return every error of the package."""
    for module in pkgutil.walk_packages(ippyo.__path__, "ippyo."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = [root]
    for kind in found:
        found += [child for child in kind.__subclasses__() if child.__module__.startswith("ippyo.")]
    return list(dict.fromkeys(found))


def through_pickle(error: IppyoError) -> IppyoError:
    return pickle.loads(pickle.dumps(error))  # type: ignore[no-any-return]


@pytest.mark.parametrize("kind", family(), ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("way", [through_pickle, copy.copy, copy.deepcopy])
def test_an_error_is_the_same_in_another_process(
    kind: type[IppyoError], way: Callable[[IppyoError], IppyoError]
) -> None:
    error = kind(*SAMPLES.get(kind.__name__, ("one clear sentence",)))
    error.add_note("and a note")
    again = way(error)
    assert type(again) is kind
    assert str(again) == str(error)
    assert str(error)
    assert again.args == error.args
    assert vars(again) == vars(error)
    assert again.__notes__ == ["and a note"]
    # Twice as well: an error goes from a worker to the verifier, and from there into a report.
    assert vars(way(again)) == vars(error)


def test_every_sample_is_of_an_error_there_is() -> None:
    names = [kind.__name__ for kind in family()]
    assert set(SAMPLES) <= set(names)
    assert len(set(names)) == len(names)


def test_whose_fault_it_is() -> None:
    assert issubclass(ParseError, IppyoError)
    assert not issubclass(ParseError, CheckFailedError)
