use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{Api, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use rustix::process::Signal;
use tempfile::TempDir;

use crate::flags::{ADMIN, Setup};
use crate::kubeconfig::User;
use crate::process::Process;
use crate::watchdog::Watchdog;
use crate::{Authority, Binaries, Options, Part, dump, eventually, nodes};

/// How long a process may take to end by itself.
const DRAIN: Duration = Duration::from_secs(15);

/// A Kubernetes control plane of this process alone. It ends when this is dropped, and with this process.
pub struct ControlPlane {
    binaries: Binaries,
    options: Options,
    setup: Setup,
    processes: Mutex<Vec<Process>>,
    boot_time: Duration,
    watchdog: Watchdog,
    // Last: it goes when nobody writes to it any more.
    folder: TempDir,
}

impl ControlPlane {
    /// Starts one, and returns when every process of it has been seen at work.
    ///
    /// # Errors
    /// The programs are not built, or a process ends or is not ready in time: then with the last lines of its log.
    pub async fn start(options: Options) -> Result<Self> {
        let binaries = Binaries::find()?;
        // Between the moment in which a port was free and that in which the server takes it, others may.
        let mut attempts = 3;
        loop {
            attempts -= 1;
            match Self::boot(&options, &binaries).await {
                Err(error) if attempts > 0 && is_port_taken(&format!("{error:#}")) => {}
                result => return result,
            }
        }
    }

    /// As [`start`](Self::start), with the usual options, for a test. None where the programs are not built, which is
    /// said on standard error.
    ///
    /// # Panics
    /// When it does not start, or is not built where `CI` is set.
    pub async fn for_test(options: Options) -> Option<Self> {
        if let Err(error) = Binaries::find() {
            assert!(std::env::var_os("CI").is_none(), "{error:#}");
            #[allow(clippy::print_stderr)] // For the developer.
            {
                eprintln!("left out: {error:#}");
            }
            return None;
        }
        match Self::start(options).await {
            Ok(plane) => Some(plane),
            Err(error) => panic!("the control plane does not start: {error:#}"),
        }
    }

    async fn boot(options: &Options, binaries: &Binaries) -> Result<Self> {
        let begin = Instant::now();
        let folder = tempfile::Builder::new()
            .prefix("penstock-control-plane-")
            .tempdir()?;
        let setup = Setup::write(folder.path())?;
        let stages = binaries.stages();
        let process = |part| {
            let flags = setup.flags(part, options, &stages);
            Process::new(part, binaries.program(part.program()), flags, folder.path())
        };
        let processes = Mutex::new(Part::ALL.map(process).into());
        let watchdog = Watchdog::start(folder.path())?;
        let mut plane = Self {
            binaries: binaries.clone(),
            options: options.clone(),
            setup,
            processes,
            boot_time: Duration::ZERO,
            watchdog,
            folder,
        };
        plane.launch(Part::Etcd)?;
        plane.start_again(Part::ApiServer).await?;
        let client = plane.client().await?;
        nodes::create(&client, options.nodes).await?;
        for part in [Part::ControllerManager, Part::Scheduler, Part::Kwok] {
            plane.launch(part)?;
        }
        nodes::see_all_work(&client, options.boot_deadline, || plane.check()).await?;
        plane.boot_time = begin.elapsed();
        Ok(plane)
    }

    /// How long it took to start.
    pub fn boot_time(&self) -> Duration {
        self.boot_time
    }

    /// Its folder: logs, certificates, etcd's data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `https://127.0.0.1:port` of the API server.
    pub fn url(&self) -> String {
        self.setup.url()
    }

    /// Kubernetes' version, as in `v1.34.1`.
    ///
    /// # Errors
    /// When the API server does not answer.
    pub async fn version(&self) -> Result<String> {
        let version = self.client().await?.apiserver_version().await?;
        Ok(version.git_version)
    }

    /// The authority that signs the API server's certificate and those of its clients, and may sign those of webhooks
    /// and metrics API servers.
    pub fn authority(&self) -> &Authority {
        &self.setup.authority
    }

    /// The kubeconfig file of an administrator.
    pub fn kubeconfig(&self) -> PathBuf {
        self.setup.path(ADMIN)
    }

    /// A client with an administrator's rights, bound to the runtime that calls this.
    ///
    /// # Errors
    /// A kubeconfig that cannot be read.
    pub async fn client(&self) -> Result<Client> {
        client_of(&self.kubeconfig()).await
    }

    /// A token of a service account, valid for an hour.
    ///
    /// # Errors
    /// The API server's, such as that there is no such account.
    pub async fn service_account_token(&self, namespace: &str, name: &str) -> Result<String> {
        let accounts: Api<ServiceAccount> = Api::namespaced(self.client().await?, namespace);
        let request = TokenRequest {
            spec: Some(TokenRequestSpec {
                expiration_seconds: Some(3600),
                ..TokenRequestSpec::default()
            }),
            ..TokenRequest::default()
        };
        let answer = accounts
            .create_token_request(name, &PostParams::default(), &request)
            .await
            .with_context(|| format!("a token of {namespace}/{name}"))?;
        let token = answer.status.and_then(|status| status.token);
        token.context("no token came")
    }

    /// A kubeconfig file by which one is that service account, with its rights alone.
    ///
    /// # Errors
    /// As [`service_account_token`](Self::service_account_token).
    pub async fn service_account_kubeconfig(&self, namespace: &str, name: &str) -> Result<PathBuf> {
        let token = self.service_account_token(namespace, name).await?;
        let file = format!("{namespace}.{name}.kubeconfig");
        self.setup.kubeconfig(&file, &User::Token(&token))
    }

    /// `kubectl` as an administrator, without the user's own settings.
    pub fn kubectl<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(self.binaries.program("kubectl"));
        command
            .args(arguments)
            .env("KUBECONFIG", self.kubeconfig())
            .env("KUBECACHEDIR", self.folder().join("kubectl"))
            .env("KUBERC", "off");
        command
    }

    /// `helm` as an administrator, without the user's own settings.
    pub fn helm<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(self.binaries.program("helm"));
        let folder = self.folder().join("helm");
        command
            .args(arguments)
            .env("KUBECONFIG", self.kubeconfig())
            .env("HELM_CACHE_HOME", folder.join("cache"))
            .env("HELM_CONFIG_HOME", folder.join("config"))
            .env("HELM_DATA_HOME", folder.join("data"));
        for variable in ["HELM_NAMESPACE", "HELM_KUBECONTEXT", "HELM_DRIVER"] {
            command.env_remove(variable);
        }
        command
    }

    /// The process id of one part, while it runs.
    pub fn process_id(&self, part: Part) -> Option<u32> {
        self.with(part, |process| process.id())
    }

    /// Ends one part; returns when it has ended.
    pub fn stop(&self, part: Part) {
        self.with(part, |process| {
            process.terminate();
            process.wait(DRAIN, &self.watchdog);
        });
    }

    /// Kills one part, as a machine that fails would.
    pub fn kill(&self, part: Part) {
        self.with(part, |process| {
            process.signal(Signal::KILL);
            process.wait(DRAIN, &self.watchdog);
        });
    }

    /// Starts a part that was stopped, with the same ports and data. The API server is ready on return.
    ///
    /// # Errors
    /// It cannot be started, ends, or is not ready in time.
    pub async fn start_again(&self, part: Part) -> Result<()> {
        self.launch(part)?;
        if part == Part::ApiServer {
            let client = self.client().await?;
            let patience = self.options.boot_deadline;
            eventually("the API server is ready", patience, async || {
                self.check()?;
                nodes::api_server_is_ready(&client).await
            })
            .await?;
        }
        Ok(())
    }

    /// Freezes one part: it holds its connections and answers nothing.
    pub fn freeze(&self, part: Part) {
        self.with(part, |process| process.signal(Signal::STOP));
    }

    /// Lets a part go on that was frozen.
    pub fn thaw(&self, part: Part) {
        self.with(part, |process| process.signal(Signal::CONT));
    }

    /// The file to which one part logs.
    pub fn log(&self, part: Part) -> PathBuf {
        self.with(part, |process| process.log())
    }

    /// The objects, without secrets, and the last lines of each log. Written to standard error when a test panics
    /// that holds a control plane.
    pub fn dump(&self) -> String {
        let mut text = dump::objects(self);
        for part in Part::ALL {
            let lines = self.with(part, |process| process.last_lines(40));
            text.push_str(&format!("==> the last lines of {part}\n{lines}\n"));
        }
        text
    }

    /// Writes [`dump`](Self::dump) to standard error should the test panic before the guard goes: for a control plane that
    /// several tests share.
    pub fn dump_on_panic(&self) -> impl Drop + '_ {
        DumpOnPanic(self)
    }

    /// An error when a process has ended by itself.
    pub(crate) fn check(&self) -> Result<()> {
        self.all().iter_mut().try_for_each(Process::check)
    }

    fn launch(&self, part: Part) -> Result<()> {
        self.with(part, |process| process.start(&self.watchdog))
    }

    fn all(&self) -> MutexGuard<'_, Vec<Process>> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, part: Part, act: impl FnOnce(&mut Process) -> T) -> T {
        let mut all = self.all();
        let process = all.iter_mut().find(|process| process.part() == part);
        act(process.expect("there is a process for each part"))
    }

    /// Ends what depends on others before those.
    fn end(&self) {
        let clients = [Part::Kwok, Part::Scheduler, Part::ControllerManager];
        for parts in [&clients[..], &[Part::ApiServer], &[Part::Etcd]] {
            let mut all = self.all();
            let mut these: Vec<_> = all
                .iter_mut()
                .filter(|process| parts.contains(&process.part()))
                .collect();
            these.iter().for_each(|process| process.terminate());
            for process in &mut these {
                process.wait(DRAIN, &self.watchdog);
            }
        }
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        drop(DumpOnPanic(self));
        self.end();
    }
}

struct DumpOnPanic<'a>(&'a ControlPlane);

impl Drop for DumpOnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            #[allow(clippy::print_stderr)] // Beside the test's own message.
            {
                eprintln!("{}", self.0.dump());
            }
        }
    }
}

async fn client_of(kubeconfig: &Path) -> Result<Client> {
    let kubeconfig = Kubeconfig::read_from(kubeconfig)?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default()).await?;
    Ok(Client::try_from(config)?)
}

fn is_port_taken(error: &str) -> bool {
    error.contains("address already in use")
}
