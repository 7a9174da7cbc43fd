# Sourced by ./cox and test/run: installs the Debian packages that are missing and starts none of their services.
# A program that the machine already has is used as it is, whatever package it came from.
# Reads $1: `demo` and `image` need more than `up`.

have() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || [ -x "/sbin/$1" ]; }

missing=""
need() { missing="$missing $1"; }

have containerd || need containerd
have runc || need runc
have ip || need iproute2
have nft || need nftables
have conntrack || need conntrack
have nsenter || need util-linux
[ -x /usr/lib/cni/ptp ] || [ -x /opt/cni/bin/ptp ] || need containernetworking-plugins
have nginx || need nginx-light
[ -e /usr/lib/nginx/modules/ngx_http_lua_module.so ] || need libnginx-mod-http-lua
have cc || have gcc || have tcc || case $(uname -m) in x86_64) need tcc ;; *) need gcc ;; esac
case ${1-up} in
  image | demo | test)
    have docker-registry || need docker-registry
    have skopeo || need skopeo
    ;;
esac
case ${1-up} in
  demo | test)
    have mmdebstrap || need mmdebstrap
    have curl || need curl
    ;;
esac
case ${1-up} in
  test)
    have etcd || need etcd-server
    have dig || need bind9-dnsutils
    have musl-gcc || need musl-tools
    # It is a face of gcc, which its package does not ask for.
    have gcc || need gcc
    ;;
esac

if [ -n "$missing" ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "cox: these Debian packages are missing:$missing. Run this as root once, or install them with apt-get." >&2
    exit 1
  fi
  if ! command -v apt-get >/dev/null; then
    echo "cox: these programs are missing and there is no apt-get to install them:$missing. Install them, then run this again." >&2
    exit 1
  fi
  echo "Installing Debian packages:$missing ..." >&2
  log=$(mktemp)
  # Debian starts a service when it installs it, unless policy-rc.d says no.
  policy=/usr/sbin/policy-rc.d
  made_policy=""
  if [ ! -e "$policy" ]; then
    made_policy=1
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  status=0
  for try in 1 2; do
    status=0
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-remove $missing >"$log" 2>&1 || status=$?
    [ "$status" = 0 ] && break
    # The package lists may be missing or old: fetch them once, then try again.
    [ "$try" = 1 ] && apt-get update >>"$log" 2>&1 || true
  done
  [ -n "$made_policy" ] && rm -f "$policy"
  if [ "$status" != 0 ]; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    echo "cox: apt-get could not install$missing; the lines above say why. Mend that and run this again." >&2
    exit 1
  fi
  rm -f "$log"
  # Nor shall they start at the next boot: what was just installed was not in use before.
  if command -v systemctl >/dev/null && [ -d /run/systemd/system ]; then
    for package in $missing; do
      case $package in
        containerd) systemctl disable containerd.service ;;
        nginx-light) systemctl disable nginx.service ;;
        docker-registry) systemctl disable docker-registry.service ;;
        etcd-server) systemctl disable etcd.service ;;
      esac
    done >/dev/null 2>&1 || true
  fi
fi
