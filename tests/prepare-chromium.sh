#!/usr/bin/env bash
# Installs Debian's chromium for the long mode, in which a real browser looks at the dashboard. Does nothing when it is there. Exit code 0: the tests can run.
set -uo pipefail

fail() {
  echo "prepare-chromium: $*" >&2
  exit 1
}

if ! command -v chromium >/dev/null; then
  command -v apt-get >/dev/null || fail "there is no apt-get to get chromium with"
  ((EUID == 0)) || fail "chromium is not installed, and only root can do that: apt-get install chromium"
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 \
    || fail "apt-get could not install chromium; apt-get update may help"
fi
chromium --version --no-sandbox >/dev/null 2>&1 || fail "it does not run here"
