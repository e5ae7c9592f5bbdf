#!/bin/sh
# Make a virtual environment: make_venv.sh PYTHON FOLDER. What is missing is said in one sentence.
set -eu

python=$1
folder=$2

if ! version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null); then
    echo "Ippyo needs Python 3.11 or newer, and '$python' does not run here: install it, or name another with 'make PYTHON=…'." >&2
    exit 2
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Ippyo needs Python 3.11 or newer, and '$python' is $version: install a newer one, or name one with 'make PYTHON=…'." >&2
    exit 2
fi

# Debian and Ubuntu keep the installer of a virtual environment in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=python$version-venv
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        echo "Installing $package"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$package"; } </dev/null >/dev/null || true
    fi
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        echo "'$python' cannot make a virtual environment: install its venv module (on Debian and Ubuntu, the package $package)." >&2
        exit 2
    fi
fi

echo "Making $folder with Python $version"
"$python" -m venv --clear --prompt ippyo "$folder" || {
    rm -rf "$folder"
    exit 2
}
