//! Where the server is and how to log in: parameters that all Redis trigger types share.

use scaler_sdk::net::bracketed;
use scaler_sdk::{Problems, Secret, TriggerConfig};

/// Addresses, credentials and TLS material.
#[derive(Debug, Default, TriggerConfig)]
pub struct Endpoints {
    /// The server as `host:port`. Of a list only the first counts for a single server.
    #[param(
        names = "address, addresses",
        from = "triggerMetadata, authParams, resolvedEnv",
        role = "endpoint",
        format = "host-port"
    )]
    pub addresses: Vec<String>,
    /// User of an access control list. Without it the password is that of the default user.
    #[param(from = "triggerMetadata, resolvedEnv, authParams")]
    pub username: String,
    /// Password. Without it nobody logs in.
    #[param(from = "triggerMetadata, resolvedEnv, authParams", secret)]
    pub password: Secret,
    /// User at the sentinels. Of no use to a single server.
    #[param(from = "triggerMetadata, authParams, resolvedEnv")]
    pub sentinel_username: String,
    /// Password at the sentinels. Of no use to a single server.
    #[param(from = "triggerMetadata, authParams, resolvedEnv", secret)]
    pub sentinel_password: Secret,
    /// Name of the master that the sentinels watch. Of no use to a single server.
    #[param(from = "triggerMetadata, authParams, resolvedEnv")]
    pub sentinel_master: String,
    /// The server's host, if there is no address. As many as there are ports.
    #[param(
        names = "host, hosts",
        from = "triggerMetadata, resolvedEnv, authParams",
        role = "endpoint",
        format = "host"
    )]
    pub hosts: Vec<String>,
    /// The server's port, if there is no address. As many as there are hosts.
    #[param(
        names = "port, ports",
        from = "triggerMetadata, resolvedEnv, authParams"
    )]
    pub ports: Vec<String>,
    /// Whether any certificate of the server is good enough.
    #[param(default = "false", role = "tls-skip-verify")]
    pub unsafe_ssl: bool,
    /// Client certificate in PEM, together with `key`.
    #[param(names = "Cert, cert", from = "authParams", role = "tls-cert")]
    pub cert: String,
    /// Private key of the client certificate in PEM.
    #[param(from = "authParams", role = "tls-key")]
    pub key: Secret,
    /// Password of the private key.
    #[param(from = "authParams", role = "tls-key-password")]
    pub key_password: Secret,
    /// Certification authorities in PEM to trust instead of the system's.
    #[param(from = "authParams", role = "tls-ca")]
    pub ca: String,
}

impl Endpoints {
    /// Puts the addresses together from hosts and ports, and reports when there are none, in the
    /// words that KEDA's users find answers for.
    pub(crate) fn validate(&mut self, problems: &mut Problems) {
        if !self.hosts.is_empty() && !self.ports.is_empty() {
            let (hosts, ports) = (self.hosts.len(), self.ports.len());
            if hosts != ports {
                problems.combined(format!(
                    "not enough hosts or ports given. number of hosts should be equal to the number \
                     of ports: {hosts} hosts, {ports} ports"
                ));
                return;
            }
            let pairs = self.hosts.iter().zip(&self.ports);
            self.addresses
                .extend(pairs.map(|(host, port)| format!("{}:{port}", bracketed(host))));
        }
        if self.addresses.first().is_none_or(String::is_empty) {
            problems.combined(
                "no addresses or hosts given. address should be a comma separated list of \
                 host:port or set the host/port values",
            );
        }
    }
}
