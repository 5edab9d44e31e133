#!/usr/bin/env bash
# Gets the nginx that signed URLs are measured against: unpacked below dist/, so that no service is set up. Without one that part of the bench is left out.
cd "$(dirname "$0")/../.."
command -v nginx >/dev/null 2>&1 && exit 0
[ -x dist/nginx/usr/sbin/nginx ] && exit 0
if command -v apt-get >/dev/null 2>&1 && command -v dpkg-deb >/dev/null 2>&1; then
  mkdir -p dist/nginx
  (cd dist/nginx && { apt-get download -qq nginx || { apt-get update -qq && apt-get download -qq nginx; }; } && dpkg-deb -x nginx_*.deb .) >/dev/null 2>&1 && exit 0
fi
echo "bench: no nginx could be had; signed URLs are not measured against it" >&2
