#!/bin/sh
# A small adduser for the stand-in images: -D -S -H -h DIR -s SHELL -G GROUP -u UID -g TEXT NAME
home='' shell=/bin/sh group='' uid='' text='' make=1
while getopts DSHh:s:G:u:g: o; do
	case $o in h) home=$OPTARG ;; s) shell=$OPTARG ;; G) group=$OPTARG ;; u) uid=$OPTARG ;; g) text=$OPTARG ;; H) make='' ;; esac
done
shift $((OPTIND - 1))
name=$1
[ -n "$name" ] || { echo "usage: adduser [OPTIONS] NAME" >&2; exit 1; }
grep -q "^$name:" /etc/passwd && { echo "adduser: user '$name' in use" >&2; exit 1; }
[ -n "$uid" ] || { uid=1000; while grep -q "^[^:]*:[^:]*:$uid:" /etc/passwd; do uid=$((uid + 1)); done; }
if [ -z "$group" ]; then group=$name; grep -q "^$group:" /etc/group || echo "$group:x:$uid:" >>/etc/group; fi
gid=$(sed -n "s/^$group:[^:]*:\([0-9]*\):.*/\1/p" /etc/group)
[ -n "$gid" ] || { echo "adduser: unknown group $group" >&2; exit 1; }
echo "$name:x:$uid:$gid:$text:${home:=/home/$name}:$shell" >>/etc/passwd
[ -z "$make" ] || { mkdir -p "$home" && chown "$uid:$gid" "$home"; }
