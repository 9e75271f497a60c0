#!/usr/bin/env bash
# Gets what the chart is checked with (test/helm), into a folder, and prints that folder, for the PATH: Helm 3 and 4,
# kubeconform, and the schemas of Kubernetes, of Prometheus' operator and of the Gateway API. What is there already stays.
#
#   export PATH="$(scripts/helm-tools.sh):$PATH"
#
# Needs Go and Python with venv. Versions are pinned; go.sum's database vouches for the modules, a digest for the wheel.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/hooktide/helm-tools}
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v go >/dev/null || {
  echo 'helm-tools: there is no Go here: https://go.dev/dl/ or apt-get install golang' >&2
  exit 1
}

# Builds a program of a Go module under a name of its own, unless this version of it is there.
build() {
  local name=$1 package=$2
  [ "$(cat "$folder/.$name" 2>/dev/null)" != "$package" ] || return 0
  echo "helm-tools: building $package" >&2
  GOBIN="$work" CGO_ENABLED=0 GOFLAGS=-mod=mod go install -trimpath -ldflags '-s -w' "$package" >&2
  mv "$work/$(basename "${package%@*}")" "$folder/$name"
  echo "$package" >"$folder/.$name"
}

# Where the sources of a Go module lie.
module() {
  (cd "$work" && GOFLAGS=-mod=mod go mod download -json "$1") | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'
}

schemas() {
  local wheel=kubernetes-validate==1.37.0 operator=v0.85.0 gateway=v1.3.0
  local digest=85136d018a27b50ec7fc049d902bfa5193f5976807e6c0f408e3ab6fe078cad9
  local stamp="$wheel $operator $gateway $(cksum <scripts/helm-schemas.mjs)"
  [ "$(cat "$folder/.schemas" 2>/dev/null)" != "$stamp" ] || return 0
  echo "helm-tools: getting schemas of $wheel" >&2
  python3 -m venv "$work/venv"
  printf '%s --hash=sha256:%s\n' "$wheel" "$digest" >"$work/requirements.txt"
  "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes --dest "$work" \
    --requirement "$work/requirements.txt" >&2
  python3 -m zipfile --extract "$work"/kubernetes_validate-*.whl "$work/wheel"
  rm -rf "$folder/schemas"
  node scripts/helm-schemas.mjs "$folder/schemas" "$work/wheel/kubernetes_validate/kubernetes-json-schema" \
    "$(module github.com/prometheus-operator/prometheus-operator@$operator)/example/prometheus-operator-crd" \
    "$(module sigs.k8s.io/gateway-api@$gateway)/config/crd/standard" >&2
  echo "$stamp" >"$folder/.schemas"
}

build helm3 helm.sh/helm/v3/cmd/helm@v3.22.0
build helm4 helm.sh/helm/v4/cmd/helm@v4.3.1
build kubeconform github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0
schemas
echo "$folder"
