"""The site: configuration, Django settings, URLs, and the process that serves them."""
