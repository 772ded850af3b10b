use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args};

use super::{CatalogArgs, DEFAULT_ADMIN, address, seconds};

/// Scales workloads in a Kubernetes cluster.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  penstock operator                             in a pod, as the Helm chart starts it
  KUBECONFIG=dev.yaml penstock operator --metrics-api-bind-address 0
                                                beside a cluster, for development

Takes the flags and environment variables of KEDA's operator; those that mean nothing here are ignored,
and said so once in the log.
Exit codes: 0 stopped as asked, 1 something was left or failed, 2 could not start.")]
pub(crate) struct OperatorArgs {
    #[command(flatten)]
    pub(crate) catalog: CatalogArgs,
    #[command(flatten)]
    pub(crate) cluster: ClusterArgs,
    #[command(flatten)]
    pub(crate) election: ElectionArgs,
    #[command(flatten)]
    pub(crate) serving: ServingArgs,
    /// How long the end may take
    #[arg(long, value_name = "SECONDS", default_value = "20", value_parser = seconds)]
    pub(crate) drain_timeout: Duration,
    /// Decides and explains, but scales nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) keda: KedaArgs,
}

/// What is watched, and how the API server is used.
#[derive(Debug, Args)]
#[command(next_help_heading = "Cluster")]
pub(crate) struct ClusterArgs {
    /// Namespaces that are watched, separated by commas [default: all]
    #[arg(
        long,
        value_name = "NAMES",
        env = "WATCH_NAMESPACE",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) watch_namespace: String,
    /// Only objects with these labels are seen
    #[arg(
        long,
        value_name = "SELECTOR",
        env = "WATCH_LABEL_SELECTOR",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) watch_label_selector: String,
    /// Only TriggerAuthentications with these labels are seen
    #[arg(
        long,
        value_name = "SELECTOR",
        env = "WATCH_LABEL_SELECTOR_FOR_TRIGGERAUTH",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) watch_label_selector_for_triggerauth: String,
    /// The namespace this program runs in: its certificates are kept there
    #[arg(
        long,
        value_name = "NAME",
        env = "POD_NAMESPACE",
        default_value = "keda"
    )]
    pub(crate) pod_namespace: String,
    /// Where ClusterTriggerAuthentications find their Secrets [default: the service account's
    /// namespace]
    #[arg(long, value_name = "NAME", env = "KEDA_CLUSTER_OBJECT_NAMESPACE")]
    pub(crate) cluster_object_namespace: Option<String>,
    /// Reads Secrets in the cluster object namespace alone
    #[arg(long, env = "KEDA_RESTRICT_SECRET_ACCESS", value_name = "true|false", num_args = 0..=1, default_missing_value = "true", default_value = "false", value_parser = keda_true, hide_default_value = true, action = ArgAction::Set)]
    pub(crate) restrict_secret_access: bool,
    /// The directory below which `filePath` of ClusterTriggerAuthentications may read
    #[arg(long, value_name = "DIR")]
    pub(crate) filepath_auth_root_path: Option<PathBuf>,
    /// Most calls to the API server a second, watches excepted [default: as many as it takes]
    #[arg(long, value_name = "N")]
    pub(crate) kube_api_qps: Option<f64>,
    /// Most calls at once after a rest, with --kube-api-qps
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub(crate) kube_api_burst: u32,
}

/// Which of several operators acts.
#[derive(Debug, Args)]
#[command(next_help_heading = "Several operators")]
pub(crate) struct ElectionArgs {
    /// One operator acts, the others wait: by a Lease in --pod-namespace
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true, default_missing_value = "true", default_value = "false", hide_default_value = true, action = ArgAction::Set)]
    pub(crate) leader_elect: bool,
    /// Name of the Lease
    #[arg(long, value_name = "NAME", default_value = "operator.penstock.dev")]
    pub(crate) leader_election_id: String,
    /// Others wait so long after the last renewal, as in 15s
    #[arg(long, value_name = "DURATION", env = "KEDA_OPERATOR_LEADER_ELECTION_LEASE_DURATION", default_value = "15s", value_parser = go_duration)]
    pub(crate) lease_duration: Duration,
    /// Who cannot renew for so long stops
    #[arg(long, value_name = "DURATION", env = "KEDA_OPERATOR_LEADER_ELECTION_RENEW_DEADLINE", default_value = "10s", value_parser = go_duration)]
    pub(crate) renew_deadline: Duration,
    /// Between two tries
    #[arg(long, value_name = "DURATION", env = "KEDA_OPERATOR_LEADER_ELECTION_RETRY_PERIOD", default_value = "2s", value_parser = go_duration)]
    pub(crate) retry_period: Duration,
    /// Its name among the operators
    #[arg(
        long,
        value_name = "NAME",
        env = "POD_NAME",
        default_value = "penstock-operator",
        hide = true
    )]
    pub(crate) pod_name: String,
}

