use std::net::Ipv4Addr;
use std::path::Path;

use runtime_types::{Description, Trigger};

use crate::host::grants::{Grants, HostPattern, Policy};
use crate::text::pairs;

/// Nobody's.
const FOREIGN: &str = "foreign.invalid";

/// A description's templates and a trigger's parameters, `NAME=VALUE` a line: `template`, `asks`
/// (hosts the component asks for), `grants` (hosts the operator grants), `root` (folders the operator
/// grants); all others are the trigger's. Nothing is reachable that neither the trigger names nor
/// both component and operator do.
pub fn trigger(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let mut description = description();
    let mut policy = Policy::default();
    let mut trigger = Trigger {
        trigger_type: "x".into(),
        ..Trigger::default()
    };
    for (name, value) in pairs(text) {
        match name.as_str() {
            "template" => description.types[0].endpoints.push(value),
            "asks" => description.hosts.push(value),
            "grants" => policy.hosts.push(HostPattern::new(&value)),
            "root" => policy.directories.push(value.into()),
            _ => {
                trigger.metadata.insert(name, value);
            }
        }
    }
    let grants = Grants::of(&description, &trigger, &policy);

    for host in [FOREIGN, "localhost", "a.example.net"] {
        let allowed = grants.allow_host(host, 443);
        assert!(
            !allowed || grants.allow_lookup(host),
            "{host}: reachable, but not to be looked up"
        );
        let granted = policy.hosts.iter().any(|p| p.matches(host));
        let named = text.to_ascii_lowercase().contains(host);
        assert!(!allowed || granted || named, "{host} is granted by nobody");
    }
    for asked in &description.hosts {
        let asked = HostPattern::new(asked);
        for granted in policy.hosts.iter().filter(|granted| granted.covers(&asked)) {
            let below = asked.to_string().replacen('*', FOREIGN, 1);
            assert!(
                !asked.matches(&below) || granted.matches(&below),
                "{granted} for {asked}"
            );
        }
    }
    assert!(!grants.allow_address(Ipv4Addr::new(169, 254, 169, 254).into()));
    for path in trigger
        .metadata
        .values()
        .map(Path::new)
        .chain([Path::new("/")])
    {
        if let Some(granted) = grants.directory(path) {
            assert!(
                policy
                    .directories
                    .iter()
                    .any(|root| granted.starts_with(root))
            );
            let parent = std::path::Component::ParentDir;
            assert!(
                path.components().all(|part| part != parent),
                "{path:?} leads out"
            );
            assert!(path.starts_with(granted));
        }
    }
}

fn description() -> Description {
    let parameter = |name: &str, more: &str| {
        format!(r#"{{"names":["{name}"],"kind":"string","sources":["triggerMetadata"]{more}}}"#)
    };
    let endpoint = |format: &str| format!(r#","roles":["endpoint"],"format":"{format}""#);
    let parameters = [
        parameter("url", &endpoint("url")),
        parameter("addresses", &endpoint("host-port")),
        parameter("connection", &endpoint("azure")),
        parameter("directory", r#","roles":["directory"]"#),
        parameter("unsafeSsl", r#","roles":["tls-skip-verify"]"#),
        parameter("host", ""),
        parameter("port", r#","default":"9""#),
    ];
    let json = format!(
        r#"{{"schema":1,"name":"x","types":[{{"type":"x","parameters":[{}]}}]}}"#,
        parameters.join(",")
    );
    Description::parse(json.as_bytes()).expect("it is a description")
}
