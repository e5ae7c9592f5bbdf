#!/bin/sh
# Install the library for card readers (pyscard) into the virtual environment $1, where this can be done. Never fails:
# without it, tests with a reader skip and say so, or fail where IPPYO_REQUIRE=all.
#
# The index has no wheel of it for Linux. It is built here, then, by tools that requirements/card-build.txt locks, and
# needs a C compiler and the headers of pcsc-lite (scripts/system_packages.sh).
set -eu

BIN=$(cd "$1/bin" && pwd)
STAMP=$1/.installed-card

if [ "$STAMP" -nt requirements/card.txt ] && [ "$STAMP" -nt requirements/card-build.txt ]; then
    exit 0
fi

# setup.py looks for the program swig, which a wheel has put beside python.
PATH=$BIN:$PATH
export PATH

pip_install() {
    python -m pip --disable-pip-version-check --quiet install --require-hashes "$@" >/dev/null 2>&1
}

echo "Installing the library for card readers, from requirements/card.txt"
if pip_install --only-binary :all: --requirement requirements/card-build.txt &&
    pip_install --no-build-isolation --no-deps --requirement requirements/card.txt; then
    touch "$STAMP"
else
    echo "It could not be built, so that tests with a card reader skip (on Debian or Ubuntu: apt-get install gcc libpcsclite-dev)."
fi
