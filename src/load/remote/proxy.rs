//! Which proxy a request goes through: as `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY` say, the way Go reads them.

use std::net::IpAddr;

/// The URL of the proxy for a request; `None` to go directly.
///
/// `variable` looks a variable of the environment up. Upper case wins over lower case, and the own machine is never
/// reached through a proxy.
pub(super) fn proxy_for(scheme: &str, authority: &str, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
    let either = |name: &str| variable(name).or_else(|| variable(&name.to_lowercase())).filter(|text| !text.is_empty());
    let proxy = either(if scheme == "https" { "HTTPS_PROXY" } else { "HTTP_PROXY" })?;
    let default_port = if scheme == "https" { "443" } else { "80" };
    let (host, port) = split_port(authority);
    let host = host.trim_end_matches('.').to_lowercase();
    let address = host.parse::<IpAddr>().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return None;
    }
    let exempt = either("NO_PROXY").unwrap_or_default();
    let target = Target { host: &host, address, port: port.unwrap_or(default_port) };
    let direct = exempt.split(',').any(|rule| target.fits(&rule.trim().to_lowercase()));
    (!direct).then_some(proxy)
}

/// Where a request goes to.
struct Target<'a> {
    host: &'a str,
    address: Option<IpAddr>,
    port: &'a str,
}

impl Target<'_> {
    /// Whether an entry of `NO_PROXY` means this target: `*`, a network, an address, a domain with those below it, or
    /// (with a leading dot) only those below it; each but the first two with a port or without.
    fn fits(&self, rule: &str) -> bool {
        if rule == "*" {
            return true;
        }
        if let Some((network, bits)) = rule.split_once('/') {
            let (network, bits) = (network.parse::<IpAddr>().ok(), bits.parse::<u32>().ok());
            return network.zip(bits).zip(self.address).is_some_and(|((network, bits), own)| holds(network, bits, own));
        }
        let (name, port) = split_port(rule);
        if name.is_empty() || port.is_some_and(|port| port != self.port) {
            return false;
        }
        if let Ok(address) = name.parse::<IpAddr>() {
            return self.address == Some(address);
        }
        let name = name.strip_prefix('*').filter(|rest| rest.starts_with('.')).unwrap_or(name);
        match name.strip_prefix('.') {
            Some(domain) => self.is_below(domain),
            None => self.host == name || self.is_below(name),
        }
    }

    fn is_below(&self, domain: &str) -> bool {
        self.host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
    }
}

/// Splits `host:port`; brackets around an IPv6 address are taken off.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    if let Some((address, rest)) = authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        return (address, rest.strip_prefix(':').filter(|port| !port.is_empty()));
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, Some(port).filter(|port| !port.is_empty())),
        _ => (authority, None),
    }
}

/// Whether a network of so many leading bits holds the address.
fn holds(network: IpAddr, bits: u32, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(network), IpAddr::V4(address)) if bits <= 32 => {
            (network.to_bits() ^ address.to_bits()).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(network), IpAddr::V6(address)) if bits <= 128 => {
            (network.to_bits() ^ address.to_bits()).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(url: &str, exempt: &str) -> Option<String> {
        let (scheme, authority) = url.split_once("://").unwrap();
        proxy_for(scheme, authority, |name| match name {
            "HTTPS_PROXY" => Some("http://secure:1".into()),
            "http_proxy" => Some("http://plain:2".into()),
            "NO_PROXY" => Some(exempt.into()),
            _ => None,
        })
    }

    #[test]
    fn the_scheme_chooses_the_proxy() {
        assert_eq!(proxy("https://example.com", "").as_deref(), Some("http://secure:1"));
        assert_eq!(proxy("http://example.com", "").as_deref(), Some("http://plain:2"));
    }

    #[test]
    fn the_own_machine_is_reached_directly() {
        for url in ["http://localhost:80", "http://127.0.0.1", "https://[::1]:8443"] {
            assert_eq!(proxy(url, ""), None, "{url}");
        }
    }

    #[test]
    fn no_proxy_names_hosts_domains_and_networks() {
        let direct = |url: &str, exempt: &str| proxy(url, exempt).is_none();
        assert!(direct("https://git.example.com", "other, example.com"));
        assert!(direct("https://example.com:8443", "example.com:8443"));
        assert!(!direct("https://example.com", "example.com:8443"));
        assert!(!direct("https://badexample.com", "example.com"));
        assert!(direct("https://git.example.com", ".example.com") && direct("https://a.b", "*.b"));
        assert!(!direct("https://example.com", ".example.com"));
        assert!(direct("https://anything", "*"));
        assert!(direct("https://10.1.2.3", "10.0.0.0/8") && !direct("https://11.1.2.3", "10.0.0.0/8"));
        assert!(direct("https://[fd00::1]", "fd00::/16") && direct("https://10.1.2.3", "10.1.2.3"));
        assert!(direct("https://10.1.2.3", "0.0.0.0/0") && !direct("https://10.1.2.3", "10.0.0.0/33"));
    }
}
