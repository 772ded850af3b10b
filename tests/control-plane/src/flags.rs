//! What each process is started with, and why.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::kubeconfig::{User, kubeconfig};
use crate::ports::free_port;
use crate::{Authority, Options, Part};

/// The certificates, kubeconfigs and ports of one control plane, and the flags that name them.
pub(crate) struct Setup {
    folder: PathBuf,
    api_server_port: u16,
    etcd_port: u16,
    etcd_peer_port: u16,
    /// Signs servers and clients.
    pub(crate) authority: Authority,
}

impl Setup {
    /// Writes all files into `folder`.
    pub(crate) fn write(folder: &Path) -> Result<Self> {
        let setup = Self {
            folder: folder.into(),
            api_server_port: free_port()?,
            etcd_port: free_port()?,
            etcd_peer_port: free_port()?,
            authority: Authority::new("penstock-test")?,
        };
        let authority = &setup.authority;
        // The aggregation layer has an authority of its own: whoever has a certificate of it may say who the caller is.
        let front_proxy = Authority::new("penstock-test-front-proxy")?;
        let names = [
            "localhost",
            "127.0.0.1",
            "10.0.0.1",
            "kubernetes.default.svc",
        ];
        let server = authority.server(&names)?;
        let proxy = front_proxy.client("front-proxy-client", None)?;
        // The API server takes a certificate for the public key that it holds.
        let accounts = authority.server(&["service-accounts"])?;
        for (name, text) in [
            ("ca.crt", authority.certificate()),
            ("front-proxy-ca.crt", front_proxy.certificate()),
            ("server.crt", &server.certificate),
            ("server.key", &server.key),
            ("front-proxy.crt", &proxy.certificate),
            ("front-proxy.key", &proxy.key),
            ("service-accounts.crt", &accounts.certificate),
            ("service-accounts.key", &accounts.key),
        ] {
            setup.file(name, text)?;
        }
        for (name, user, group) in [
            (ADMIN, "admin", Some("system:masters")),
            (CONTROLLER_MANAGER, "system:kube-controller-manager", None),
            (SCHEDULER, "system:kube-scheduler", None),
        ] {
            let certificate = authority.client(user, group)?;
            setup.kubeconfig(name, &User::Certificate(&certificate))?;
        }
        Ok(setup)
    }

