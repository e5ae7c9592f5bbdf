"""Questions about the committed state, answered as canonical text. All of it is public.

    path          data                    answer
    status                                {"poll","phase","size","root","coin_root","state":{§10 rest}}
    coin          credential              {"coin":COIN|null,"coin_root","proof":{"coins","siblings"}}: present or absent
    tracker       tracker                 {"tracker","ballot":BALLOT|null,"spoiled":[{"credential","position"}..]}
    transaction   b64(H(text))            {"position":n|null}
    tally         contest id              {"contest","num_tallied","encrypted_tally":[{"alpha","beta"}..]}
    decryptions   contest id              {"contest","decryptions":[{"owner","decryption"}..]}
    result        contest id              {"contest","result":[count..]|null}

COIN is the coin of §10; its ``last`` tells a device that has the voting code and nothing else where to go on. BALLOT is
``{"status","contest","position"}`` with status ``counts``, ``replaced`` or ``surrendered``. ``spoiled`` says under
which credential a tracker was spoiled: another's than the voter's means nothing. It is empty for a ballot in the box,
which its voter cannot have spoiled, so that nobody can make a ballot that counts look spoiled.
"""

from __future__ import annotations

from collections.abc import Callable

from ippyo.canonical import b64, dumps, loads, unb64
from ippyo.contract.state import State
from ippyo.errors import InputError

__all__ = ["answer"]


def answer(state: State, path: str, data: str) -> str:
    """Answer one question.

    Raises :class:`InputError` for an unknown ``path`` or unusable ``data``.
    """
    if path not in _ANSWERS:
        raise InputError(f"the contract knows no query {path[:40]!r}; it knows {', '.join(_ANSWERS)}")
    return dumps(_ANSWERS[path](state, data))


def _status(state: State, _: str) -> dict[str, object]:
    history = state.history
    return {
        "poll": state.poll.fingerprint,
        "phase": state.phase.value,
        "size": history.size,
        "root": b64(history.root),
        "coin_root": b64(state.coins.root()),
        "state": state.rest(),
    }


def _coin(state: State, credential: str) -> dict[str, object]:
    state.poll.group.decode_key(credential, what="credential")
    coin = state.coins.get(credential)
    return {
        "coin": None if coin is None else loads(coin.to_text(), what="coin", limit=1 << 20),
        "coin_root": b64(state.coins.root()),
        "proof": state.coins.prove(credential).to_value(),
    }


def _tracker(state: State, tracker: str) -> dict[str, object]:
    unb64(tracker, what="tracker", length=32)
    ballot = _ballot(state, tracker)
    spoiled = [] if ballot else [entry.to_value() for entry in state.spoils(tracker)]
    return {"tracker": tracker, "ballot": ballot, "spoiled": spoiled}


def _ballot(state: State, tracker: str) -> dict[str, object] | None:
    entry = state.box_entry(tracker)
    if entry is None:
        return None
    coin = state.coins.get(entry.credential)
    if coin is not None and coin.surrendered:
        status = "surrendered"
    elif coin is not None and any(ballot.tracker == tracker for ballot in coin.ballots):
        status = "counts"
    else:
        status = "replaced"
    return {"status": status, "contest": entry.contest, "position": entry.position}


def _transaction(state: State, digest: str) -> dict[str, object]:
    return {"position": state.position_of(unb64(digest, what="transaction hash", length=32))}


def _tally(state: State, contest: str) -> dict[str, object]:
    state.poll.election(contest)
    return {
        "contest": contest,
        "num_tallied": state.contest(contest).tracker_count,
        "encrypted_tally": [choice.to_value(state.poll.group) for choice in state.products.get(contest)],
    }


def _decryptions(state: State, contest: str) -> dict[str, object]:
    state.poll.election(contest)
    found = []
    for owner in state.contest(contest).decrypted:
        decryption = state.decryption(contest, owner)
        if decryption is not None:
            found.append({"owner": owner, "decryption": decryption.to_value(state.poll.group)})
    return {"contest": contest, "decryptions": found}


def _result(state: State, contest: str) -> dict[str, object]:
    state.poll.election(contest)
    counts = state.result(contest)
    return {"contest": contest, "result": None if counts is None else list(counts)}


_ANSWERS: dict[str, Callable[[State, str], dict[str, object]]] = {
    "status": _status,
    "coin": _coin,
    "tracker": _tracker,
    "transaction": _transaction,
    "tally": _tally,
    "decryptions": _decryptions,
    "result": _result,
}
