#!/bin/sh
# Stands in for virsh: answers with the files of its own folder, and writes down there what it was asked.
here=$(dirname "$0")
shift 2
if [ "$1" = -c ]; then
  echo "$2" >> "$here/uris"
  shift 2
fi
echo "$*" >> "$here/asked"
if [ -e "$here/away" ]; then
  echo 'error: failed to connect to the hypervisor' >&2
  exit 1
fi
case "$1 $2" in
  'version --daemon') cat "$here/version" ;;
  'dumpxml --inactive') cat "$here/inactive.xml" ;;
  'dumpxml '*) [ -e "$here/slow" ] && exec sleep 60; cat "$here/dumpxml.xml" ;;
  'domstate --reason') cat "$here/state" 2>/dev/null || echo 'running (booted)' ;;
  'list --all') [ ! -e "$here/dumpxml.xml" ] || sed -n 's|.*<uuid>\(.*\)</uuid>.*|\1|p' "$here/dumpxml.xml" ;;
  'net-dumpxml --network='*) cat "$here/net-${2#--network=}.xml" ;;
esac
