use std::net::IpAddr;

use runtime_types::{Description, Format, Trigger};

use crate::host::grants::{Grants, Policy, secrets};
use crate::text::left_of;

const FORMATS: [(Format, &str); 9] = [
    (Format::Url, "url"),
    (Format::HostPort, "host-port"),
    (Format::Host, "host"),
    (Format::Azure, "azure"),
    (Format::Libpq, "libpq"),
    (Format::GoMysqlDsn, "go-mysql-dsn"),
    (Format::Mongodb, "mongodb"),
    (Format::Amqp, "amqp"),
    (Format::Ado, "ado"),
];

const LONGEST_ADDRESS: usize = "0000:0000:0000:0000:0000:ffff:255.255.255.255".len();

/// Connection strings, in all formats: a host that is granted stands in the string (or is what the
/// format stands for without one), and so does what is kept from being shown.
pub fn connection(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    for (format, name) in FORMATS {
        let trigger = Trigger {
            trigger_type: "x".into(),
            metadata: [("endpoint".to_string(), text.to_string())].into(),
            ..Trigger::default()
        };
        let described = Grants::of(&description(name), &trigger, &Policy::default());
        for host in hosts(&described.describe_hosts()) {
            assert!(
                stands_in(&host, text) || is_implied(&host, format, text),
                "{name}: {host:?} is not in {text:?}"
            );
        }
        for secret in secrets(format, text) {
            assert!(
                left_of(&secret, text),
                "{name}: {secret:?} is not in {text:?}"
            );
        }
    }
}

fn description(format: &str) -> Description {
    let json = format!(
        r#"{{"schema":1,"name":"x","types":[{{"type":"x","parameters":[{{"names":["endpoint"],
        "kind":"string","sources":["triggerMetadata"],"roles":["endpoint"],"format":"{format}"}}]}}]}}"#
    );
    Description::parse(json.as_bytes()).expect("it is a description")
}

/// The hosts of a description for people, without their ports. A host that holds the separator
/// comes in pieces, each of which must stand in the string, too.
fn hosts(described: &str) -> Vec<String> {
    let all = described.split(", ").filter(|_| described != "none");
    all.map(|one| {
        let without_port = match one.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => host,
            _ => one,
        };
        match one.parse::<IpAddr>() {
            Ok(_) => one.to_string(),
            Err(_) => without_port.trim_matches(['[', ']']).to_string(),
        }
    })
    .collect()
}

fn stands_in(host: &str, text: &str) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        // It may be written longer than it is shown.
        return addresses(text).any(|a| a.to_canonical() == address) || left_of(host, text);
    }
    left_of(host, &text.to_ascii_lowercase())
}

/// All addresses that any part of the text would be.
fn addresses(text: &str) -> impl Iterator<Item = IpAddr> {
    let words = text.split(|c: char| !(c.is_ascii_hexdigit() || ".:".contains(c)));
    words.flat_map(|word| {
        let starts = 0..word.len();
        starts.flat_map(move |start| {
            let ends = start + 1..=word.len().min(start + LONGEST_ADDRESS);
            ends.filter_map(move |end| word[start..end].parse().ok())
        })
    })
}

/// What a format stands for without naming it.
fn is_implied(host: &str, format: Format, text: &str) -> bool {
    match format {
        Format::GoMysqlDsn => host == "127.0.0.1",
        Format::Azure => {
            let suffix = ".core.windows.net";
            let account = host.strip_suffix(suffix).and_then(|h| h.rsplit_once('.'));
            let service = |name: &str| ["blob", "queue", "table", "file"].contains(&name);
            let of_account = account.is_some_and(|(account, kind)| {
                service(kind) && left_of(account, &text.to_ascii_lowercase())
            });
            let own_suffix = ["blob", "queue", "table", "file"].iter().any(|kind| {
                host.split_once(&format!(".{kind}."))
                    .is_some_and(|(account, suffix)| {
                        let text = text.to_ascii_lowercase();
                        text.contains(account) && text.contains(suffix)
                    })
            });
            host == "127.0.0.1" || of_account || own_suffix
        }
        _ => false,
    }
}
