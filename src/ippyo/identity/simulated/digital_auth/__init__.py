"""デジタル認証, simulated for demos and tests: paths and answers like the service's, persons with virtual cards.

It checks what the service checks (registered addresses, PKCE, client assertions, codes that serve once), signs with
the cards' own keys, and asks for nobody's PIN: it must never be reachable from elsewhere than this machine.
"""

from ippyo.identity.simulated.digital_auth.button import press_button
from ippyo.identity.simulated.digital_auth.server import serve_digital_auth
from ippyo.identity.simulated.digital_auth.service import RegisteredClient, SimulatedDigitalAuth

__all__ = ["RegisteredClient", "SimulatedDigitalAuth", "press_button", "serve_digital_auth"]
