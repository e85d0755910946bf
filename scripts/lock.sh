#!/bin/sh
# Recompiles the hash-locked requirements from the .in files; pins move only where they must.
#
#   scripts/lock.sh [--upgrade]     --upgrade takes the newest versions the .in files allow
set -eu
unset CDPATH
cd "$(dirname "$0")/.."
. scripts/tools.sh

mkdir -p .tools
uv=$(pinned_uv)

# Drops the marker that every line shares, "one of the platforms in pyproject.toml", which is
# as long as the rest; setup.sh checks the platform. It is the marker of the first line.
tidy() {
    awk -v name="$1" '
        NR == FNR && !common && / ; / { common = $0; sub(/^[^;]*/, " ", common); sub(/ \\$/, "", common) }
        NR == FNR { next }
        FNR == 1 { print "# Written by `make lock` from " name ".in: change that instead." }
        !/^# Written by/ {
            at = common ? index($0, common) : 0
            print at ? substr($0, 1, at - 1) substr($0, at + length(common)) : $0
        }' "$2" "$2"
}

lock() {
    name=$1
    shift
    new=.tools/$name.txt
    rm -f "$new"
    # An existing lock is what uv starts from, so that pins stay where they are.
    if [ -e "requirements/$name.txt" ]; then cp "requirements/$name.txt" "$new"; fi
    "$uv" pip compile --quiet --no-header --universal --python-version 3.10 --generate-hashes \
        --no-emit-index-url --no-emit-find-links "$@" --output-file "$new" "requirements/$name.in"
    tidy "$name" "$new" >"$new.tidy"
    if grep -nE '://|^-' "$new.tidy" >&2; then
        die "The new $name.txt holds an address or an option: take it out of $name.in."
    fi
    mv "$new.tidy" "requirements/$name.txt"
    rm -f "$new"
}

lock tools "$@"
lock runtime "$@"
lock encoder --no-deps "$@"
lock fakes "$@"
lock checks "$@"
lock dev --constraints requirements/runtime.txt "$@"
