"""Registration (事前申請): the voter's way through code, card, passkey and free will to the ticket."""
