use serde::{Deserialize, Serialize};

/// Version of the JSON document that a component carries in its custom section
/// `penstock:description`. Fields may be added without a new version.
pub const DESCRIPTION_SCHEMA: u32 = 1;

/// What a component says of itself, readable without running it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Description {
    /// [`DESCRIPTION_SCHEMA`].
    pub schema: u32,
    /// The component's name, such as `redis`.
    pub name: String,
    /// The component's own version.
    #[serde(default)]
    pub version: String,
    /// One line for people.
    #[serde(default)]
    pub summary: String,
    /// Whether its instances are kept between polls.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// Whether one instance may serve several triggers.
    #[serde(default)]
    pub sharing: Sharing,
    /// Hosts beyond those of the trigger's own endpoint parameters that it asks for, such as
    /// `*.servicebus.windows.net`. Granted only where the operator agrees.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// What it asks to read of the cluster, in the trigger's own namespace, beside what roles of
    /// parameters ask for. Granted only where the operator agrees.
    #[serde(default)]
    pub kube: Vec<KubeAccess>,
    /// The trigger types it provides, at least one.
    pub types: Vec<TriggerType>,
}

/// Whether instances are kept between polls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Lifecycle {
    /// A new instance for each poll: costs microseconds and no memory between polls.
    #[default]
    Fresh,
    /// Kept with its connections while the host's budget allows.
    Warm,
}

/// Whether one instance may serve several triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sharing {
    /// One trigger an instance.
    #[default]
    None,
    /// Triggers whose connection parameters (endpoint, TLS, secrets) are equal share one.
    Connection,
}

/// What can be read of a cluster: counts and single values, never objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KubeAccess {
    /// How many pods have certain labels, and on how many nodes they are. Asked for by
    /// [`Description::kube`].
    Pods,
    /// Single values of ConfigMaps. Asked for by parameters with the role [`Role::ConfigMap`].
    ConfigMaps,
}

impl KubeAccess {
    /// As it is written in a description and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pods => "pods",
            Self::ConfigMaps => "config-maps",
        }
    }
}

/// One trigger type and its parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TriggerType {
    /// As written in manifests.
    #[serde(rename = "type")]
    pub name: String,
    /// In the order of the documentation.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Endpoints put together from several parameters, as templates such as `{host}:{port}`. A
    /// template counts when each of its parameters has a value.
    #[serde(default)]
    pub endpoints: Vec<String>,
}

/// One parameter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// The name, then its aliases in the order of lookup.
    pub names: Vec<String>,
    /// What it means, for people: unit, default's reason, example.
    #[serde(default)]
    pub doc: String,
    /// How its text is read.
    pub kind: ParameterKind,
    /// Where it may come from, in the order of lookup.
    pub sources: Vec<Source>,
    /// Whether leaving it out is an error when it has no default.
    #[serde(default)]
    pub optional: bool,
    /// Text used when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// The only texts allowed, each element of a list for itself; empty: any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed: Vec<String>,
    /// Set: using it is an error, and this is the error's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<String>,
    /// Set: using it is remarked upon with this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announce: Option<String>,
    /// What the host must know of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<Role>,
    /// How the host finds hosts in it, where it has the role [`Role::Endpoint`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<Format>,
}

impl Parameter {
    /// The name by which documentation calls it.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// Whether the host was told `role` of it.
    pub fn has_role(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// How a parameter's text is read (KEDA's conversions).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ParameterKind {
    /// Verbatim, trimmed.
    String,
    /// `1 t T TRUE true True 0 f F FALSE false False`.
    Boolean,
    /// A JSON integer.
    Integer,
    /// A JSON number.
    Number,
    /// `1m30s`, or bare milliseconds.
    Duration,
    /// Strings separated by commas.
    StringList,
    /// Integers separated by commas, where declared also ranges such as `1-4`.
    IntegerList,
    /// `key=value` pairs separated by commas.
    Map,
    /// A URL's query string.
    UrlValues,
}

/// Where a parameter may come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    /// The trigger's `metadata`.
    TriggerMetadata,
    /// The trigger's authentication.
    AuthParams,
    /// A variable of the workload's environment that `<parameter>FromEnv` names.
    ResolvedEnv,
}

