#!/usr/bin/env bash
# Proves that the checkout needs nothing but Debian 12, git and root: makes a fresh root with debootstrap, clones the
# commit that is checked out here into it, and runs the two commands of the way in there.
#   tests/chroot_proof.sh DIR [COMMAND...]    DIR must not exist; it stays when all is done. COMMAND replaces the two.
# Needs root, git and debootstrap. The packages come from where this machine's apt has them. Not part of the tests.
set -euo pipefail

usage() {
  echo 'usage: tests/chroot_proof.sh DIR [COMMAND...]' >&2
  exit 2
}

# The mounts live in a mount namespace of their own: they are gone with its last process, however that ends.
if [ "${1-}" != --in-namespace ]; then
  if [ $# -eq 0 ] || [ -e "$1" ]; then usage; fi
  exec unshare --mount --propagation private -- "$0" --in-namespace "$@"
fi
shift
checkout=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$1"
root=$(cd "$1" && pwd)
shift

stage() {  # NAME COMMAND...
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  "$@"
  echo "== $name: $((SECONDS - start)) s"
}

inside() {
  chroot "$root" /usr/bin/env -i HOME=/srv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    LANG=C.UTF-8 "${proxies[@]}" "$@"
}

# What this machine's apt uses: where the packages are, and by which proxy.
# shellcheck disable=SC2016  # $(SITE) is for apt
mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Codename: bookworm' | sed -n 1p)
[ -n "$mirror" ] || { echo 'apt has no source for bookworm here' >&2; exit 1; }
apt_proxy=$(apt-config dump --format '%v%n' Acquire::http::Proxy)
proxies=()
for name in http_proxy https_proxy no_proxy; do
  [ -z "${!name-}" ] || proxies+=("$name=${!name}")
done

bare_root() {
  env ${apt_proxy:+"http_proxy=$apt_proxy"} debootstrap --variant=minbase bookworm "$root" "$mirror" >"$root.log" 2>&1 ||
    { tail -n 20 "$root.log"; return 1; }
  rm -f "$root.log"
  cp -aT /etc/apt "$root/etc/apt"
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  for trusted in /usr/share/keyrings /etc/ssl/certs /usr/share/ca-certificates /usr/local/share/ca-certificates; do
    [ ! -d "$trusted" ] || { mkdir -p "$root$trusted" && cp -aT "$trusted" "$root$trusted"; }
  done
  mount -t proc proc "$root/proc"
  mount --rbind --make-rslave /sys "$root/sys"
  mount --bind /dev "$root/dev"
  mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
  mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" || true
}

only_git() {
  inside DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -qq update && apt-get -qq install -y --no-install-recommends git' \
    >"$root/apt.log" 2>&1 || { tail -n 20 "$root/apt.log"; return 1; }
}

clone() {
  git clone --quiet --bare "$checkout" "$root/srv/volley.git"
  git -C "$root/srv/volley.git" update-ref --no-deref HEAD "$(git -C "$checkout" rev-parse HEAD)"
  inside git clone --quiet /srv/volley.git /srv/volley
  inside git -C /srv/volley log -1 --format='%h %s'
}

stage 'a bare Debian 12' bare_root
stage 'git' only_git
stage 'clone' clone
if [ $# -gt 0 ]; then
  stage "$*" inside sh -c 'cd /srv/volley && exec "$@"' sh "$@" </dev/null
else
  stage './volley pingpong --quick' inside sh -c 'cd /srv/volley && exec ./volley pingpong --quick' </dev/null
  stage './volley test' inside sh -c 'cd /srv/volley && exec ./volley test' </dev/null
fi
echo "proved in $SECONDS s; the root is $root"
