#!/usr/bin/env bash
# Installs what building (with --tests: testing, with --bench: bench/quality and bench/train) needs on Debian 12;
# says nothing when all is there.
# Usage: scripts/install-dependencies.sh [--tests|--bench]
set -euo pipefail
cd "$(dirname "$0")/.."

build=(build-essential cmake ninja-build pkg-config redis-server
  librdkafka-dev libcurl4-openssl-dev libjansson-dev libconfig-dev libhiredis-dev libssl-dev libmicrohttpd-dev libsystemd-dev
  libpsl-dev libcld2-dev libutf8proc-dev libicu-dev libstemmer-dev libprotobuf-c-dev protobuf-c-compiler
  libxxhash-dev uthash-dev)
tests=(libcmocka-dev openssl clang clang-format clang-tidy libclang-rt-14-dev kcat curl procps systemd util-linux
  prometheus lintian debootstrap man-db file python3 python3-venv python3-pytest python3-pytest-xdist python3-confluent-kafka python3-redis
  python3-xxhash python3-jsonschema python3-selenium chromium chromium-driver openjdk-17-jre-headless maven) # Apache Kafka; its jars come by Maven (tests/real_kafka)

bench=(python3 python3-numpy python3-sklearn)

packages=("${build[@]}")
if [ "${1:-}" = --tests ]; then packages+=("${tests[@]}"); fi
if [ "${1:-}" = --bench ]; then packages+=("${bench[@]}"); fi

# What Debian has no package of, for one test: without PyPI that test is left out.
make_venv() {
  local venv=build/venv wanted=tests/requirements.txt
  cmp -s "$wanted" "$venv/requirements.txt" && return 0
  echo "installing $wanted into $venv"
  rm -rf "$venv" && mkdir -p build
  { /usr/bin/python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check -r "$wanted" &&
    cp "$wanted" "$venv/requirements.txt"; } >build/venv.log 2>&1 ||
    { rm -rf "$venv"; echo "install-dependencies: $wanted is not to be had (build/venv.log); its test is left out" >&2; }
}

missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || { [ "${1:-}" != --tests ] || make_venv; exit 0; }

sudo=()
if [ "$(id -u)" != 0 ]; then
  command -v sudo >/dev/null || { echo "install-dependencies: not root and no sudo; install: ${missing[*]}" >&2; exit 1; }
  sudo=(sudo)
fi
echo "installing ${#missing[@]} packages: ${missing[*]}"
# A redis-server that starts by itself is not wanted here: the demo and the tests run private ones.
policy=/usr/sbin/policy-rc.d
made_policy=no
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee "$policy" >/dev/null
  "${sudo[@]}" chmod +x "$policy"
  made_policy=yes
fi
trap '[ "$made_policy" = no ] || "${sudo[@]}" rm -f "$policy"' EXIT
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
[ "${1:-}" != --tests ] || make_venv
