use crate::check::schemas::Format;

/// The release from which on names of Services may begin with a digit.
const RELAXED_SERVICE_NAMES: u32 = 35;

/// The form of the names of a type, and how long they may be; nothing where any name will do.
pub(super) fn form(group: &str, kind: &str, minor: u32) -> Option<(Format, usize)> {
    let form = match (group, kind) {
        ("", "Namespace") => Format::DnsLabel,
        ("", "Service") if minor < RELAXED_SERVICE_NAMES => Format::OldDnsLabel,
        ("", "Service") => Format::DnsLabel,
        ("rbac.authorization.k8s.io", _) => Format::PathSegment,
        ("certificates.k8s.io", _) => return None,
        ("networking.k8s.io", "IPAddress") => return None,
        _ => Format::DnsSubdomain,
    };
    // The Jobs of a CronJob get eleven characters more.
    let most = if (group, kind) == ("batch", "CronJob") { 52 } else { 253 };
    Some((form, most))
}
