use crate::check::rule::declare_rules;

declare_rules! { ALL of Manifests:
    /// Kubernetes has no such type: the kind or its `apiVersion` is misspelt, or the release is too old for it. Types that
    /// are not Kubernetes' own are known by their CustomResourceDefinitions, from the build or from `--crds`; where a group
    /// has none of these, its types are left alone.
    UNKNOWN_TYPE = "unknown-type" Error "a type that the release does not have",
    /// The release does not serve this version of the type any more: what is applied is refused. `--kube-version` says which
    /// release it is.
    REMOVED_API = "removed-api" Error "a version of a type that the release has no more",
    /// The version of the type is still served, and a later release will not have it.
    DEPRECATED_API = "deprecated-api" Warning "a version of a type that is deprecated",
    /// The type has no such field: it is misspelt, or stands in the wrong place. The API drops it, and strict clients refuse
    /// it.
    FIELD = "schema-field" Error "a field that the type does not have",
    /// A number where a text is expected, a list for a mapping, and so on. In YAML, quotes make a text of what would be a
    /// number or a boolean.
    TYPE = "schema-type" Error "a value of the wrong type",
    /// A field that has to be there is not.
    REQUIRED = "schema-required" Error "a required field that is missing",
    /// The field takes some values and no others. Case matters.
    VALUE = "schema-value" Error "a value that the field does not take",
    /// The text does not fit the regular expression that its CustomResourceDefinition demands.
    PATTERN = "schema-pattern" Error "a text that does not fit its pattern",
    /// A number that is too small or too large, or a text, list or mapping that is too short or too long.
    BOUNDS = "schema-bounds" Error "a value out of its bounds",
    /// The text or number has not the form that the field takes: base64, a moment, a key of a ConfigMap, permissions of a
    /// file, a number of 32 bits.
    FORMAT = "schema-format" Error "a value of the wrong form",
    /// A CustomResourceDefinition can demand that a value is like one of several schemas, like exactly one, or unlike one.
    ALTERNATIVE = "schema-alternative" Error "a value that is like none of its alternatives, or like too many",
    /// Items of many lists have names, or several fields that tell them apart: containers, ports, mounts, variables. When
    /// two are the same, the API refuses them, or one of them is lost when they are merged or applied.
    DUPLICATE = "duplicate-item" Error "two items of a list that are called the same",
    /// Objects, containers and volumes have names that become parts of names of DNS.
    NAME = "invalid-name" Error "a name that Kubernetes refuses",
    /// Labels and annotations have keys of a name, after a domain and `/` perhaps. Values of labels are short and plain.
    LABEL = "invalid-label" Error "a label or the key of an annotation that Kubernetes refuses",
    /// Ports have numbers from 1 to 65535 and names of at most 15 characters.
    PORT = "invalid-port" Error "a port that Kubernetes refuses",
    /// Amounts are numbers with a unit of Kubernetes': `100m`, `1.5`, `2Gi`, not `2GB`.
    QUANTITY = "invalid-quantity" Error "an amount that Kubernetes does not understand",
    /// A container cannot ask for more than it may have.
    REQUEST = "request-above-limit" Error "a request that is above its limit",
}