    /// `https://127.0.0.1:port` of the API server.
    pub(crate) fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.api_server_port)
    }

    /// The file of this name.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Writes a kubeconfig.
    pub(crate) fn kubeconfig(&self, name: &str, user: &User<'_>) -> Result<PathBuf> {
        let text = kubeconfig(&self.url(), self.authority.certificate(), user);
        self.file(name, &text)
    }

    fn file(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.path(name);
        let mut options = fs::OpenOptions::new();
        options.create(true).truncate(true).write(true).mode(0o600);
        std::io::Write::write_all(&mut options.open(&path)?, text.as_bytes())
            .with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }

    /// The flags of `part`; `stages` is what kwok plays.
    pub(crate) fn flags(&self, part: Part, options: &Options, stages: &Path) -> Vec<String> {
        let mut flags = match part {
            Part::Etcd => self.etcd(),
            Part::ApiServer => self.api_server(),
            Part::ControllerManager => self.controller_manager(options),
            Part::Scheduler => self.scheduler(),
            Part::Kwok => self.kwok(stages),
        };
        flags.extend(options.flags_of(part).map(String::from));
        flags
    }

    fn named(&self, flag: &str, file: &str) -> String {
        format!("--{flag}={}", self.path(file).display())
    }

    fn etcd(&self) -> Vec<String> {
        let own = format!("https://127.0.0.1:{}", self.etcd_port);
        let peer = format!("https://127.0.0.1:{}", self.etcd_peer_port);
        vec![
            self.named("data-dir", "etcd"),
            format!("--listen-client-urls={own}"),
            format!("--advertise-client-urls={own}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster=default={peer}"),
            // Any user of the machine reaches the port.
            "--client-cert-auth".into(),
            self.named("trusted-ca-file", CA),
            self.named("cert-file", "server.crt"),
            self.named("key-file", "server.key"),
            "--peer-client-cert-auth".into(),
            self.named("peer-trusted-ca-file", CA),
            self.named("peer-cert-file", "server.crt"),
            self.named("peer-key-file", "server.key"),
            // Nothing here is to survive the machine.
            "--unsafe-no-fsync".into(),
            "--log-level=warn".into(),
        ]
    }

    fn api_server(&self) -> Vec<String> {
        vec![
            format!("--etcd-servers=https://127.0.0.1:{}", self.etcd_port),
            self.named("etcd-cafile", CA),
            self.named("etcd-certfile", "server.crt"),
            self.named("etcd-keyfile", "server.key"),
            // It refuses to advertise a loopback address; with this nobody asks it to.
            "--bind-address=127.0.0.1".into(),
            "--endpoint-reconciler-type=none".into(),
            format!("--secure-port={}", self.api_server_port),
            self.named("tls-cert-file", "server.crt"),
            self.named("tls-private-key-file", "server.key"),
            self.named("client-ca-file", CA),
            "--authorization-mode=RBAC".into(),
            "--service-cluster-ip-range=10.0.0.0/16".into(),
            "--service-account-issuer=https://kubernetes.default.svc".into(),
            self.named("service-account-key-file", "service-accounts.crt"),
            self.named("service-account-signing-key-file", "service-accounts.key"),
            // The aggregation layer, as in production. Without `--enable-aggregator-routing`, so that the Service
            // behind an APIService may be of the type ExternalName and lead to a loopback port.
            self.named("requestheader-client-ca-file", "front-proxy-ca.crt"),
            "--requestheader-allowed-names=front-proxy-client".into(),
            "--requestheader-username-headers=X-Remote-User".into(),
            "--requestheader-group-headers=X-Remote-Group".into(),
            "--requestheader-extra-headers-prefix=X-Remote-Extra-".into(),
            self.named("proxy-client-cert-file", "front-proxy.crt"),
            self.named("proxy-client-key-file", "front-proxy.key"),
            // Else new nodes keep their not-ready taint (no node lifecycle controller runs) and pods stay Pending,
            // and pods wait for mounted tokens that no kubelet needs.
            "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition".into(),
            "--profiling=false".into(),
        ]
    }

    fn controller_manager(&self, options: &Options) -> Vec<String> {
        let period = options.hpa_sync_period.as_millis();
        let mut flags = vec![
            self.named("kubeconfig", CONTROLLER_MANAGER),
            // kwok keeps the nodes alive; addresses for pods nobody routes to are not handed out.
            "--controllers=*,-nodeipam,-nodelifecycle".into(),
            // Each controller with the rights that it has in production.
            "--use-service-account-credentials=true".into(),
            self.named("service-account-private-key-file", "service-accounts.key"),
            self.named("root-ca-file", CA),
            format!("--horizontal-pod-autoscaler-sync-period={period}ms"),
            "--leader-elect=false".into(),
            // The usual 20 a second make a test with 500 pods wait.
            "--kube-api-qps=1000".into(),
            "--kube-api-burst=2000".into(),
            "--secure-port=0".into(),
        ];
        if let Some(window) = options.hpa_downscale_stabilization {
            let window = window.as_millis();
            flags.push(format!(
                "--horizontal-pod-autoscaler-downscale-stabilization={window}ms"
            ));
        }
        flags
    }

    fn scheduler(&self) -> Vec<String> {
        vec![
            self.named("kubeconfig", SCHEDULER),
            "--leader-elect=false".into(),
            "--kube-api-qps=1000".into(),
            "--kube-api-burst=2000".into(),
            "--secure-port=0".into(),
        ]
    }

    fn kwok(&self, stages: &Path) -> Vec<String> {
        vec![
            self.named("kubeconfig", ADMIN),
            "--manage-all-nodes=true".into(),
            format!("--config={}", stages.display()),
            // No kubelet's port: nothing asks for it, and a second kwok would find it taken.
            "--node-port=0".into(),
        ]
    }
}

const CA: &str = "ca.crt";
/// The kubeconfig of whoever may do anything.
pub(crate) const ADMIN: &str = "admin.kubeconfig";
const CONTROLLER_MANAGER: &str = "controller-manager.kubeconfig";
const SCHEDULER: &str = "scheduler.kubeconfig";
