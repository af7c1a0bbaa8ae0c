#!/bin/bash
# A real systemd as PID 1 of its own namespaces, on a throw-away overlay of / (boots in a third of a second).
#   sdlab.sh boot DIR | in DIR COMMAND... | halt DIR
# DIR/share is /run/share inside; /etc/systemd/system starts empty; the network is the machine's.
# SDLAB_LOWER: the root file system that the overlay is laid on; / when unset.
# Needs root with CAP_SYS_ADMIN, overlayfs and cgroup2. Nothing of it is left after halt.
set -eu
me=$(realpath "$0")
verb=$1
D=$(realpath "$2")
shift 2

boot() {
  mkdir -p "$D"/{cg,rw,root,share}
  rm -f "$D/share/pid"
  # A cgroup of its own: a manager in the machine's root cgroup would move foreign processes.
  D=$D me=$me setsid unshare --mount --propagation private bash -euc '
    mount -t cgroup2 none "$D/cg"
    group=$D/cg/sdlab.$$
    mkdir "$group"
    bash -c "echo 0 >$group/cgroup.procs; exec unshare --cgroup --pid --fork --kill-child --ipc --uts --mount \
             --propagation private bash $me inside $D" || true
    find "$group" -depth -type d -exec rmdir {} \;' >"$D/console.log" 2>&1 </dev/null &
  echo $! >"$D/outer.pid"
  for _ in $(seq 400); do
    if [ -s "$D/share/pid" ] && "$me" in "$D" systemctl is-system-running --wait >/dev/null 2>&1; then return 0; fi
    sleep 0.05
  done
  cat "$D/console.log" >&2
  return 1
}

inside() {
  mount -t tmpfs tmpfs "$D/rw"
  mkdir "$D"/rw/{u,w}
  R=$D/root
  mount -t overlay overlay -o lowerdir=${SDLAB_LOWER:-/},upperdir="$D/rw/u",workdir="$D/rw/w" "$R"
  for t in run dev etc/systemd/system; do mount -t tmpfs -o mode=755 tmpfs "$R/$t"; done
  mount -t tmpfs -o mode=1777 tmpfs "$R/tmp"
  printf '[Unit]\nDefaultDependencies=no\nRequires=systemd-journald.service\nAfter=systemd-journald.service\n' \
    >"$R/etc/systemd/system/sdlab.target"
  mkdir "$R/run/share"
  mount --bind "$D/share" "$R/run/share"
  mount -t proc proc "$R/proc"
  mount --bind "$R/proc/sys" "$R/proc/sys"
  mount -o remount,bind,ro "$R/proc/sys" # systemd would set the machine's sysctls
  mount -t sysfs -o ro sysfs "$R/sys"
  mount -t cgroup2 cgroup2 "$R/sys/fs/cgroup"
  for n in null zero full random urandom tty; do
    touch "$R/dev/$n"
    mount --bind /dev/$n "$R/dev/$n"
  done
  mkdir "$R"/dev/{pts,shm}
  ln -s pts/ptmx "$R/dev/ptmx"
  ln -s /proc/self/fd "$R/dev/fd"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$R/dev/pts"
  mount -t tmpfs -o mode=1777 tmpfs "$R/dev/shm"
  cd "$R"
  mkdir run/old
  pivot_root . run/old
  read -r pid _ </run/old/proc/self/stat
  echo "$pid" >/run/share/pid # our PID as the machine sees it
  umount -l /run/old
  mount --make-rshared / # else LoadCredential= gives an empty folder, silently
  exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd --system --unit=sdlab.target --log-target=console --show-status=no </dev/null
}

halt() {
  outer=$(cat "$D/outer.pid")
  kill -s RTMIN+13 "$(cat "$D/share/pid")"
  for _ in $(seq 400); do
    kill -0 "$outer" 2>/dev/null || return 0
    sleep 0.05
  done
  kill -KILL "$(cat "$D/share/pid")"
  return 1
}

case $verb in
boot | inside | halt) $verb ;;
in) exec nsenter -t "$(cat "$D/share/pid")" -m -p -u -i -C -- "$@" ;;
*) exit 2 ;;
esac
