//! What a trigger may reach: the hosts that its own endpoint parameters name, what the component
//! asks for and the operator grants, the directories its parameters name, and what it may read of the
//! cluster.

mod format;
mod host;
mod secret;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use runtime_types::{
    Description, Format, KubeAccess, Parameter, Role, Source, Trigger, TriggerType,
};
use secrecy::{ExposeSecret, SecretString};

pub(crate) use host::is_link_local;
pub use host::{HostPattern, HostPort};
pub(crate) use secret::secrets;

/// What the operator of this machine or cluster allows beyond the triggers' own endpoints.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Hosts that components may have when they ask for them in their description.
    pub hosts: Vec<HostPattern>,
    /// Folders below which triggers may read directories that their parameters name.
    pub directories: Vec<PathBuf>,
    /// Whether link-local addresses (169.254.0.0/16, fe80::/10: cloud metadata servers) may be
    /// reached when an endpoint names them.
    pub link_local: bool,
    /// What may be read of the cluster, each trigger in its own namespace.
    pub kube: BTreeSet<KubeAccess>,
}

/// What one trigger may reach.
#[derive(Debug, Clone, Default)]
pub struct Grants {
    hosts: Vec<HostPort>,
    patterns: Vec<HostPattern>,
    directories: Vec<PathBuf>,
    link_local: bool,
    /// Whether the component asks to count pods, and whether it may.
    pub(crate) asks_for_pods: bool,
    pub(crate) pods: bool,
    /// Names of ConfigMaps that its parameters name, and whether they may be read.
    config_maps: Vec<String>,
    reads_config_maps: bool,
    /// How TLS connections are made for it.
    pub(crate) tls: TlsParameters,
}

/// The parameters with TLS roles, as the trigger gives them.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsParameters {
    pub(crate) ca: Option<SecretString>,
    pub(crate) cert: Option<SecretString>,
    pub(crate) key: Option<SecretString>,
    pub(crate) key_password: bool,
    pub(crate) skip_verify: bool,
}

impl Grants {
    /// The grants of `trigger`, whose type `component` provides.
    pub fn of(component: &Description, trigger: &Trigger, policy: &Policy) -> Self {
        let asks_for_pods = component.kube.contains(&KubeAccess::Pods);
        let mut grants = Self {
            asks_for_pods,
            pods: asks_for_pods && policy.kube.contains(&KubeAccess::Pods),
            reads_config_maps: policy.kube.contains(&KubeAccess::ConfigMaps),
            link_local: policy.link_local,
            patterns: component
                .hosts
                .iter()
                .map(|asked| HostPattern::new(asked))
                .filter(|asked| policy.hosts.iter().any(|granted| granted.covers(asked)))
                .collect(),
            ..Self::default()
        };
        let Some(trigger_type) = component.trigger_type(&trigger.trigger_type) else {
            return grants;
        };
        for parameter in &trigger_type.parameters {
            grants.add_parameter(parameter, trigger, policy);
        }
        for template in &trigger_type.endpoints {
            if let Some(endpoint) = fill(template, trigger_type, trigger) {
                let found = if endpoint.contains("://") {
                    format::hosts(Format::Url, &endpoint)
                } else {
                    format::hosts(Format::HostPort, &endpoint)
                };
                grants.hosts.extend(found);
            }
        }
        grants
    }

    fn add_parameter(&mut self, parameter: &Parameter, trigger: &Trigger, policy: &Policy) {
        let Some(value) = value_of(parameter, trigger) else {
            return;
        };
        let truth = || matches!(value, "1" | "t" | "T" | "TRUE" | "true" | "True");
        for role in &parameter.roles {
            match role {
                Role::Endpoint => {
                    let form = parameter.format.unwrap_or(Format::HostPort);
                    self.hosts.extend(format::hosts(form, value));
                }
                Role::Directory => {
                    let path = Path::new(value);
                    if policy.directories.iter().any(|root| contains(root, path)) {
                        self.directories.push(path.to_path_buf());
                    }
                }
                Role::ConfigMap => self.config_maps.push(value.to_string()),
                Role::TlsCa => self.tls.ca = Some(value.into()),
                Role::TlsCert => self.tls.cert = Some(value.into()),
                Role::TlsKey => self.tls.key = Some(value.into()),
                Role::TlsKeyPassword => self.tls.key_password = true,
                Role::TlsSkipVerify => self.tls.skip_verify |= truth(),
                Role::Secret | Role::Timeout => {}
            }
        }
    }

    /// Whether `host` (a name or an address, in any case) may be asked at `port`.
    pub fn allow_host(&self, host: &str, port: u16) -> bool {
        self.hosts.iter().any(|h| h.allows(host, Some(port)))
            || self.patterns.iter().any(|p| p.matches(host))
    }

    /// Whether `host` may be looked up at all.
    pub fn allow_lookup(&self, host: &str) -> bool {
        self.hosts.iter().any(|h| h.allows(host, None))
            || self.patterns.iter().any(|p| p.matches(host))
    }

