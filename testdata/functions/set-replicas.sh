#!/bin/sh
# Sets replicas, forgets all comments, and notes what it was given.
tee input | sed -e 's/replicas: [0-9]*/replicas: '"$REPLICAS"'/' -e '/^ *#/d' -e 's/ #.*//'
