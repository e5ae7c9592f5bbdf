"""Template filters of the registration pages."""
