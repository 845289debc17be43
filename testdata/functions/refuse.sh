#!/bin/sh
# Hands on what it is given, with a result, and fails.
sed '/^functionConfig:/,$d'
cat <<'EOF'
results:
- message: replicas must be even
  severity: error
  resourceRef: {kind: Deployment, name: web}
  field: {path: spec.replicas}
EOF
echo 'this cannot be' >&2
exit 4
