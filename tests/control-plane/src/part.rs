use std::fmt;

/// One of the processes of a control plane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Keeps the objects.
    Etcd,
    /// kube-apiserver.
    ApiServer,
    /// kube-controller-manager, with the HPA.
    ControllerManager,
    /// kube-scheduler.
    Scheduler,
    /// Plays the nodes and their pods.
    Kwok,
}

impl Part {
    /// All, in the order in which they are started.
    pub const ALL: [Self; 5] = [
        Self::Etcd,
        Self::ApiServer,
        Self::ControllerManager,
        Self::Scheduler,
        Self::Kwok,
    ];

    /// The name of its program, and of its log file.
    pub fn program(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Kwok => "kwok",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.program())
    }
}
