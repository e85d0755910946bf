#!/bin/sh
# Makes the environment that judges the fakes of Telegram and Slack, and prints its Python.
#
# It is named after its lock, and moved into place when complete.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."
. scripts/tools.sh

lock=requirements/fakes.txt
made=.tools/fakes-$(digest "$lock")
if [ ! -x "$made/bin/python" ]; then
    partial=.tools/fakes.partial
    rm -rf "$partial"
    uv=$(find_uv)
    export UV_PYTHON_DOWNLOADS=never
    say "Installing $lock, which judges the fakes of the tests ..."
    "$uv" venv --quiet --relocatable --python .venv/bin/python "$partial" >&2
    "$uv" pip sync --quiet --python "$partial/bin/python" --require-hashes --strict "$lock" >&2 ||
        die "The installation stopped (the reason is above). Run the same command again."
    mv "$partial" "$made"
fi
printf '%s\n' "$PWD/$made/bin/python"
