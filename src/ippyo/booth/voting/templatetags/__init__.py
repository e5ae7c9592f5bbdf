"""Template tags of the voter's pages."""
