# Sourced by scripts/demo and scripts/test: brings what is missing on a fresh Debian or Ubuntu machine.
# shellcheck shell=bash disable=SC2034

# Packages by the commands and files that the machine lacks without them.
# test/lab/requirements.ts names the same commands for the lab.
packages_for_switching='
openvswitch-switch ovsdb-server ovsdb-tool ovs-vswitchd ovs-vsctl ovs-ofctl ovs-appctl /usr/share/openvswitch/vswitch.ovsschema
iproute2 ip
ethtool ethtool
procps sysctl
util-linux setpriv nsenter unshare
'
packages_for_guests='
libvirt-daemon-system libvirtd virtlogd /var/lib/libvirt /etc/libvirt/qemu.conf
libvirt-clients virsh
qemu-system-x86 qemu-system-x86_64
busybox-static busybox
cpio cpio
hostname hostname
kmod modinfo
mount mount
'
packages_for_tests='
openssl openssl
tcpdump tcpdump
socat socat
prometheus prometheus promtool
'
# For a guest that boots with systemd.
packages_for_service='
systemd-sysv /sbin/init
dbus /usr/bin/dbus-daemon
udev /usr/bin/udevadm
'
# For single tests, which say so where they have to do without.
packages_for_more_tests='
libvirt-daemon-driver-lxc /usr/lib/libvirt/libvirt_lxc
'
packages_for_containers='
debootstrap debootstrap
podman podman
buildah buildah
runc runc
'

export PATH=$PATH:/usr/sbin:/sbin

say() { echo "${0##*/}: $*"; }
fail() { say "$*" >&2; exit 2; }

require_root() {
  [ "$(id -u)" = 0 ] || fail "needs root, for it makes network namespaces: sudo $0${1:+ $1}"
}

require_node() {
  local need='needs Node.js 20.19 or later with npm (https://nodejs.org)'
  { command -v node && command -v npm; } >/dev/null || fail "$need"
  node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' ||
    fail "$need; this is $(node --version)"
}

# Prints the packages of the lists given that bring a missing command or file.
missing_packages() {
  local package parts part
  printf '%s\n' "$@" | while read -r package parts; do
    for part in $parts; do
      case $part in
        /*) [ -e "$part" ] || { echo "$package"; break; } ;;
        *) command -v "$part" >/dev/null || { echo "$package"; break; } ;;
      esac
    done
  done
}

# Guests boot a kernel of the distribution; its package has another name on Ubuntu.
missing_kernel() {
  local kernel
  for kernel in /boot/vmlinuz-*; do
    if [ -d "/lib/modules/${kernel#/boot/vmlinuz-}" ]; then return; fi
  done
  if grep -qsE '^ID(_LIKE)?=.*ubuntu' /etc/os-release; then echo linux-image-virtual; else echo linux-image-cloud-amd64; fi
}

# Installs the packages named, if any.
install_packages() {
  [ $# -gt 0 ] || return 0
  command -v apt-get >/dev/null || fail "needs $*, and this machine has no apt-get to install them with"
  say "installing $*"
  export DEBIAN_FRONTEND=noninteractive
  local log
  log=$(mktemp)
  if ! { apt-get update -q && apt-get install -q -y --no-install-recommends "$@"; } </dev/null >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    fail "could not install $*: see $log"
  fi
  rm -f "$log"
}

# Installs the packages named, if any, and goes on without those that cannot be had.
install_if_possible() {
  (install_packages "$@") || say "goes on without $*"
}

# Installs the dependencies unless those of this very package-lock.json are there.
install_modules() {
  if [ package-lock.json -nt node_modules/.package-lock.json ]; then
    say 'installing node modules (npm ci)'
    npm ci --no-audit --no-fund --loglevel=error </dev/null
  fi
}

# Installs here what is not to be installed inside a suite, which shares this repository and may not trust the proxy of this machine.
prepare_for_suite() {
  require_node
  install_modules
}
