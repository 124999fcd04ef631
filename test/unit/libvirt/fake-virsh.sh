#!/bin/sh
# Stands in for virsh: answers with the files of its own folder, and writes down there what it was asked.
here=$(dirname "$0")
shift 2
[ "$1" = -c ] && shift 2
echo "$*" >> "$here/asked"
case "$1 $2" in
  'version --daemon') cat "$here/version" ;;
  'dumpxml --inactive') cat "$here/inactive.xml" ;;
  'dumpxml '*) [ -e "$here/slow" ] && exec sleep 60; cat "$here/dumpxml.xml" ;;
  'net-dumpxml --network='*) cat "$here/net-${2#--network=}.xml" ;;
esac
