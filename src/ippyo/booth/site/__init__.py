"""The site: configuration, Django settings, addresses, and what its process holds."""