/// Where the program answers.
#[derive(Debug, Args)]
#[command(next_help_heading = "Addresses")]
pub(crate) struct ServingArgs {
    /// Serves /healthz and /readyz; 0: nowhere
    #[arg(long, value_name = "ADDRESS", default_value = ":8081", value_parser = listen)]
    pub(crate) health_probe_bind_address: Listen,
    /// Serves /metrics; 0: nowhere
    #[arg(long, value_name = "ADDRESS", default_value = ":8080", value_parser = listen)]
    pub(crate) metrics_bind_address: Listen,
    /// Serves external.metrics.k8s.io, for the cluster's autoscaler; 0: nowhere
    #[arg(long, value_name = "ADDRESS", default_value = ":6443", value_parser = listen)]
    pub(crate) metrics_api_bind_address: Listen,
    /// Serves `penstock status` and `penstock explain`
    #[arg(long, value_name = "ADDRESS", default_value = DEFAULT_ADMIN, env = "PENSTOCK_ADMIN", value_parser = address)]
    pub(crate) admin: SocketAddr,
    /// A folder with tls.crt, tls.key and ca.crt. Where it has none, certificates are made and kept in
    /// the Secret
    #[arg(long, value_name = "DIR", default_value = "/certs")]
    pub(crate) cert_dir: PathBuf,
    /// The Secret that keeps certificates which were made here
    #[arg(long, value_name = "NAME", default_value = "kedaorg-certs")]
    pub(crate) cert_secret_name: String,
    /// The Service in front of --metrics-api-bind-address: certificates are made for its name
    #[arg(
        long,
        value_name = "NAME",
        default_value = "penstock-operator-metrics-apiserver"
    )]
    pub(crate) metrics_server_service_name: String,
    /// Whether the certificate authority is written into the APIService
    #[arg(long, value_name = "true|false", num_args = 0..=1, default_missing_value = "true", default_value = "true", action = ArgAction::Set)]
    pub(crate) enable_apiservice_patching: bool,
    /// The cluster's domain
    #[arg(long, value_name = "DOMAIN", default_value = "cluster.local")]
    pub(crate) k8s_cluster_domain: String,
}

/// Flags of KEDA's operator that mean nothing here. They are taken, so that a command line of KEDA's
/// starts.
#[derive(Debug, Args)]
pub(crate) struct KedaArgs {
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    pub(crate) enable_prometheus_metrics: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    pub(crate) enable_opentelemetry_metrics: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    pub(crate) enable_high_cardinality_metrics_labels: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) metrics_service_bind_address: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) profiling_bind_address: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    pub(crate) disable_compression: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) operator_service_name: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) webhooks_service_name: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) k8s_cluster_name: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    pub(crate) enable_cert_rotation: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) validating_webhook_name: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) ca_dir: Vec<String>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    pub(crate) enable_webhook_patching: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) http_max_idle_conns: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) http_max_idle_conns_per_host: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) http_idle_conn_timeout: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) zap_log_level: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) zap_encoder: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) zap_time_encoding: Option<String>,
    #[arg(long, hide = true)]
    pub(crate) zap_stacktrace_level: Option<String>,
    #[arg(long, hide = true, num_args = 0..=1, default_missing_value = "")]
    pub(crate) zap_devel: Option<String>,
}

impl KedaArgs {
    /// The flags that were given.
    pub(crate) fn given(&self) -> Vec<&'static str> {
        let flags = [
            (
                "--enable-prometheus-metrics",
                &self.enable_prometheus_metrics,
            ),
            (
                "--enable-opentelemetry-metrics",
                &self.enable_opentelemetry_metrics,
            ),
            (
                "--enable-high-cardinality-metrics-labels",
                &self.enable_high_cardinality_metrics_labels,
            ),
            (
                "--metrics-service-bind-address",
                &self.metrics_service_bind_address,
            ),
            ("--profiling-bind-address", &self.profiling_bind_address),
            ("--disable-compression", &self.disable_compression),
            ("--operator-service-name", &self.operator_service_name),
            ("--webhooks-service-name", &self.webhooks_service_name),
            ("--k8s-cluster-name", &self.k8s_cluster_name),
            ("--enable-cert-rotation", &self.enable_cert_rotation),
            ("--validating-webhook-name", &self.validating_webhook_name),
            ("--enable-webhook-patching", &self.enable_webhook_patching),
            ("--http-max-idle-conns", &self.http_max_idle_conns),
            (
                "--http-max-idle-conns-per-host",
                &self.http_max_idle_conns_per_host,
            ),
            ("--http-idle-conn-timeout", &self.http_idle_conn_timeout),
            ("--zap-log-level", &self.zap_log_level),
            ("--zap-encoder", &self.zap_encoder),
            ("--zap-time-encoding", &self.zap_time_encoding),
            ("--zap-stacktrace-level", &self.zap_stacktrace_level),
            ("--zap-devel", &self.zap_devel),
        ];
        let given = flags.into_iter().filter(|(_, value)| value.is_some());
        let mut given: Vec<_> = given.map(|(flag, _)| flag).collect();
        if !self.ca_dir.is_empty() {
            given.push("--ca-dir");
        }
        given
    }
}

