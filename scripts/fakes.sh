#!/bin/sh
# Makes the environment that judges the fakes of Telegram and Slack, and prints its Python.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."
. scripts/tools.sh

python_apart fakes "judges the fakes of the tests"
