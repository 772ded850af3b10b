use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use operator_api::{LogDestination, ObjectKey, ProcessSpec};
use operator_auth::{environment, expand};
use secrecy::ExposeSecret;

use super::world::World;
use crate::guard::{Destination, Order};
use crate::processes::{LaunchError, LaunchSource};

/// A Process of the files, with secrets as they are when a replica starts.
pub(super) struct Launch {
    pub(super) world: Arc<World>,
    pub(super) key: ObjectKey,
    pub(super) spec: ProcessSpec,
    /// The directory of its file.
    pub(super) base: PathBuf,
}

impl LaunchSource for Launch {
    /// The object as it is written, without the values that it refers to: as in a cluster a changed
    /// Secret exchanges nothing.
    fn revision(&self) -> String {
        let spec = serde_json::to_string(&self.spec).unwrap_or_default();
        format!("{} {spec}", self.base.display())
    }

    fn order(&self, replica: &str, index: u32) -> Result<Order, LaunchError> {
        let current = self.world.current();
        let (objects, namespace) = (current.objects(), &self.key.namespace);
        let own = environment(objects, namespace, &self.spec.env_from, &self.spec.env)
            .map_err(|error| LaunchError(error.to_string()))?;
        let value = |name: &str| own.variables.get(name).map(ExposeSecret::expose_secret);
        // As in a cluster, references are to the variables of the object, not to inherited ones.
        let mut words = self
            .spec
            .command
            .iter()
            .chain(&self.spec.args)
            .map(|w| expand(w, value));
        let program = words.next().unwrap_or_default();
        let mut variables: BTreeMap<String, String> =
            self.world.environment.iter().cloned().collect();
        variables.extend(
            own.variables
                .iter()
                .map(|(name, v)| (name.clone(), v.expose_secret().to_string())),
        );
        variables.insert("PENSTOCK_REPLICA_INDEX".into(), index.to_string());
        Ok(Order {
            program: self.program(program),
            arguments: words.collect(),
            environment: variables.into_iter().collect(),
            directory: self
                .spec
                .working_directory
                .as_ref()
                .map(|path| self.base.join(path)),
            grace_milliseconds: u64::try_from(self.spec.termination_grace_period_seconds)
                .unwrap_or(0)
                .saturating_mul(1000),
            prefix: format!("{replica} | "),
            destination: match &self.spec.log {
                LogDestination::Stdout => Destination::Stdout,
                LogDestination::Discard => Destination::Discard,
                LogDestination::File(path) => Destination::File(self.base.join(path)),
            },
            open_files: None,
            revision: String::new(),
            adoption: None,
        })
    }
}

impl Launch {
    /// `./worker` is beside the manifest, as the other paths of a Process are, unless it has a working
    /// directory, to which the system relates it.
    fn program(&self, program: String) -> String {
        let relative = program.contains('/') && Path::new(&program).is_relative();
        if !relative || self.spec.working_directory.is_some() {
            return program;
        }
        self.base.join(&program).to_string_lossy().into_owned()
    }
}
