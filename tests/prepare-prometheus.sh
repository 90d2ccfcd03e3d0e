#!/usr/bin/env bash
# Gets Debian's prometheus for the long mode, in which it evaluates the queries of docs/grafana: unpacked under artifacts/, not installed, and nothing is
# started. Does nothing when it is there or in PATH. Exit code 0: the tests can run.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

fail() {
  echo "prepare-prometheus: $*" >&2
  exit 1
}

folder=$PWD/artifacts/prometheus
if [[ -x $folder/usr/bin/prometheus ]] || command -v prometheus >/dev/null; then exit 0; fi

command -v apt-get >/dev/null || fail "there is no apt-get to get prometheus with"
command -v dpkg >/dev/null || fail "there is no dpkg to unpack it with"
download=$(mktemp -d) || fail "there is no room for it"
trap 'rm -rf "$download"' EXIT
(cd "$download" && apt-get download -qq prometheus 2>/dev/null) || fail "apt-get could not download prometheus; apt-get update may help"
mkdir -p "$folder" && dpkg -x "$download"/prometheus_*.deb "$folder" || fail "it could not be unpacked"
"$folder/usr/bin/prometheus" --version >/dev/null 2>&1 || fail "it does not run here"
