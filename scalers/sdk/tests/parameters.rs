//! Parameters as an author declares them: how they are read, and how they are described.

use std::time::Duration;

use runtime_types::{Description, Format, ParameterKind, Role, Source};
use scaler_sdk::description::{self, TypeDescription};
use scaler_sdk::{Problems, Secret, Trigger, TriggerConfig, Validate};

#[derive(Debug, TriggerConfig)]
#[config(validate, endpoint = "{server}:{port}")]
struct Config {
    /// Where the "server" is.
    ///
    /// A second paragraph.
    #[param(
        names = "server, servers",
        from = "triggerMetadata, authParams, resolvedEnv",
        role = "endpoint",
        format = "host-port"
    )]
    servers: Vec<String>,
    /// The password.
    #[param(from = "authParams, resolvedEnv", optional, secret)]
    password: Secret,
    /// How many messages a replica gets.
    #[param(default = "5")]
    queue_length: i64,
    /// Only these.
    #[param(allowed = "a, b", optional)]
    mode: String,
    /// At most one of b and c.
    #[param(exclusive = "b, c", separator = ";", optional)]
    modes: Vec<String>,
    /// Partitions.
    #[param(range, optional)]
    partitions: Vec<i32>,
    /// A pin, which is a secret number.
    #[param(from = "authParams", secret)]
    pin: Option<i64>,
    /// Gone.
    #[param(deprecated = "use mode")]
    old: String,
    /// Going.
    #[param(announce = "aging will be removed", optional)]
    aging: bool,
    /// Time-out.
    #[param(default = "3s", role = "timeout")]
    timeout: Duration,
    #[param(group, optional)]
    tls: Tls,
    total: i64,
}

#[derive(Debug, Default, TriggerConfig)]
#[config(endpoint = "{ocspHost}")]
struct Tls {
    /// Certificate.
    #[param(from = "authParams", role = "tls-cert")]
    cert: String,
    /// Whether to verify nothing.
    #[param(role = "tls-skip-verify", default = "false")]
    unsafe_ssl: bool,
}

impl Validate for Config {
    fn validate(&mut self, _: &Trigger, problems: &mut Problems) {
        self.total = self.queue_length * 2;
        if self.queue_length > 100 {
            problems.combined("too long together");
        }
    }
}

fn trigger(metadata: &[(&str, &str)], auth: &[(&str, &str)]) -> Trigger {
    let owned = |pairs: &[(&str, &str)]| {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_string(), (*v).to_string()))
            .collect()
    };
    Trigger {
        trigger_type: "test".to_string(),
        metadata: owned(metadata),
        auth_params: owned(auth),
        resolved_env: owned(&[("SERVER", "env:1"), ("EMPTY", "  ")]),
        ..Trigger::default()
    }
}

fn errors(metadata: &[(&str, &str)], auth: &[(&str, &str)]) -> Vec<(String, String)> {
    let errors = Config::parse(&trigger(metadata, auth)).expect_err("there is a mistake");
    errors
        .into_iter()
        .map(|e| (e.parameter, e.message))
        .collect()
}

fn error(metadata: &[(&str, &str)], auth: &[(&str, &str)]) -> (String, String) {
    let [one] = <[_; 1]>::try_from(errors(metadata, auth)).expect("one mistake");
    one
}

#[test]
fn sources_come_before_aliases_in_the_order_of_lookup() {
    let read = |metadata: &[(&str, &str)], auth: &[(&str, &str)]| {
        Config::parse(&trigger(metadata, auth)).unwrap().0.servers
    };
    assert_eq!(read(&[("servers", "m")], &[("server", "a")]), ["m"]);
    assert_eq!(read(&[("servers", "m"), ("server", "n")], &[]), ["n"]);
    assert_eq!(
        read(
            &[("server", " \t"), ("serverFromEnv", "SERVER")],
            &[("servers", " a ")]
        ),
        ["a"]
    );
    assert_eq!(read(&[("serversFromEnv", "SERVER")], &[]), ["env:1"]);
}

#[test]
fn a_missing_parameter_is_named_with_its_aliases_and_sources() {
    let message = r#"missing required parameter "server,servers" in [triggerMetadata authParams resolvedEnv]"#;
    for metadata in [
        &[][..],
        &[("server", " ")],
        &[("serverFromEnv", "EMPTY")],
        &[("serverFromEnv", "NO")],
    ] {
        assert_eq!(error(metadata, &[]), ("server".into(), message.into()));
    }
}

#[test]
fn what_is_left_out_has_its_default() {
    let (config, notices) = Config::parse(&trigger(&[("server", "s")], &[])).unwrap();
    assert_eq!((config.queue_length, config.total), (5, 10));
    assert_eq!(
        (config.pin, config.aging, config.tls.unsafe_ssl),
        (None, false, false)
    );
    assert_eq!(config.timeout, Duration::from_secs(3));
    assert!(config.password.is_empty() && config.tls.cert.is_empty() && config.old.is_empty());
    assert!(config.mode.is_empty() && config.modes.is_empty() && config.partitions.is_empty());
    assert_eq!(notices, [""; 0]);
}

