#!/usr/bin/env bash
# Installs what the interop tests need beyond the SDK: Node.js and the npm packages of tests/Remote.Interop.Tests/node, and Debian's Python with
# grpcio and protoc. Does nothing when all of it is there. Exit code 0: the tests can run. The npm packages are installed from package-lock.json.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/Remote.Interop.Tests" || exit 1

# grpc-js 1.14 asks for this one.
least_node=18

fail() {
  echo "prepare-interop: $*" >&2
  exit 1
}

has_node() {
  command -v node >/dev/null && (($(node -p 'process.versions.node.split(".")[0]') >= least_node))
}

install_packages() {
  local missing=()
  has_node || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  # By its path: what is first in PATH may be another Python, which knows nothing of the system's packages.
  /usr/bin/python3 -c 'import grpc' 2>/dev/null || missing+=(python3-grpcio)
  /usr/bin/python3 -c 'import google.protobuf' 2>/dev/null || missing+=(python3-protobuf)
  command -v protoc >/dev/null || missing+=(protobuf-compiler)
  if ((${#missing[@]} == 0)); then return; fi

  command -v apt-get >/dev/null || fail "missing ${missing[*]}, and there is no apt-get to install them with"
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null || fail "missing ${missing[*]}; installing them needs root"
    as_root=(sudo -n)
  fi
  echo "installing ${missing[*]}"
  "${as_root[@]}" apt-get update -qq || fail "apt-get update failed"
  DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null \
    || fail "apt-get could not install ${missing[*]}"
  has_node || fail "Node.js $least_node or later is needed, found $(node --version 2>/dev/null || echo none)"
}

# The copy of the lock file says what node_modules was made from.
install_modules() {
  local made_from=node_modules/.made-from-lock
  if cmp -s package-lock.json "$made_from"; then return; fi
  echo "installing the npm packages of package-lock.json"
  npm ci --no-audit --no-fund --loglevel=error || fail "npm ci failed"
  cp package-lock.json "$made_from"
}

install_packages
(cd node && install_modules) || exit 1
(cd node && node -e 'require("./peer")') || fail "the peers on Node.js do not load"
(cd python && PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -c 'import peer') || fail "the peers on Python do not load"
