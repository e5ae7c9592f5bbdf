"""The voter's pages of the booth: templates and words.

They hold no state. What a voter types or chooses stays in the browser (``web/voting``), so nothing here reads a form.
"""
