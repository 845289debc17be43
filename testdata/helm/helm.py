"""A `helm` for tests: the engine of Helm 4, from PyPI's helm-python-sdk, behind the few commands that the tests need.

It takes the flags that kustomize gives to Helm, and prints what Helm would print.
"""

import argparse
import json
import re
import sys
import time

import helm_python as helm
from helm_python import _native

HOOK = re.compile(r"^\s+[\"']?helm\.sh/hook[\"']?:\s*(.*)$", re.MULTILINE)


def merge(values, more):
    """The values of one file with those of the next over them, as Helm merges `-f` after `-f`."""
    for key, value in more.items():
        both = isinstance(value, dict) and isinstance(values.get(key), dict)
        values[key] = merge(values[key], value) if both else value
    return values


def documents(chart, values, args, name):
    """What the templates give: the manifest in Helm's order of installation, then hooks."""
    options = {"dry_run": "client", "namespace": args.namespace}
    if args.kube_version:
        options["kube_version"] = args.kube_version
    if args.api_versions:
        options["api_versions"] = args.api_versions
    # The SDK's `install` has no parameters for the versions; the library below has them.
    with helm.Config(namespace=args.namespace, storage_driver="memory") as config:
        arguments = (config._raw(), _native.HANDLE(0), chart._raw(), None, name)
        release = _native.call_string("helm_install", *arguments, json.dumps(values), json.dumps(options))
    if args.include_crds:
        for crd in chart.crds:
            yield f"---\n# Source: {crd['filename']}\n{crd['data']}\n"
    yield json.loads(release)["manifest"]
    if args.no_hooks:
        return
    options = {key: value for key, value in options.items() if key != "dry_run"}
    rendered = _native.call_string("helm_render", chart._raw(), json.dumps(values), json.dumps({**options, "name": name}))
    for path, text in sorted(json.loads(rendered).items()):
        for document in re.split(r"^---.*\n", text, flags=re.MULTILINE):
            hook = HOOK.search(document)
            if hook and not (args.skip_tests and "test" in hook.group(1)):
                yield f"---\n# Source: {path}\n{document}\n"


def template(args):
    name, path = args.names if len(args.names) == 2 else (None, args.names[0])
    with helm.Chart.load(path) as chart:
        if name is None:
            name = f"{chart.name}-{int(time.time())}"
        values = {}
        for file in args.values:
            with open(file, encoding="utf-8") as text:
                merge(values, helm.values_from_yaml(text.read()))
        for document in documents(chart, values, args, name):
            sys.stdout.write(document)


def pull(args):
    version = args.version or (">0.0.0-0" if args.devel else None)
    helm.pull(args.chart, repo_url=args.repo, version=version, untar=args.untar, untar_dir=args.untardir)


def package(args):
    print(helm.package(args.chart, destination=args.destination, version=args.version))


def index(args):
    helm.repo_index_generate(args.directory, base_url=args.url)


def arguments():
    parser = argparse.ArgumentParser(prog="helm")
    commands = parser.add_subparsers(required=True)

    command = commands.add_parser("version")
    command.add_argument("--short", action="store_true")
    command.set_defaults(run=lambda _: print(f"{helm.helm_sdk_version()}+gtest"))

    command = commands.add_parser("template")
    command.add_argument("names", nargs="+")
    command.add_argument("-f", "--values", action="append", default=[])
    command.add_argument("--api-versions", action="append", default=[])
    for flag in ("--kube-version", "--name-template"):
        command.add_argument(flag)
    command.add_argument("--namespace", default="default")
    for flag in ("--generate-name", "--include-crds", "--skip-tests", "--no-hooks", "--debug", "--devel"):
        command.add_argument(flag, action="store_true")
    command.set_defaults(run=template)

    command = commands.add_parser("pull")
    command.add_argument("chart")
    for flag in ("--untardir", "--repo", "--version"):
        command.add_argument(flag)
    for flag in ("--untar", "--devel"):
        command.add_argument(flag, action="store_true")
    command.set_defaults(run=pull)

    command = commands.add_parser("package")
    command.add_argument("chart")
    for flag in ("--destination", "--version"):
        command.add_argument(flag)
    command.set_defaults(run=package)

    command = commands.add_parser("index")
    command.add_argument("directory")
    command.add_argument("--url")
    command.set_defaults(run=index)
    return parser.parse_args()


def main():
    args = arguments()
    try:
        args.run(args)
    except (helm.HelmError, OSError) as error:
        sys.exit(f"Error: {error}")


main()
