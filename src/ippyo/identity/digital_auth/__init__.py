"""デジタル認証 (the national service that reads a My Number Card with the voter's phone): the relying party's side.

OpenID Connect, authorization code flow with PKCE, ``private_key_jwt``; and signature transactions. What the service
says is checked here and turned into the messages of :mod:`ippyo.identity.messages` and the four data. Nothing here
knows a roll, keeps a store, follows a redirect, or writes what it learns about a person anywhere.
"""

from ippyo.identity.digital_auth.client import DigitalAuth
from ippyo.identity.digital_auth.config import DigitalAuthConfig, Endpoints
from ippyo.identity.digital_auth.id_token import IdToken
from ippyo.identity.digital_auth.journey import Journey
from ippyo.identity.digital_auth.keys import ClientKey, ResultKey, load_client_key, load_result_key

__all__ = [
    "ClientKey",
    "DigitalAuth",
    "DigitalAuthConfig",
    "Endpoints",
    "IdToken",
    "Journey",
    "ResultKey",
    "load_client_key",
    "load_result_key",
]
