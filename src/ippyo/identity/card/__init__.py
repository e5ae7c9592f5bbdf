"""The My Number Card (個人番号カード) as a program meets it: commands, readers, and a virtual card for tests.

Commands and file ids follow what OpenSC and published surveys of real cards found; they are data in
:mod:`~ippyo.identity.card.applications`, so that the next generation of the card is one more entry there. The personal
number (個人番号, マイナンバー) on the card is never asked for: no identifier of its file exists here. PINs, keys and
personal data pass through; none of them is kept, logged or shown.
"""
