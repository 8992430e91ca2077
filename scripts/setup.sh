#!/bin/sh
# Sets up all that the Makefile's targets need: .venv with archc and its tools, and Graphviz.
# Asks nothing, and does nothing where all is there already.
set -eu
cd "$(dirname "$0")/.."
exec </dev/null

python=.venv/bin/python
stamp=.venv/archc-installed

say() { echo "setup: $*" >&2; }

# `limited SECONDS PROGRAM...`: macOS has no `timeout`.
limited() {
    if command -v timeout >/dev/null; then timeout "$@"; else shift; "$@"; fi
}

# Tries each candidate, since a name on the path may be a shim without a Python behind it.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python python3.14 python3.13 python3.12 python3.11
    fi
    for candidate in "$@"; do
        if new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    say "no Python 3.11 or newer found ($* tried); name one: make PYTHON=/path/to/python"
    return 1
}

new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1
}

make_venv() {
    base=$(find_python)
    say "making .venv with $("$base" --version)"
    # Debian's Python has no ensurepip unless python3-venv is installed; its pip can do as well.
    "$base" -m venv --clear .venv >/dev/null 2>&1 || {
        "$base" -m venv --clear --without-pip .venv
        "$base" -m pip --python "$python" install --quiet --no-input pip
    }
}

# What the environment depends on: the declared dependencies, and the place of this folder.
wanted() { cksum <pyproject.toml; pwd; }

install_archc() {
    say "installing archc and its dependencies into .venv (PyTorch is large: some minutes)"
    "$python" -m pip install --no-input --disable-pip-version-check -e '.[test]'
    wanted >"$stamp"
}

apt_install() {
    set -- $sudo env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 apt-get --yes \
        -o Acquire::Retries=1 -o Acquire::http::Timeout=20 -o DPkg::Lock::Timeout=60
    # Only the download has a time limit: an installation cut off would leave dpkg broken.
    download="install --no-install-recommends --download-only graphviz"
    if ! limited 300 "$@" $download; then
        limited 300 "$@" update && limited 300 "$@" $download || return 1
    fi
    "$@" install --no-install-recommends --no-download graphviz
}

install_graphviz() {
    if command -v brew; then
        HOMEBREW_NO_AUTO_UPDATE=1 NONINTERACTIVE=1 limited 600 brew install graphviz
        return
    fi
    sudo=
    if [ "$(id -u)" != 0 ]; then
        sudo -n true || return 1
        sudo="sudo -n"
    fi
    if command -v apt-get; then
        apt_install
    elif command -v dnf; then
        limited 600 $sudo dnf install -y graphviz
    elif command -v apk; then
        limited 600 $sudo apk add --no-progress graphviz font-dejavu
    elif command -v pacman; then
        limited 600 $sudo pacman -S --noconfirm graphviz
    else
        return 1
    fi
}

"$python" -m pip --version >/dev/null 2>&1 && new_enough "$python" || make_venv
[ "$(cat "$stamp" 2>/dev/null)" = "$(wanted)" ] || install_archc

if ! command -v dot >/dev/null; then
    say "installing Graphviz for the diagrams (log: .venv/graphviz.log)"
    if ! install_graphviz >.venv/graphviz.log 2>&1; then
        say "that needs more rights or another way, so there will be no pictures; get Graphviz by" \
            "'sudo apt-get install graphviz' or from https://graphviz.org/download"
    fi
fi