impl ClusterArgs {
    /// The namespaces that are watched; empty: all. Charts may write the empty text as `""`.
    pub(crate) fn namespaces(&self) -> Vec<String> {
        let names = self.watch_namespace.split(',').map(str::trim);
        let names = names.filter(|name| !name.is_empty() && *name != "\"\"");
        names.map(ToString::to_string).collect()
    }
}

/// KEDA restricts on `true`, in any case, and on nothing else.
fn keda_true(text: &str) -> Result<bool, std::convert::Infallible> {
    Ok(text.eq_ignore_ascii_case("true"))
}

/// A duration as Go writes it: `15s`, `1m30s`, `500ms`.
fn go_duration(text: &str) -> Result<Duration, String> {
    let wrong = || "write a duration as in 15s, 1m30s or 500ms".to_string();
    let (mut rest, mut sum) = (text, Duration::ZERO);
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let count: u32 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = &rest[digits..];
        let end = unit.find(|c: char| c.is_ascii_digit());
        let (unit, after) = unit.split_at(end.unwrap_or(unit.len()));
        let one = match unit {
            "ms" => Duration::from_millis(1),
            "s" => Duration::from_secs(1),
            "m" => Duration::from_secs(60),
            "h" => Duration::from_secs(3600),
            _ => return Err(wrong()),
        };
        sum = sum.saturating_add(one.saturating_mul(count));
        rest = after;
    }
    if sum.is_zero() { Err(wrong()) } else { Ok(sum) }
}

/// Where to listen, if anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Listen(pub(crate) Option<SocketAddr>);

/// An address as Go's programs take it: `:8080` is that port on all addresses, `0` none.
fn listen(text: &str) -> Result<Listen, String> {
    if text == "0" {
        return Ok(Listen(None));
    }
    if let Some(port) = text.strip_prefix(':')
        && let Ok(port) = port.parse()
    {
        return Ok(Listen(Some((Ipv4Addr::UNSPECIFIED, port).into())));
    }
    let address = text.parse();
    address.map(|address| Listen(Some(address))).map_err(|_| {
        "write an IP address and a port, :PORT for all addresses, or 0 for none".to_string()
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Only {
        #[command(flatten)]
        args: OperatorArgs,
    }

    #[test]
    fn the_command_line_of_kedas_own_chart_starts() {
        // As KEDA's chart 2.20 renders it with default values.
        let args = Only::try_parse_from([
            "operator",
            "--leader-elect",
            "--disable-compression=true",
            "--zap-log-level=info",
            "--zap-encoder=console",
            "--zap-time-encoding=rfc3339",
            "--enable-webhook-patching=true",
            "--cert-dir=/certs",
            "--enable-cert-rotation=true",
            "--cert-secret-name=kedaorg-certs",
            "--operator-service-name=keda-operator",
            "--metrics-server-service-name=keda-operator-metrics-apiserver",
            "--webhooks-service-name=keda-admission-webhooks",
            "--k8s-cluster-name=kubernetes-default",
            "--k8s-cluster-domain=cluster.local",
            "--enable-prometheus-metrics=false",
        ]);
        let args = args.unwrap_or_else(|error| panic!("{error}")).args;
        assert_eq!(args.serving.cert_secret_name, "kedaorg-certs");
        assert!(args.keda.given().contains(&"--zap-log-level"));
    }

    #[test]
    fn addresses_are_as_go_writes_them() {
        assert_eq!(listen("0"), Ok(Listen(None)));
        let all = listen(":8080").unwrap().0.unwrap();
        assert_eq!(all.to_string(), "0.0.0.0:8080");
        let one = listen("127.0.0.1:1").unwrap().0.unwrap();
        assert_eq!(one.to_string(), "127.0.0.1:1");
        assert!(listen("8080").is_err());
    }

    #[test]
    fn durations_are_as_go_writes_them() {
        for (text, millis) in [("15s", 15_000), ("1m30s", 90_000), ("500ms", 500)] {
            assert_eq!(go_duration(text), Ok(Duration::from_millis(millis)));
        }
        for text in ["", "15", "s", "1x", "-1s", "0s"] {
            assert!(go_duration(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn an_empty_list_of_namespaces_is_all_however_it_is_written() {
        for (text, names) in [("", &[][..]), ("\"\"", &[]), ("a, b,", &["a", "b"])] {
            let args = Only::try_parse_from(["operator", "--watch-namespace", text]);
            let args = args.unwrap_or_else(|error| panic!("{error}")).args;
            assert_eq!(args.cluster.namespaces(), names, "{text:?}");
        }
    }
}
