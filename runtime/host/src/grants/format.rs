//! Finds the hosts in endpoint parameters. What cannot be read names no host: the trigger then
//! reaches nothing, and the component says what is wrong with the text.

use runtime_types::Format;

use super::HostPort;

/// The hosts that `text` names.
pub(super) fn hosts(format: Format, text: &str) -> Vec<HostPort> {
    match format {
        Format::Url | Format::Amqp => list(text, url),
        Format::HostPort => list(text, host_port),
        Format::Host => list(text, |host| Some(HostPort::new(host, None))),
        Format::Azure => azure(text),
        Format::Libpq => libpq(text),
        Format::GoMysqlDsn => go_mysql(text).into_iter().collect(),
        Format::Mongodb => mongodb(text),
        Format::Ado => ado(text),
    }
}

fn list(text: &str, parse: impl Fn(&str) -> Option<HostPort>) -> Vec<HostPort> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .filter_map(parse)
        .collect()
}

/// `host`, `host:port`, `[v6]:port`.
fn host_port(text: &str) -> Option<HostPort> {
    let (host, port) = match text.rsplit_once(':') {
        // A bare IPv6 address has colons, and none of them begins a port.
        Some((host, _)) if host.contains(':') && !host.ends_with(']') => (text, None),
        Some((host, port)) => (host, Some(port.parse().ok()?)),
        None => (text, None),
    };
    (!host.is_empty()).then(|| HostPort::new(host, port))
}

fn default_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "http" | "ws" => 80,
        "https" | "wss" => 443,
        "amqp" => 5672,
        "amqps" => 5671,
        "redis" | "rediss" => 6379,
        "nats" | "tls" => 4222,
        "postgres" | "postgresql" => 5432,
        "mysql" => 3306,
        "mongodb" => 27017,
        _ => return None,
    })
}

fn url(text: &str) -> Option<HostPort> {
    let (scheme, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let mut found = host_port(host)?;
    if found.port.is_none() {
        found.port = default_port(&scheme.to_ascii_lowercase());
    }
    Some(found)
}

/// The pairs of `key=value;key=value`, keys in lower case without spaces.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (String, &str)> {
    text.split(';').filter_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        Some((
            key.trim().to_ascii_lowercase().replace(' ', ""),
            value.trim(),
        ))
    })
}

fn azure(text: &str) -> Vec<HostPort> {
    let value = |key: &str| pairs(text).find(|(k, _)| k == key).map(|(_, v)| v);
    let mut found: Vec<HostPort> = pairs(text)
        .filter(|(key, _)| key.ends_with("endpoint"))
        .filter_map(|(_, endpoint)| url(endpoint))
        .map(|endpoint| HostPort {
            // Service Bus: `sb://` stands for AMQP, AMQP over web sockets and HTTPS alike.
            port: endpoint.port.filter(|_| !text.contains("sb://")),
            ..endpoint
        })
        .collect();
    if let Some(account) = value("accountname") {
        let suffix = value("endpointsuffix").unwrap_or("core.windows.net");
        for service in ["blob", "queue", "table", "file"] {
            found.push(HostPort::new(
                &format!("{account}.{service}.{suffix}"),
                None,
            ));
        }
    }
    if value("usedevelopmentstorage").is_some_and(|v| v.eq_ignore_ascii_case("true")) {
        found.push(HostPort::new("127.0.0.1", None));
    }
    found
}

fn libpq(text: &str) -> Vec<HostPort> {
    if let Some((scheme, rest)) = text.split_once("://") {
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        let hosts = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
        return list(hosts, |host| {
            let mut found = host_port(host)?;
            found.port = found.port.or_else(|| default_port(scheme));
            Some(found)
        });
    }
    let words = libpq_words(text);
    let values = |key: &str| -> Vec<&str> {
        words
            .iter()
            .filter(|(k, _)| k == key)
            .flat_map(|(_, v)| v.split(','))
            .collect()
    };
    let ports = values("port");
    let hosts = values("host").into_iter().enumerate();
    let addresses = values("hostaddr").into_iter().enumerate();
    hosts
        .chain(addresses)
        .filter(|(_, host)| !host.is_empty())
        .map(|(i, host)| {
            // One port serves all hosts; otherwise they stand in pairs.
            let port = ports.get(i).or_else(|| ports.first());
            HostPort::new(
                host,
                Some(port.and_then(|p| p.parse().ok()).unwrap_or(5432)),
            )
        })
        .collect()
}

/// `key=value key='a value'` with `\` before a literal character.
pub(super) fn libpq_words(text: &str) -> Vec<(String, String)> {
    let mut words = Vec::new();
    let mut characters = text.chars().peekable();
    loop {
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
        let mut key = String::new();
        while let Some(c) = characters.next_if(|c| *c != '=') {
            key.push(c);
        }
        if characters.next().is_none() {
            return words;
        }
        while characters.next_if(|c| c.is_whitespace()).is_some() {}
        let quoted = characters.next_if_eq(&'\'').is_some();
        let mut value = String::new();
        while let Some(c) = characters.next() {
            match c {
                '\\' => value.extend(characters.next()),
                '\'' if quoted => break,
                c if !quoted && c.is_whitespace() => break,
                c => value.push(c),
            }
        }
        words.push((key.trim().to_string(), value));
    }
}

