#!/bin/sh
# Install the system packages that only some tests need: those that are missing, and only as root with apt. Never fails:
# the tests of a part that stays missing skip and say so, or fail where IPPYO_REQUIRE=all.
set -eu

# package:command or package:/file, whose presence shows that the part is there, whoever installed it
parts="belenios-tool:belenios-tool softhsm2:softhsm2-util chromium:chromium
    pcscd:pcscd vsmartcard-vpcd:vpcd-config opensc:pkcs11-tool opensc-pkcs11:/usr/lib/*/opensc-pkcs11.so
    gcc:gcc libpcsclite-dev:/usr/include/PCSC/winscard.h
    postgresql:/usr/lib/postgresql/*/bin/postgres nginx:/usr/sbin/nginx"

# Where files are looked for; another folder in the test of this script.
ROOT=${IPPYO_SYSTEM_ROOT:-}

present() {
    case $1 in
    /*)
        # A pattern stands for the files that it fits.
        for file in "$ROOT"$1; do
            [ -e "$file" ] && return
        done
        return 1
        ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

missing() {
    for part in $parts; do
        present "${part#*:}" || printf '%s ' "${part%%:*}"
    done
}

install() {
    if [ "$1" = postgresql ] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
        # The tests make a cluster of their own; the package's would go on running.
        mkdir -p /etc/postgresql-common
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    fi
    policy=$ROOT/usr/sbin/policy-rc.d
    if [ "$1" = nginx ] && [ ! -e "$policy" ]; then
        # Its package starts it, unless this file says that nothing is to be started.
        printf '#!/bin/sh\nexit 101\n' >"$policy"
        chmod 755 "$policy"
        trap "rm -f '$policy'" EXIT
    fi
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 "$@" \
        </dev/null >/dev/null 2>&1
}

wanted=$(missing)
if [ -n "$wanted" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Installing system packages for tests: $wanted"
    apt-get update -qq </dev/null >/dev/null 2>&1 || true
    # One by one, so that one that this system does not have keeps out none of the others.
    for package in $wanted; do
        install "$package" || echo "apt could not install $package."
    done
fi

wanted=$(missing)
if [ -n "$wanted" ]; then
    echo "Not on this machine, so that some tests skip: $wanted(on Debian or Ubuntu: apt-get install $wanted)"
fi

# CometBFT is no system package: Go builds it from its source. See docs/nodes.md.
comet() {
    command -v cometbft >/dev/null || [ -n "${IPPYO_COMETBFT:-}" ] || {
        command -v go >/dev/null && [ -x "$(go env GOPATH)/bin/cometbft" ]
    }
}

if ! comet && command -v go >/dev/null; then
    echo "Building cometbft with go."
    CGO_ENABLED=0 go install github.com/cometbft/cometbft/cmd/cometbft@v0.38.23 </dev/null >/dev/null 2>&1 ||
        echo "go could not build cometbft."
fi
comet || echo "Without cometbft, tests with several nodes skip (with Go: make system-packages)."
