//! Files over HTTP.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use base64::Engine;
use ureq::http::Response;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, Proxy};

use super::proxy::proxy_for;
use crate::diagnostics::{Code, Error};

/// Gets files; connections and certificates are kept between them. Nothing is opened or read before the first one.
#[derive(Debug, Default)]
pub(super) struct Client {
    direct: OnceLock<Agent>,
    proxied: OnceLock<Agent>,
    proxied_tls: OnceLock<Agent>,
}

/// Why a file could not be had.
#[derive(Debug, Clone)]
pub(in crate::load) struct Refusal {
    /// What to say.
    pub error: Error,
    /// Whether the server has answered, with a status other than success. What a URL like this names then is no file,
    /// and only a repository can be meant.
    pub answered: bool,
}

/// As many as Go follows.
const MOST_REDIRECTS: usize = 10;

/// How long to wait for a server to take a connection, to answer, or to go on with what it began to say.
const PATIENCE: Duration = Duration::from_secs(27);

impl Client {
    /// The bytes at a URL, through redirects and proxies.
    pub fn get(&self, url: &str) -> Result<Vec<u8>, Refusal> {
        let refuse = |answered: bool, reason: String| {
            let shown = super::without_credentials(url);
            let error = Error::new(Code::Fetch, format!("cannot fetch {shown}: {reason}"));
            let error = match reason.contains("UnknownIssuer") {
                true => {
                    error.help("name the certificate of your own authority in SSL_CERT_FILE, or add it to the system's")
                }
                false => error,
            };
            Refusal { error, answered }
        };
        let mut url = url.to_owned();
        for _ in 0..=MOST_REDIRECTS {
            let request = Request::parse(&url).ok_or_else(|| refuse(false, "the URL has no host".to_owned()))?;
            let mut response = self.send(&request).map_err(|error| refuse(false, reason(&error)))?;
            if let Some(location) = redirect(&response) {
                url = request.resolve(location);
                continue;
            }
            let status = response.status();
            if !status.is_success() {
                return Err(refuse(true, format!("the server answered {status}")));
            }
            let body = response.body_mut().with_config().limit(u64::MAX).read_to_vec();
            return body.map_err(|error| refuse(false, reason(&error)));
        }
        Err(refuse(false, format!("more than {MOST_REDIRECTS} redirects")))
    }

    fn send(&self, request: &Request) -> Result<Response<Body>, ureq::Error> {
        let proxy = proxy_for(request.scheme, request.authority, |name| std::env::var(name).ok());
        let agent = match (&proxy, request.scheme) {
            (None, _) => &self.direct,
            (Some(_), "https") => &self.proxied_tls,
            (Some(_), _) => &self.proxied,
        };
        let proxy = proxy.map(|url| Proxy::new(&url)).transpose()?;
        let mut get = agent.get_or_init(|| agent_through(proxy)).get(request.url());
        if let Some(credentials) = request.credentials() {
            get = get.header("Authorization", credentials);
        }
        get.call()
    }
}

fn agent_through(proxy: Option<Proxy>) -> Agent {
    let tls = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .root_certs(RootCerts::PlatformVerifier)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .build();
    Agent::config_builder()
        .tls_config(tls)
        .proxy(proxy)
        .user_agent(concat!("rustomize/", env!("CARGO_PKG_VERSION")))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        .build()
        .new_agent()
}

/// Where a response sends us on to.
fn redirect(response: &Response<Body>) -> Option<&str> {
    let moved = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    response.headers().get("location").filter(|_| moved)?.to_str().ok().filter(|location| !location.is_empty())
}

fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::Io(error) => error.to_string(),
        other => other.to_string(),
    }
}

/// The parts of a URL.
struct Request<'a> {
    scheme: &'static str,
    user: Option<&'a str>,
    authority: &'a str,
    /// Path and query.
    rest: &'a str,
}

impl Request<'_> {
    fn parse(url: &str) -> Option<Request<'_>> {
        let (scheme, rest) = url.split_once("://")?;
        let scheme = ["http", "https"].into_iter().find(|known| scheme.eq_ignore_ascii_case(known))?;
        let (authority, rest) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (user, authority) = match authority.rsplit_once('@') {
            Some((user, authority)) => (Some(user), authority),
            None => (None, authority),
        };
        (!authority.is_empty()).then_some(Request { scheme, user, authority, rest })
    }

    /// The URL without credentials. Characters that URLs cannot have are escaped; that goes for `#` too, since what
    /// follows it is part of the path here.
    fn url(&self) -> String {
        let slash = if self.rest.starts_with('/') { "" } else { "/" };
        let mut url = format!("{}://{}{slash}", self.scheme, self.authority);
        for byte in self.rest.bytes() {
            match byte {
                b'!'..=b'~' if !br##""#<>\^`{|}"##.contains(&byte) => url.push(byte.into()),
                _ => url.push_str(&format!("%{byte:02X}")),
            }
        }
        url
    }

    /// The header for the user and password that the URL holds.
    fn credentials(&self) -> Option<String> {
        let (name, password) = self.user.map(|user| user.split_once(':').unwrap_or((user, "")))?;
        let plain = [&unescape(name)[..], b":", &unescape(password)].concat();
        Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(plain)))
    }

    /// The URL that a redirect leads to.
    fn resolve(&self, location: &str) -> String {
        let Request { scheme, authority, rest, .. } = self;
        if location.contains("://") {
            location.to_owned()
        } else if location.starts_with("//") {
            format!("{scheme}:{location}")
        } else if location.starts_with('/') {
            format!("{scheme}://{authority}{location}")
        } else {
            let path = rest.split('?').next().unwrap_or_default();
            let directory = &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
            let slash = if directory.is_empty() { "/" } else { "" };
            format!("{scheme}://{authority}{directory}{slash}{location}")
        }
    }
}

/// Takes `%XX` for a byte where it is one.
fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let digits = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_escaped_and_lose_their_credentials() {
        let url = |url: &str| Request::parse(url).map(|request| request.url());
        assert_eq!(url("HTTPS://me:pw@host:8/a b/ä.yaml").as_deref(), Some("https://host:8/a%20b/%C3%A4.yaml"));
        assert_eq!(url("http://host").as_deref(), Some("http://host/"));
        assert_eq!(url("http://host?a=%20#x").as_deref(), Some("http://host/?a=%20%23x"));
        assert_eq!((url("http:///a"), url("http:a"), url("ftp://a/b")), (None, None, None));
    }

    #[test]
    fn credentials_of_the_url_become_a_header() {
        let credentials = |url: &str| Request::parse(url).unwrap().credentials();
        assert_eq!(credentials("https://me:p%40ss@h/").as_deref(), Some("Basic bWU6cEBzcw=="));
        assert_eq!(credentials("https://token@h/").as_deref(), Some("Basic dG9rZW46"));
        assert_eq!(credentials("https://h/a@b"), None);
    }

    #[test]
    fn redirects_are_seen_from_the_request() {
        let resolve = |location: &str| Request::parse("http://me@h:1/a/b?c=/d").unwrap().resolve(location);
        assert_eq!(resolve("https://x/y"), "https://x/y");
        assert_eq!(resolve("//x/y"), "http://x/y");
        assert_eq!(resolve("/y"), "http://h:1/y");
        assert_eq!(resolve("y"), "http://h:1/a/y");
    }
}
