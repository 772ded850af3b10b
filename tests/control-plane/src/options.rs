use std::time::Duration;

use crate::Part;

/// How a control plane is to be.
#[derive(Debug, Clone)]
pub struct Options {
    /// Between two decisions of the HPA. 1 s; Kubernetes' own default is 15 s.
    pub hpa_sync_period: Duration,
    /// What the HPA looks back before it scales down, where an HPA does not say it itself. None:
    /// Kubernetes' own default, 5 minutes.
    pub hpa_downscale_stabilization: Option<Duration>,
    /// How many nodes there are: `node-0`, `node-1` and so on, each with room for everything.
    pub nodes: usize,
    /// Flags beside the usual ones, as in `--v=4`. The last one wins.
    pub flags: Vec<(Part, String)>,
    /// How long the start may take: some 10 s on an idle machine, many times that on a busy one.
    pub boot_deadline: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            hpa_sync_period: Duration::from_secs(1),
            hpa_downscale_stabilization: None,
            nodes: 3,
            flags: Vec::new(),
            boot_deadline: Duration::from_secs(240),
        }
    }
}

impl Options {
    /// Adds a flag of one process.
    #[must_use]
    pub fn flag(mut self, part: Part, flag: impl Into<String>) -> Self {
        self.flags.push((part, flag.into()));
        self
    }

    pub(crate) fn flags_of(&self, part: Part) -> impl Iterator<Item = &str> {
        let own = self.flags.iter().filter(move |(of, _)| *of == part);
        own.map(|(_, flag)| flag.as_str())
    }
}
