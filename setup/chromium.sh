# Sourced by test/run: Debian's chromium, for the test that opens an Ingress as a browser does (some 30 s, 100 MB). Where it
# cannot be had, that test is skipped with a word of it.
if ! command -v chromium >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1; then
  echo "Installing Debian package: chromium ..." >&2
  install="apt-get install -y --no-install-recommends --no-remove chromium"
  # shellcheck disable=SC2086
  if ! DEBIAN_FRONTEND=noninteractive timeout 180 $install >/dev/null 2>&1; then
    { apt-get update && DEBIAN_FRONTEND=noninteractive timeout 180 $install; } >/dev/null 2>&1 ||
      echo "chromium could not be installed, so the browser's test is skipped." >&2
  fi
fi
