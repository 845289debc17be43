#!/bin/sh
# Leaves out the Job, and makes a ConfigMap and a Secret that have no path.
awk '
  /^items:/ { print; print "- {apiVersion: v1, kind: ConfigMap, metadata: {name: made, namespace: shop}}"; items = 1; next }
  /^functionConfig:/ { print "- {apiVersion: v1, kind: Secret, metadata: {name: made}}"; items = 0; leave = 0 }
  items && /^- / { leave = /batch/ }
  !leave
'