/// `user:password@tcp(host:port)/database`; the password may hold anything.
fn go_mysql(text: &str) -> Option<HostPort> {
    let before_database = text.rsplit_once('/').map_or(text, |(before, _)| before);
    let address = before_database
        .rsplit_once('@')
        .map_or(before_database, |(_, address)| address);
    let (network, rest) = address.split_once('(').unwrap_or(("tcp", ""));
    let inner = rest.strip_suffix(')').unwrap_or(rest);
    if !network.starts_with("tcp") {
        return None;
    }
    let mut found = host_port(if inner.is_empty() { "127.0.0.1" } else { inner })?;
    found.port = found.port.or(Some(3306));
    Some(found)
}

fn mongodb(text: &str) -> Vec<HostPort> {
    let Some((scheme, rest)) = text.split_once("://") else {
        return Vec::new();
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let hosts = authority.rsplit_once('@').map_or(authority, |(_, h)| h);
    list(hosts, |host| {
        let mut found = host_port(host)?;
        // With +srv the name announces hosts and ports of its own.
        let default = (scheme == "mongodb").then_some(27017);
        found.port = found.port.or(default);
        Some(found)
    })
}

fn ado(text: &str) -> Vec<HostPort> {
    let keys = ["server", "datasource", "address", "addr", "networkaddress"];
    pairs(text)
        .filter(|(key, _)| keys.contains(&key.as_str()))
        .filter_map(|(_, value)| {
            let value = value.strip_prefix("tcp:").unwrap_or(value);
            let (host, port) = match value.split_once([',', ':']) {
                Some((host, port)) => (host, port.trim().parse().ok()?),
                None => (value, 1433),
            };
            // A named instance is found through the server's browser, at any port.
            match host.split_once('\\') {
                Some((host, _)) => Some(HostPort::new(host, None)),
                None => Some(HostPort::new(host, Some(port))),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(format: Format, text: &str) -> Vec<String> {
        hosts(format, text)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    #[test]
    fn each_format_yields_its_hosts() {
        let cases: &[(Format, &str, &[&str])] = &[
            (Format::Url, "http://u:p@h:8080/x?y=http://z", &["h:8080"]),
            (Format::Url, "https://[::1]/x", &["[::1]:443"]),
            (Format::Url, "h:8080/x", &[]),
            (Format::HostPort, "a:1, b:2,c", &["a:1", "b:2", "c"]),
            (Format::HostPort, "[::1]:6379", &["[::1]:6379"]),
            (Format::HostPort, "::1", &["::1"]),
            (Format::HostPort, "a:port", &[]),
            (Format::Host, "a,b", &["a", "b"]),
            (Format::Amqp, "amqps://u:p%40@h/vhost", &["h:5671"]),
            (
                Format::Azure,
                "Endpoint=sb://n.servicebus.windows.net/;SharedAccessKeyName=k;SharedAccessKey=s=",
                &["n.servicebus.windows.net"],
            ),
            (
                Format::Azure,
                "BlobEndpoint=http://127.0.0.1:10000/app;AccountKey=k",
                &["127.0.0.1:10000"],
            ),
            (
                Format::Libpq,
                "host=db port=5433 user=u password='a b host=x'",
                &["db:5433"],
            ),
            (
                Format::Libpq,
                "postgresql://u:p@a:1,b/db",
                &["a:1", "b:5432"],
            ),
            (
                Format::GoMysqlDsn,
                "u:p@ss/w(o)rd@tcp(db:3307)/orders",
                &["db:3307"],
            ),
            (Format::GoMysqlDsn, "u:p@unix(/tmp/s)/orders", &[]),
            (
                Format::Mongodb,
                "mongodb://u:p@a:1,b/db?x=y",
                &["a:1", "b:27017"],
            ),
            (
                Format::Mongodb,
                "mongodb+srv://c.example.net/db",
                &["c.example.net"],
            ),
            (
                Format::Ado,
                "Server=tcp:db.example.net,1444;Database=x;Password=Server=y",
                &["db.example.net:1444"],
            ),
            (Format::Ado, r"Data Source=db\named;Database=x", &["db"]),
        ];
        for (format, text, expected) in cases {
            assert_eq!(&found(*format, text), expected, "{format:?} {text}");
        }
    }

    #[test]
    fn a_storage_account_stands_for_its_four_services() {
        let hosts = found(
            Format::Azure,
            "AccountName=app;AccountKey=k==;EndpointSuffix=core.chinacloudapi.cn",
        );
        assert_eq!(hosts.len(), 4);
        assert!(hosts.contains(&"app.queue.core.chinacloudapi.cn".to_string()));
    }

    #[test]
    fn no_text_makes_a_parser_panic_or_hang() {
        let pieces = [
            "a", "=", ";", ",", ":", "//", "@", "(", ")", "'", "\\", "[", "]", " ", "é", "host",
            "://", "/",
        ];
        let formats = [
            Format::Url,
            Format::HostPort,
            Format::Host,
            Format::Azure,
            Format::Libpq,
            Format::GoMysqlDsn,
            Format::Mongodb,
            Format::Amqp,
            Format::Ado,
        ];
        let mut seed = 1_u64;
        for _ in 0..20_000 {
            let mut text = String::new();
            for _ in 0..12 {
                // A linear congruential step: repeatable without a dependency.
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                text.push_str(pieces[usize::try_from(seed >> 33).unwrap() % pieces.len()]);
            }
            for format in formats {
                let _ = hosts(format, &text);
            }
        }
    }
}
