# shellcheck shell=sh
# Finds what the set-up stands on, a Python 3.10 and uv, or puts them into .tools/.
# Sourced by the other scripts from the repository root.

say() { printf 'kneewise: %s\n' "$*" >&2; }
die() {
    say "$@"
    exit 1
}

# First 16 characters of the SHA-256 of the files named.
digest() { cat -- "$@" | { sha256sum 2>/dev/null || shasum -a 256; } | cut -c1-16; }

# The path of the real interpreter behind "$1", if that is a complete CPython 3.10.
# A pyenv shim can be on PATH and still not run; a virtual environment leads to its base.
python310_behind() {
    "$1" -c '
import ctypes, sqlite3, ssl, sys, zlib
if sys.version_info[:2] != (3, 10) or sys.implementation.name != "cpython":
    sys.exit(1)
print(getattr(sys, "_base_executable", sys.executable))' 2>/dev/null
}

find_python310() {
    if [ -n "${KNEEWISE_PYTHON:-}" ]; then
        python310_behind "$KNEEWISE_PYTHON"
        return
    fi
    for candidate in python3.10 python3 python \
        .tools/python/cpython-3.10*/bin/python3.10 \
        "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/3.10*/bin/python3.10 \
        "${XDG_DATA_HOME:-${HOME:-}/.local/share}"/uv/python/cpython-3.10*/bin/python3.10; do
        if python310_behind "$candidate"; then return; fi
    done
    return 1
}

# Fetches a Python 3.10 with the uv named "$1", and prints its path.
fetch_python310() {
    [ -z "${KNEEWISE_PYTHON:-}" ] ||
        die "KNEEWISE_PYTHON is '$KNEEWISE_PYTHON', which is not a complete, working Python 3.10."
    say "No Python 3.10 on this machine: fetching one into .tools/python ..."
    if ! UV_PYTHON_INSTALL_DIR="$PWD/.tools/python" UV_PYTHON_INSTALL_BIN=0 \
        "$1" python install 3.10 >&2; then
        say "Python 3.10 is needed: none was found here, and none could be fetched."
        say "Install it, then run the same command again. Any of these will do:"
        say "  pyenv:   pyenv install 3.10"
        say "  macOS:   brew install python@3.10"
        say "  Debian, Ubuntu, Fedora: the package python3.10, where the release has it"
        say "  or name one you have:   KNEEWISE_PYTHON=/path/to/python3.10 make run"
        exit 1
    fi
    find_python310 || die "Python 3.10 was fetched into .tools/python but does not run there."
}

# The pinned uv, kept as one file that is moved into place when complete.
pinned_uv() {
    pinned=.tools/uv-$(digest requirements/tools.txt)
    if [ ! -x "$pinned" ]; then bootstrap_uv "$pinned"; fi
    printf '%s\n' "$pinned"
}

bootstrap_uv() {
    say "Fetching uv, the installer, into .tools ..."
    partial=.tools/uv.partial
    for base in "$(find_python310 || :)" python3 python /usr/bin/python3; do
        "$base" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null || continue
        rm -rf "$partial"
        if "$base" -m venv "$partial" >/dev/null 2>&1; then
            hashed_install "$partial/bin/python" >&2 || continue
        else
            hashed_install "$base" --target "$partial" >&2 || continue
        fi
        mv "$partial/bin/uv" "$1"
        rm -rf "$partial"
        return
    done
    rm -rf "$partial"
    die "uv could not be fetched (any message is above). It needs the package index, and a" \
        "python3 of 3.8 or newer with venv or pip; or put a uv of 0.5 or newer on PATH."
}

hashed_install() {
    python=$1
    shift
    "$python" -m pip install --quiet --disable-pip-version-check --no-deps --only-binary :all: \
        --require-hashes --requirement requirements/tools.txt "$@"
}

# A uv of 0.5 or newer on PATH saves a download; the locks guarantee the same result.
find_uv() {
    if uv --version 2>/dev/null |
        awk '{ split($2, v, "."); recent = v[1] > 0 || v[2] >= 5 } END { exit !recent }'; then
        command -v uv
    else
        pinned_uv
    fi
}

# The Python of an environment of its own for requirements/"$1".txt, which "$2". Made if it is not
# there, named after its lock, and moved into place when complete.
python_apart() {
    lock=requirements/$1.txt
    made=.tools/$1-$(digest "$lock")
    if [ ! -x "$made/bin/python" ]; then
        partial=.tools/$1.partial
        rm -rf "$partial"
        uv=$(find_uv)
        export UV_PYTHON_DOWNLOADS=never
        say "Installing $lock, which $2 ..."
        "$uv" venv --quiet --relocatable --python .venv/bin/python "$partial" >&2
        "$uv" pip sync --quiet --python "$partial/bin/python" --require-hashes --strict "$lock" >&2 ||
            die "The installation stopped (the reason is above). Run the same command again."
        mv "$partial" "$made"
    fi
    printf '%s\n' "$PWD/$made/bin/python"
}
