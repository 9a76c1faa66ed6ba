#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a fresh clone to a result in one command.
#
#     ./autogen.sh          prepares ./configure
#     ./autogen.sh demo     installs what is missing from Debian, builds in ./build, runs the hospitals and the vote
#     ./autogen.sh check    the same set-up, then the whole test suite
#     ./autogen.sh build    the set-up alone
#
# BUILD_DIR (default build) says where, CONFIGURE_FLAGS what ./configure is told.
set -eu
cd "$(dirname "$0")"

packages=(build-essential autoconf automake libtool pkg-config python3 help2man
          libgmp-dev libsodium-dev libjansson-dev libcriterion-dev libcbor-dev valgrind libc6-dbg)
build=${BUILD_DIR:-build}
log=

# step "what it does" COMMAND...: runs it quietly and says how long it took; a failure shows the log's end.
step() {
    local what=$1 start=$SECONDS
    shift
    printf '%-58s' "$what ..." >&2
    if "$@" >>"$log" 2>&1 </dev/null; then
        printf ' %4d s\n' $((SECONDS - start)) >&2
    else
        printf ' failed\n\n' >&2
        tail -n 40 "$log" >&2
        printf '\nThe whole log: %s\n' "$log" >&2
        exit 3
    fi
}

is_installed() {
    # a line an architecture
    dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed
}

install_missing() {
    local missing=() name as_root=()
    if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
        echo "Not a Debian system: taking for granted what these Debian packages hold: ${packages[*]}" >&2
        return
    fi
    for name in "${packages[@]}"; do
        is_installed "$name" || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            echo "These Debian packages are missing, and there is no sudo to install them with. As root:" >&2
            echo "    apt-get install ${missing[*]}" >&2
            exit 3
        fi
        sudo -v || exit 3   # asks for the password here, while the user sees it
        as_root=(sudo)
    fi
    step "reading Debian's package lists" "${as_root[@]}" apt-get -q update
    # A fresh machine is often busy with its own updates: waits for their lock.
    step "installing ${#missing[@]} Debian packages" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o DPkg::Lock::Timeout=300 --no-install-recommends install "${missing[@]}"
}

prepare() {
    mkdir -p m4
    autoreconf --force --install
}

# configure is there and no older than anything it is made from
is_prepared() {
    [ -x configure ] && [ -f Makefile.in ] &&
        [ -z "$(find configure.ac Makefile.am lib include tools tests bench examples docs \
                     \( -name configure.ac -o -name Makefile.am -o -name local.mk \) -newer configure | head -n 1)" ]
}

# What decides a configuration; a build folder made with anything else is configured anew.
wanted() {
    echo "${CONFIGURE_FLAGS:-} CC=${CC:-} CFLAGS=${CFLAGS:-} LDFLAGS=${LDFLAGS:-}"
}

is_configured() {
    [ -e "$build/config.status" ] && [ ! configure -nt "$build/config.status" ] &&
        [ "$(cat "$build/wanted" 2>/dev/null)" = "$(wanted)" ]
}

run_configure() {
    # Objects of another configuration must not be linked into this one.
    [ ! -e "$build/Makefile" ] || [ "$(cat "$build/wanted" 2>/dev/null)" = "$(wanted)" ] || make -C "$build" clean
    # shellcheck disable=SC2086
    (cd "$build" && "$top/configure" ${CONFIGURE_FLAGS:-}) && wanted >"$build/wanted"
}

set_up() {
    mkdir -p "$build"
    build=$(cd "$build" && pwd)
    top=$PWD
    log=$build/autogen.log
    : >"$log"
    install_missing
    is_prepared || step "preparing configure" prepare
    is_configured || step "configuring in ${build#"$top"/}" run_configure
    step "building on $(nproc) cores" make -C "$build" -j"$(nproc)"
}

build_tests() {
    make -C "$build" -j"$(nproc)" check TESTS=
}

run_tests() {
    # The verdict is the summary's, which also counts the cases inside a program.
    make -C "$build" -j"$(nproc)" -k check || :
}

check() {
    set_up
    step "building the tests" build_tests
    find "$build" -name '*.trs' -type f -delete
    step "running the tests" run_tests
    local status=0
    sh tests/summary.sh "$build" >"$build/summary" || status=$?
    if [ "$status" -ne 0 ]; then
        cat "$build/test-suite.log" >&2 || tail -n 40 "$log" >&2
    fi
    cat "$build/summary"
    exit "$status"
}

case ${1:-} in
'')
    if ! command -v autoreconf >/dev/null || ! command -v "${LIBTOOLIZE:-libtoolize}" >/dev/null; then
        echo "autoconf, automake and libtool are needed. On Debian, as root, for these and all that a build needs:" >&2
        echo "    apt-get install ${packages[*]}" >&2
        exit 3
    fi
    prepare
    echo "Now: mkdir -p build && cd build && ../configure && make   (or ./autogen.sh demo)"
    ;;
build) set_up ;;
check) check ;;
demo)
    set_up
    examples/hospitals/demo.sh "$build"
    exec examples/vote/demo.sh "$build" "$build/vote" "$build/demo"
    ;;
-h|--help) sed -n '3,10s/^# \{0,1\}//p' "$0" ;;
*)
    echo "autogen.sh: unknown word '$1' (demo, check, build or nothing)" >&2
    exit 2
    ;;
esac
