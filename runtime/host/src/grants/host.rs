use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A host and the port at which it may be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an address without brackets, in lower case.
    pub host: String,
    /// `None`: any.
    pub port: Option<u16>,
}

impl HostPort {
    pub(crate) fn new(host: &str, port: Option<u16>) -> Self {
        Self {
            host: normal(host),
            port,
        }
    }

    /// Whether this names `host` and, where one is asked for, `port`.
    pub fn allows(&self, host: &str, port: Option<u16>) -> bool {
        let same_port = match (self.port, port) {
            (Some(mine), Some(asked)) => mine == asked,
            _ => true,
        };
        same_port && self.host == normal(host)
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) if self.host.contains(':') => write!(f, "[{}]:{port}", self.host),
            Some(port) => write!(f, "{}:{port}", self.host),
            None => f.write_str(&self.host),
        }
    }
}

/// Host names: one, or with `*.` before it all names below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPattern(String);

impl HostPattern {
    /// `name` or `*.name`.
    pub fn new(pattern: &str) -> Self {
        Self(normal(pattern))
    }

    /// Whether `host` is one of the names.
    pub fn matches(&self, host: &str) -> bool {
        let host = normal(host);
        match self.0.strip_prefix('*') {
            // The dot stays in the suffix: the bare domain is not below itself.
            Some(suffix) if suffix.starts_with('.') => {
                host.len() > suffix.len() && host.ends_with(suffix)
            }
            _ => host == self.0,
        }
    }

    /// Whether everything that `other` matches is matched by this, too.
    pub fn covers(&self, other: &HostPattern) -> bool {
        // A wildcard is covered when a name that nobody could have foreseen below it is.
        let representative = other.0.replacen('*', "any", 1);
        let wildcards_agree = self.0.starts_with('*') || !other.0.starts_with('*');
        self == other || (wildcards_agree && self.matches(&representative))
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower case, without brackets and without the root's dot; addresses in their shortest form.
fn normal(host: &str) -> String {
    let bare = host.trim().trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().to_string(),
        Err(_) => bare.trim_end_matches('.').to_ascii_lowercase(),
    }
}

/// 169.254.0.0/16 and fe80::/10, mapped forms included, and the IPv6 address of AWS' metadata
/// server.
pub(crate) fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => {
            v6.is_unicast_link_local() || v6 == Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_case_brackets_and_the_roots_dot() {
        assert!(HostPort::new("[::1]", Some(1)).allows("0:0:0:0:0:0:0:1", Some(1)));
        assert!(HostPort::new("Example.Net.", None).allows("example.net", Some(9)));
        assert!(!HostPort::new("example.net", Some(9)).allows("example.net", Some(8)));
    }

    #[test]
    fn a_pattern_covers_only_narrower_ones() {
        let wide = HostPattern::new("*.example.net");
        assert!(wide.covers(&HostPattern::new("a.example.net")));
        assert!(wide.covers(&HostPattern::new("*.a.example.net")));
        assert!(wide.covers(&wide));
        assert!(!wide.covers(&HostPattern::new("*.net")));
        assert!(!HostPattern::new("a.example.net").covers(&wide));
        assert!(!HostPattern::new("example.net").covers(&wide));
    }
}
