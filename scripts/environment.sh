# What the scripts share; sourced, not run. Expects the current folder to be the repository's root.
#
# Everything that is built or downloaded lives in one cache folder outside the clone, so that
# `git clean` keeps it and several clones share it.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/fathom
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$cache/target}
# pg_query regenerates a source file inside cargo's registry when it finds protoc.
unset PROTOC REGENERATE_PROTOBUF
mkdir -p "$cache"

# Prints what comes next, with the seconds since the script's start.
step() {
    printf '\n[%4ds] %s\n' "$SECONDS" "$*"
}

# as_root COMMAND ...
as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# python_environment NAME REQUIREMENTS: makes a virtual environment once, and anew when the
# requirements change. Its interpreter is then in $python.
python_environment() {
    local folder=$cache/$1 requirements=$2
    python=$folder/bin/python
    if [ -x "$python" ] && cmp -s "$requirements" "$folder/requirements.txt"; then
        return
    fi
    step "Python packages of $requirements"
    rm -rf "$folder"
    python3 -m venv "$folder"
    "$python" -m pip install --quiet --disable-pip-version-check --requirement "$requirements"
    # Last, so that an interrupted installation is made anew.
    cp "$requirements" "$folder/requirements.txt"
}

# Takes protoc off PATH, for what this script starts. A folder that holds it is replaced by one of
# links to everything else in it.
hide_protoc() {
    local found folder links number=0
    while found=$(command -v protoc); do
        folder=$(dirname "$found")
        links=$cache/path/$((number += 1))
        rm -rf "$links" && mkdir -p "$links"
        find "$folder" -mindepth 1 -maxdepth 1 ! -name protoc -exec ln -s -t "$links" {} +
        PATH=:$PATH:
        PATH=${PATH//":$folder:"/":$links:"}
        PATH=${PATH#:}
        PATH=${PATH%:}
        hash -r
    done
    export PATH
}

# prometheus_tools: Debian's prometheus and promtool, unpacked into the cache and not installed: the
# package would start a service. Their folder is then in $FATHOM_PROMETHEUS.
prometheus_tools() {
    local folder=$cache/prometheus
    export FATHOM_PROMETHEUS=$folder/usr/bin
    [ -x "$FATHOM_PROMETHEUS/promtool" ] && return
    step "Prometheus"
    rm -rf "$folder" && mkdir -p "$folder"
    (
        cd "$folder"
        # Without lists of packages there is nothing to choose from.
        apt-get download -qq prometheus 2>/dev/null ||
            { as_root apt-get update -qq && apt-get download -qq prometheus; }
        dpkg-deb -x prometheus_*.deb . && rm prometheus_*.deb
    )
}

# cargo_deny: the checker of licences, banned crates and sources (deny.toml), built once into the cache
# and then on PATH.
cargo_deny() {
    local version=0.20.2 folder=$cache/tools
    export PATH=$folder/bin:$PATH
    [ "$(cargo-deny --version 2>/dev/null)" = "cargo-deny $version" ] && return
    step "cargo-deny"
    CARGO_TARGET_DIR=$folder/target cargo install cargo-deny --version "$version" --locked --quiet --root "$folder"
    rm -rf "$folder/target"
}