    /// Whether an address may be connected to, wherever it came from.
    pub fn allow_address(&self, address: std::net::IpAddr) -> bool {
        self.link_local || !host::is_link_local(address)
    }

    /// The granted directory that `path` is or lies in.
    pub fn directory(&self, path: &Path) -> Option<&Path> {
        self.directories
            .iter()
            .map(PathBuf::as_path)
            .find(|granted| contains(granted, path))
    }

    /// Whether the trigger's parameters name this ConfigMap.
    pub(crate) fn names_config_map(&self, name: &str) -> bool {
        self.config_maps.iter().any(|named| named == name)
    }

    /// Whether values of this ConfigMap may be read.
    pub(crate) fn config_map(&self, name: &str) -> bool {
        self.reads_config_maps && self.names_config_map(name)
    }

    /// Whether any host may be reached at all.
    pub fn reaches_hosts(&self) -> bool {
        !self.hosts.is_empty() || !self.patterns.is_empty()
    }

    /// All of them but TLS as texts, equal for equal grants.
    pub(crate) fn canonical(&self) -> Vec<String> {
        let mut all: Vec<String> = self.hosts.iter().map(|h| format!("host {h}")).collect();
        all.extend(self.patterns.iter().map(|p| format!("pattern {p}")));
        let directories = self.directories.iter();
        all.extend(directories.map(|d| format!("directory {}", d.display())));
        all.push(format!("link-local {}", self.link_local));
        all.push(format!("pods {}", self.pods));
        if self.reads_config_maps {
            let maps = self.config_maps.iter();
            all.extend(maps.map(|name| format!("config-map {name}")));
        }
        all.sort();
        all.dedup();
        all
    }

    /// For messages: what may be reached.
    pub fn describe_hosts(&self) -> String {
        let mut hosts: Vec<String> = self.hosts.iter().map(ToString::to_string).collect();
        hosts.extend(self.patterns.iter().map(ToString::to_string));
        hosts.dedup();
        if hosts.is_empty() {
            return "none".into();
        }
        hosts.join(", ")
    }
}

/// Whether `path` is `root` or lies below it, by its text: no `..` gets out.
fn contains(root: &Path, path: &Path) -> bool {
    let escapes = path
        .components()
        .any(|part| matches!(part, std::path::Component::ParentDir));
    !escapes && path.starts_with(root)
}

/// A parameter's value as KEDA finds it: the first that is not blank, by source, then by name.
pub(crate) fn value_of<'t>(parameter: &'t Parameter, trigger: &'t Trigger) -> Option<&'t str> {
    let in_source = |source: &Source, name: &String| match source {
        Source::TriggerMetadata => trigger.metadata.get(name).map(String::as_str),
        Source::AuthParams => trigger.auth_params.get(name).map(|v| v.expose_secret()),
        Source::ResolvedEnv => trigger
            .metadata
            .get(&format!("{name}FromEnv"))
            .and_then(|variable| trigger.resolved_env.get(variable.trim()))
            .map(|v| v.expose_secret()),
    };
    parameter
        .sources
        .iter()
        .flat_map(|source| {
            parameter
                .names
                .iter()
                .filter_map(move |n| in_source(source, n))
        })
        .map(str::trim)
        .find(|value| !value.is_empty())
        .or(parameter.default.as_deref())
}

