#!/bin/sh
# A small addgroup for the stand-in images: [-S] [-g GID] NAME, or USER GROUP
gid=''
while getopts Sg: o; do
	case $o in g) gid=$OPTARG ;; esac
done
shift $((OPTIND - 1))
if [ -n "$2" ]; then
	sed -i "s/^\($2:[^:]*:[^:]*:\)\(.\{1,\}\)\$/\1\2,$1/; s/^\($2:[^:]*:[^:]*:\)\$/\1$1/" /etc/group
	exit
fi
[ -n "$1" ] || { echo "usage: addgroup [-S] [-g GID] NAME" >&2; exit 1; }
grep -q "^$1:" /etc/group && { echo "addgroup: group '$1' in use" >&2; exit 1; }
[ -n "$gid" ] || { gid=1000; while grep -q "^[^:]*:[^:]*:$gid:" /etc/group; do gid=$((gid + 1)); done; }
echo "$1:x:$gid:" >>/etc/group
