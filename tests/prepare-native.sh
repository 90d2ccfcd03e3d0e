#!/usr/bin/env bash
# Installs what a native program (PublishAot) is linked with: gcc and the headers of the C library. Does nothing when they are there. Exit code 0: they are.
set -uo pipefail

fail() {
  echo "prepare-native: $*" >&2
  exit 1
}

links() {
  echo 'int main(void) { return 0; }' | gcc -x c - -o /dev/null 2>/dev/null
}

if links; then exit 0; fi
command -v apt-get >/dev/null || fail "gcc is missing, and there is no apt-get to install it with"
as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "gcc is missing; installing it needs root"
  as_root=(sudo -n)
fi
echo "installing gcc"
"${as_root[@]}" apt-get update -qq || fail "apt-get update failed"
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends gcc libc6-dev >/dev/null || fail "apt-get could not install gcc"
links || fail "gcc links no program"
