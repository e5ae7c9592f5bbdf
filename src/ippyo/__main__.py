"""``python -m ippyo`` is ``ippyo``."""

from ippyo.cli.main import run

if __name__ == "__main__":
    run()
