#!/bin/sh
# Sends everything out of the folder.
sed "s,io/path: '.*',io/path: '../escaped.yaml',"