/// What the host must know of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Names the hosts that the trigger may reach.
    Endpoint,
    /// Must not be shown.
    Secret,
    /// PEM certificates to trust instead of the system's.
    TlsCa,
    /// PEM client certificate.
    TlsCert,
    /// PEM private key of the client certificate.
    TlsKey,
    /// Password of that key.
    TlsKeyPassword,
    /// `true`: the server's certificate is not verified.
    TlsSkipVerify,
    /// How long the source may take: it lengthens the host's own limit on a call, up to a bound.
    Timeout,
    /// A local directory that the trigger may read.
    Directory,
    /// Name of a ConfigMap, in the trigger's own namespace, of which it may read values.
    ConfigMap,
}

/// How the host finds hosts in an endpoint parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// `scheme://user:password@host:port/...`; the scheme gives the port.
    Url,
    /// `host:port,host:port`; the port may be left out where the description says which.
    HostPort,
    /// Host names or addresses separated by commas, all ports.
    Host,
    /// Azure: `Endpoint=sb://...;SharedAccessKey=...` or `AccountName=...;EndpointSuffix=...`.
    Azure,
    /// PostgreSQL: `host=... port=...` or `postgresql://...`.
    Libpq,
    /// Go's MySQL driver: `user:password@tcp(host:port)/database`.
    GoMysqlDsn,
    /// `mongodb://host,host/...` or `mongodb+srv://name/...`.
    Mongodb,
    /// `amqp://user:password@host:port/vhost`.
    Amqp,
    /// ADO.NET: `Server=host,port;Database=...`.
    Ado,
}

/// A description that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DescriptionError {
    /// Not the JSON document expected.
    #[error("the component's description cannot be read: {0}")]
    Malformed(String),
    /// Written for a later version of Penstock.
    #[error(
        "the component's description has schema {0}, this version of Penstock reads up to {DESCRIPTION_SCHEMA}"
    )]
    TooNew(u32),
    /// It provides nothing.
    #[error("the component's description names no trigger type")]
    NoTypes,
}

impl Description {
    /// Reads the JSON text of the custom section.
    ///
    /// # Errors
    /// When it is malformed, too new, or provides no trigger type.
    pub fn parse(json: &[u8]) -> Result<Self, DescriptionError> {
        #[derive(Deserialize)]
        struct Version {
            schema: u32,
        }
        let malformed = |e: serde_json::Error| DescriptionError::Malformed(e.to_string());
        let Version { schema } = serde_json::from_slice(json).map_err(malformed)?;
        if schema > DESCRIPTION_SCHEMA {
            return Err(DescriptionError::TooNew(schema));
        }
        let description: Self = serde_json::from_slice(json).map_err(malformed)?;
        if description.types.is_empty() {
            return Err(DescriptionError::NoTypes);
        }
        Ok(description)
    }

    /// The trigger type of that name.
    pub fn trigger_type(&self, name: &str) -> Option<&TriggerType> {
        self.types.iter().find(|t| t.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_of_a_later_schema_is_refused_by_its_number() {
        let error = Description::parse(br#"{"schema":2,"shape":"new"}"#).unwrap_err();
        assert_eq!(error, DescriptionError::TooNew(2));
    }

    #[test]
    fn a_minimal_description_has_defaults() {
        let json = br#"{"schema":1,"name":"x","types":[{"type":"x"}],"future":1}"#;
        let description = Description::parse(json).unwrap();
        assert_eq!(description.lifecycle, Lifecycle::Fresh);
        assert!(description.trigger_type("x").is_some());
        assert!(description.trigger_type("y").is_none());
    }

    #[test]
    fn random_bytes_are_an_error() {
        for bytes in [
            &b""[..],
            b"{",
            b"null",
            b"[]",
            b"{\"schema\":-1}",
            &[0xff, 0x00],
        ] {
            assert!(Description::parse(bytes).is_err());
        }
    }
}
