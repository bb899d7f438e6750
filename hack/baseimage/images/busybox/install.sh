# Lays out a system of the one program at /deb. Every applet is a link to it: where
# Debian has it, and in /bin, where the busybox image has them all. The links are
# symbolic: BuildKit would read the program once for each of 400 hard links whenever it
# hashes the files of the image.
set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
busybox=/deb/bin/busybox
$busybox mkdir -p /bin /sbin /dev /etc /home /proc /root /run /sys /tmp /usr/bin /usr/sbin /usr/local/bin /usr/lib /var/tmp /var/www /lib
$busybox chmod 1777 /tmp /var/tmp
$busybox chmod 700 /root
$busybox cp $busybox /bin/busybox
for applet in $($busybox --list-full); do
	for link in "/$applet" "/bin/${applet##*/}"; do
		[ "$applet" = linuxrc ] || [ -e "$link" ] || { $busybox mkdir -p "${link%/*}"; $busybox ln -s /bin/busybox "$link"; }
	done
done
# Debian's busybox is built without these two: the image has scripts for them.
rm -f /usr/sbin/adduser /usr/sbin/addgroup
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
