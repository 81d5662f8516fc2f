#!/usr/bin/env bash
# Renews the pictures of this guide: the light ones of `npm run screenshots`, in few colours to keep them small (needs pngquant).
set -euo pipefail
cd "$(dirname "$0")"
taken=../../frontend/e2e/results/screenshots
for page in $(grep -oh 'pictures/[a-z-]*\.png' en.md zh.md | sed 's|pictures/||; s|\.png$||'); do
  pngquant --force --quality 60-90 --output "pictures/$page.png" "$taken/${page%-*}-light-${page##*-}.png"
done
