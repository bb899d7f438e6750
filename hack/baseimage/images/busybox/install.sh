# Lays out a system of the one program at /deb. Its shell runs all commands of the
# program by itself. The usual ones are links to it as well, for those who start them
# without the shell. More links cost time: many tests export or unpack them. The links
# are symbolic, as BuildKit would read the program once for each hard link whenever it
# hashes the files of the image.
set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
busybox=/deb/bin/busybox
$busybox mkdir -p /bin /sbin /dev /etc /home /proc /root /run /sys /tmp /usr/bin /usr/sbin /usr/local/bin /usr/lib /var/tmp /var/www /lib
$busybox chmod 1777 /tmp /var/tmp
$busybox chmod 700 /root
$busybox cp $busybox /bin/busybox
for command in [ ash awk base64 basename cat chgrp chmod chown cmp cp cut date dd df diff dirname du echo egrep \
	env expr false fgrep find free grep gunzip gzip head hexdump hostname httpd id kill less ln ls md5sum mkdir mkfifo \
	mknod mktemp mount mv nc nproc od ping printf ps pwd readlink realpath rm rmdir sed seq sh sha1sum sha256sum \
	sha512sum sleep sort stat su sync tail tar tee test time timeout touch tr true tty umount uname uniq unzip vi wc \
	wget which whoami xargs yes zcat; do
	$busybox ln -s busybox "/bin/$command"
done
$busybox ln -s /bin/busybox /usr/bin/env
cat >/etc/passwd <<EOF
root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
bin:x:2:2:bin:/bin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
EOF
cat >/etc/group <<EOF
root:x:0:
daemon:x:1:
bin:x:2:
wheel:x:10:root
www-data:x:33:
nogroup:x:65533:
nobody:x:65534:
EOF
printf 'root:*::0:::::\nnobody:*::0:::::\n' >/etc/shadow
chmod 640 /etc/shadow
echo 'hosts: files dns' >/etc/nsswitch.conf
