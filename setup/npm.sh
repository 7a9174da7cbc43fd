# Sourced: brings the npm packages to what package-lock.json says, and compiles our own modules. Needs $root and $node.
command -v npm >/dev/null || {
  echo "cox: npm is missing. Install Node.js 20 or newer with npm (on Debian: apt-get install nodejs npm), then run this again." >&2
  exit 1
}
echo "Installing npm packages ..." >&2
log=$(mktemp)
if ! (cd "$root" && npm ci --no-audit --no-fund --loglevel=error) >"$log" 2>&1; then
  cat "$log" >&2
  rm -f "$log"
  echo "cox: npm could not install the packages; the lines above say why. Mend that and run this again." >&2
  exit 1
fi
rm -f "$log"
# npm keeps the time of an unchanged file; the launcher compares times.
touch "$root/node_modules/.package-lock.json"
# With the flags of src/cluster/components.ts: what is compiled under other flags is not used.
echo "Compiling ..." >&2
NODE_COMPILE_CACHE=${NODE_COMPILE_CACHE-$root/.cache/compile} "$node" --disable-warning=ExperimentalWarning \
  --max-semi-space-size=2 "$root/src/cluster/main.ts" compile || exit 1
