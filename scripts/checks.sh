#!/bin/sh
# Makes the environment that judges the files in deploy/ and the scripts, and prints its Python.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."
. scripts/tools.sh

python_apart checks "judges deploy/ and the scripts"