/// A template with its parameters filled in; `None` when one has no value.
fn fill(template: &str, trigger_type: &TriggerType, trigger: &Trigger) -> Option<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, tail) = after.split_once('}')?;
        let parameter = trigger_type
            .parameters
            .iter()
            .find(|p| p.names.iter().any(|n| n == name))?;
        filled.push_str(before);
        filled.push_str(value_of(parameter, trigger)?);
        rest = tail;
    }
    filled.push_str(rest);
    Some(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component() -> Description {
        Description::parse(
            br#"{"schema":1,"name":"x","hosts":["*.example.net"],"types":[{"type":"x",
            "endpoints":["{host}:{port}"],
            "parameters":[
             {"names":["address"],"kind":"string","sources":["triggerMetadata","resolvedEnv"],
              "roles":["endpoint"],"format":"host-port"},
             {"names":["host"],"kind":"string","sources":["triggerMetadata"]},
             {"names":["port"],"kind":"string","sources":["triggerMetadata"]},
             {"names":["directory"],"kind":"string","sources":["triggerMetadata"],
              "roles":["directory"]},
             {"names":["unsafeSsl"],"kind":"boolean","sources":["triggerMetadata"],
              "roles":["tls-skip-verify"]}]}]}"#,
        )
        .unwrap()
    }

    fn grants(metadata: &[(&str, &str)], policy: &Policy) -> Grants {
        let trigger = Trigger {
            trigger_type: "x".into(),
            metadata: metadata
                .iter()
                .map(|(k, v)| ((*k).to_string(), (*v).to_string()))
                .collect(),
            resolved_env: [("ADDR".to_string(), "env.host:7".into())].into(),
            ..Trigger::default()
        };
        Grants::of(&component(), &trigger, policy)
    }

    #[test]
    fn a_trigger_reaches_only_what_its_endpoints_name() {
        let grants = grants(&[("address", " db.local:6379 ")], &Policy::default());
        assert!(grants.allow_host("DB.local", 6379));
        assert!(!grants.allow_host("db.local", 22));
        assert!(!grants.allow_host("other.local", 6379));
        assert!(!grants.allow_host("a.example.net", 443));
    }

    #[test]
    fn endpoints_come_from_the_environment_and_from_templates_too() {
        let from_env = grants(&[("addressFromEnv", "ADDR")], &Policy::default());
        assert!(from_env.allow_host("env.host", 7));
        let from_template = grants(&[("host", "h"), ("port", "9")], &Policy::default());
        assert!(from_template.allow_host("h", 9));
        let half = grants(&[("host", "h")], &Policy::default());
        assert!(!half.allow_lookup("h"));
    }

    #[test]
    fn what_a_component_asks_for_needs_the_operators_grant() {
        let policy = Policy {
            hosts: vec![HostPattern::new("*.example.net")],
            ..Policy::default()
        };
        let granted = grants(&[], &policy);
        assert!(granted.allow_host("a.example.net", 443));
        assert!(!granted.allow_host("example.net", 443));
        assert!(!granted.allow_host("a.example.org", 443));
    }

    #[test]
    fn directories_are_granted_below_the_policys_roots_only() {
        let policy = Policy {
            directories: vec!["/data".into()],
            ..Policy::default()
        };
        let inside = grants(&[("directory", "/data/in")], &policy);
        assert!(inside.directory(Path::new("/data/in/sub")).is_some());
        assert!(inside.directory(Path::new("/data/in/../x")).is_none());
        assert!(inside.directory(Path::new("/data")).is_none());
        let outside = grants(&[("directory", "/etc")], &policy);
        assert!(outside.directory(Path::new("/etc")).is_none());
    }

    fn reader() -> Description {
        Description::parse(
            br#"{"schema":1,"name":"x","kube":["pods"],"types":[{"type":"x","parameters":[
             {"names":["map"],"kind":"string","sources":["triggerMetadata"],
              "roles":["config-map"]}]}]}"#,
        )
        .unwrap()
    }

    fn reading(component: &Description, map: &str, kube: &[KubeAccess]) -> Grants {
        let trigger = Trigger {
            trigger_type: "x".into(),
            metadata: [("map".to_string(), map.to_string())].into(),
            ..Trigger::default()
        };
        let policy = Policy {
            kube: kube.iter().copied().collect(),
            ..Policy::default()
        };
        Grants::of(component, &trigger, &policy)
    }

    #[test]
    fn the_cluster_is_read_where_it_was_asked_for_and_granted() {
        let both = [KubeAccess::Pods, KubeAccess::ConfigMaps];
        let granted = reading(&reader(), "numbers", &both);
        assert!(granted.pods && granted.config_map("numbers"));
        assert!(!granted.config_map("others") && !granted.config_map(""));
        let refused = reading(&reader(), "numbers", &[]);
        assert!(!refused.pods && !refused.config_map("numbers"));
        let never_asked = reading(&component(), "numbers", &both);
        assert!(!never_asked.pods && !never_asked.config_map("numbers"));
    }

    #[test]
    fn what_is_read_of_the_cluster_is_part_of_what_must_be_equal_to_share() {
        let both = [KubeAccess::Pods, KubeAccess::ConfigMaps];
        let canonical = |map, kube: &[KubeAccess]| reading(&reader(), map, kube).canonical();
        assert_eq!(canonical("a", &both), canonical("a", &both));
        assert_ne!(canonical("a", &both), canonical("b", &both));
        assert_ne!(canonical("a", &both), canonical("a", &both[..1]));
        assert_ne!(canonical("a", &both), canonical("a", &both[1..]));
    }

    #[test]
    fn link_local_addresses_are_refused_unless_the_policy_allows_them() {
        let metadata = "169.254.169.254".parse().unwrap();
        assert!(!grants(&[], &Policy::default()).allow_address(metadata));
        assert!(
            !grants(&[], &Policy::default()).allow_address("::ffff:169.254.1.1".parse().unwrap())
        );
        let policy = Policy {
            link_local: true,
            ..Policy::default()
        };
        assert!(grants(&[], &policy).allow_address(metadata));
    }

    #[test]
    fn verification_is_skipped_only_by_an_explicit_truth() {
        assert!(
            grants(&[("unsafeSsl", "True")], &Policy::default())
                .tls
                .skip_verify
        );
        assert!(
            !grants(&[("unsafeSsl", "yes")], &Policy::default())
                .tls
                .skip_verify
        );
    }
}