#[test]
fn all_mistakes_are_gathered_in_order_and_the_validation_comes_last() {
    let found = errors(
        &[
            ("queueLength", "1e3"),
            ("mode", "c"),
            ("modes", "b; c;d"),
            ("unsafeSsl", "maybe"),
        ],
        &[],
    );
    let text: Vec<_> = found.iter().map(|(_, message)| message.as_str()).collect();
    assert_eq!(
        text,
        [
            r#"missing required parameter "server,servers" in [triggerMetadata authParams resolvedEnv]"#,
            r#"unable to set param "queueLength" value "1e3": unable to unmarshal to field type int64: json: cannot unmarshal number 1e3 into Go value of type int64"#,
            r#"parameter "mode" value "c" must be one of [a b]"#,
            r#"parameter "modes" value "b; c;d" must contain only one of [b c]"#,
            r#"unable to set param "unsafeSsl" value "maybe": unable to parse boolean value "maybe": strconv.ParseBool: parsing "maybe": invalid syntax"#,
        ]
    );
    let names: Vec<_> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        ["server", "queueLength", "mode", "modes", "unsafeSsl"]
    );
    assert_eq!(
        errors(
            &[("server", "s"), ("queueLength", "101"), ("mode", "x")],
            &[]
        )[1],
        (String::new(), "too long together".to_string())
    );
}

#[test]
fn a_secret_is_in_no_message() {
    let (name, message) = error(&[("server", "s")], &[("pin", "hunter2")]);
    assert_eq!(name, "pin");
    assert_eq!(
        message,
        r#"unable to set param "pin" value "***": not as declared"#
    );
}

#[test]
fn deprecated_parameters_are_errors_and_announced_ones_are_remarked_upon() {
    let (name, message) = error(&[("server", "s"), ("old", "x")], &[]);
    assert_eq!((&*name, &*message), ("old", "scaler test info: use mode"));
    let (config, notices) =
        Config::parse(&trigger(&[("server", "s"), ("aging", "1")], &[])).unwrap();
    assert!(config.aging);
    assert_eq!(notices, ["scaler test info: aging will be removed"]);
}

#[test]
fn ranges_and_secrets_are_read() {
    let metadata = [("server", "s"), ("partitions", "1-3,7")];
    let (config, _) = Config::parse(&trigger(&metadata, &[("password", "p")])).unwrap();
    assert_eq!(config.partitions, [1, 2, 3, 7]);
    assert_eq!(config.password.expose(), "p");
    assert!(!format!("{config:?}").contains("\"p\""));
}

const HEAD: &str = r#""schema":1,"name":"test","#;
const TYPES: &[TypeDescription] = &[
    TypeDescription {
        name: "test",
        fields: Config::FIELDS,
        endpoints: Config::ENDPOINTS,
    },
    TypeDescription {
        name: "none",
        fields: <() as TriggerConfig>::FIELDS,
        endpoints: &[],
    },
];
static BYTES: [u8; description::length(HEAD, TYPES)] = description::bytes(HEAD, TYPES);

#[test]
fn the_description_is_what_the_host_reads() {
    let description = Description::parse(&BYTES).unwrap();
    let described = description.trigger_type("test").unwrap();
    assert_eq!(described.endpoints, ["{server}:{port}", "{ocspHost}"]);
    assert!(
        description
            .trigger_type("none")
            .unwrap()
            .parameters
            .is_empty()
    );

    let [
        servers,
        password,
        length,
        mode,
        modes,
        partitions,
        pin,
        old,
        aging,
        timeout,
        cert,
        skip,
    ] = &described.parameters[..]
    else {
        panic!("{} parameters", described.parameters.len());
    };
    assert_eq!(servers.names, ["server", "servers"]);
    assert_eq!(
        servers.doc,
        "Where the \"server\" is.\n\nA second paragraph."
    );
    assert_eq!(servers.kind, ParameterKind::StringList);
    assert_eq!(
        servers.sources,
        [
            Source::TriggerMetadata,
            Source::AuthParams,
            Source::ResolvedEnv
        ]
    );
    assert_eq!(
        (servers.format, servers.optional),
        (Some(Format::HostPort), false)
    );
    assert!(password.has_role(Role::Secret) && password.optional);
    assert_eq!(
        (length.kind, length.default.as_deref()),
        (ParameterKind::Integer, Some("5"))
    );
    assert_eq!(mode.allowed, ["a", "b"]);
    assert_eq!(modes.kind, ParameterKind::StringList);
    assert_eq!(partitions.kind, ParameterKind::IntegerList);
    assert!(pin.optional, "an Option is optional");
    assert_eq!(old.deprecated.as_deref(), Some("use mode"));
    assert_eq!(aging.announce.as_deref(), Some("aging will be removed"));
    assert_eq!(
        (timeout.kind, timeout.roles.as_slice()),
        (ParameterKind::Duration, &[Role::Timeout][..])
    );
    assert!(
        cert.optional && skip.optional,
        "members of an optional group"
    );
    assert!(skip.has_role(Role::TlsSkipVerify));
}
