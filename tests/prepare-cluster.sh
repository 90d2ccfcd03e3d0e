#!/usr/bin/env bash
# Installs the servers that the cluster tests and the cluster example start for themselves: Debian's etcd-server, etcd-client and redis-server.
# Starts none of them, neither now nor at the next boot: the tests run their own on free ports, with their own data folders.
# Does nothing when all of it is there. Exit code 0: the tests can run.
set -uo pipefail

fail() {
  echo "prepare-cluster: $*" >&2
  exit 1
}

# The programs lie in folders that are not in every user's PATH.
PATH=$PATH:/usr/sbin:/sbin

missing=()
command -v etcd >/dev/null || missing+=(etcd-server)
command -v etcdctl >/dev/null || missing+=(etcd-client)
command -v redis-server >/dev/null || missing+=(redis-server)
if ((${#missing[@]} == 0)); then exit 0; fi

command -v apt-get >/dev/null || fail "missing ${missing[*]}, and there is no apt-get to install them with"
as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "missing ${missing[*]}; installing them needs root"
  as_root=(sudo -n)
fi

# A package's installation asks this file before it starts a service, and 101 means no. What was there before comes back afterwards.
install_without_starting() {
  local policy=/usr/sbin/policy-rc.d before=/usr/sbin/policy-rc.d.before-prepare-cluster outcome=0
  if [[ -e $policy ]]; then mv "$policy" "$before" || return 1; fi
  printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy" || return 1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || outcome=1
  rm -f "$policy"
  if [[ -e $before ]]; then mv "$before" "$policy"; fi
  return "$outcome"
}

# The installation has also enabled the services for the next boot. Without systemd there is nothing to disable.
disable_services() {
  command -v systemctl >/dev/null || return 0
  local package
  for package in "$@"; do
    case $package in
      etcd-server) systemctl --quiet disable etcd.service 2>/dev/null ;;
      redis-server) systemctl --quiet disable redis-server.service 2>/dev/null ;;
    esac
  done
  return 0
}

echo "installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq || fail "apt-get update failed"
"${as_root[@]}" bash -c "$(declare -f install_without_starting disable_services); install_without_starting \"\$@\" && disable_services \"\$@\"" \
  prepare-cluster "${missing[@]}" || fail "apt-get could not install ${missing[*]}"

for program in etcd etcdctl redis-server; do
  command -v "$program" >/dev/null || fail "$program is not in PATH after the installation of ${missing[*]}"
done
