use std::path::Path;
use std::sync::Arc;

use futures::future::join_all;
use runtime_host::{Catalog, CatalogConfig, Limits, OpenTrigger, PollCounts};
use runtime_types::{Number, Outcome, Trigger};

use crate::component_file;

/// Triggers of the sharing component that are polled together, as objects with one tick are.
pub struct Company {
    catalog: Catalog,
    /// The triggers.
    pub triggers: Vec<OpenTrigger>,
}

/// A trigger of the sharing component. A good one's value is `value`.
pub fn sharing_trigger(behaviour: &str, value: usize) -> Trigger {
    let metadata = [
        ("behaviour", behaviour),
        ("value", &value.to_string()),
        ("address", "server.example:1"),
    ];
    Trigger {
        trigger_type: "sharing".into(),
        namespace: "tests".into(),
        object: format!("{behaviour}-{value}"),
        metadata: metadata.map(|(k, v)| (k.to_string(), v.to_string())).into(),
        ..Trigger::default()
    }
}

impl Company {
    /// Nobody yet.
    ///
    /// # Panics
    /// When the sandbox cannot be set up.
    pub fn new(limits: Limits) -> Self {
        let folder = component_file("sharing");
        Self::of(folder.parent().expect("a file has a folder"), limits)
    }

    /// Nobody yet, with the components of another folder.
    ///
    /// # Panics
    /// When the sandbox cannot be set up.
    pub fn of(folder: &Path, limits: Limits) -> Self {
        let config = CatalogConfig {
            limits,
            ..CatalogConfig::new(vec![folder.to_path_buf()])
        };
        Self {
            catalog: Catalog::open(config).expect("the sandbox can be set up"),
            triggers: Vec::new(),
        }
    }

    /// One more.
    pub fn add(&mut self, trigger: Trigger) {
        let trigger = Arc::new(trigger);
        self.triggers.push(self.catalog.open_trigger(trigger));
    }

    /// `count` more that are good, each with its place in the company as its value.
    pub fn add_good(&mut self, count: usize) {
        for _ in 0..count {
            self.add(sharing_trigger("good", self.triggers.len()));
        }
    }

    /// Polls all of them at once.
    pub async fn tick(&mut self) -> Vec<Outcome> {
        join_all(self.triggers.iter_mut().map(OpenTrigger::poll)).await
    }

    /// Polls all of them at once.
    ///
    /// # Panics
    /// When one of those that are not `excepted` did not give its own value.
    pub async fn tick_all_good_but(&mut self, excepted: &[usize]) -> Vec<Outcome> {
        let outcomes = self.tick().await;
        for (place, outcome) in outcomes.iter().enumerate() {
            if !excepted.contains(&place) {
                let expected = i64::try_from(place).expect("few");
                assert_eq!(whole(outcome), expected, "trigger {place}");
            }
        }
        outcomes
    }

    /// What became of the polls of each.
    pub fn counts(&self) -> Vec<PollCounts> {
        self.triggers.iter().map(OpenTrigger::counts).collect()
    }
}

/// The number that an outcome is.
///
/// # Panics
/// When it is none.
pub fn whole(outcome: &Outcome) -> i64 {
    match outcome {
        Outcome::Reading(reading) => match reading.samples[0].value {
            Ok(Number::Whole(value)) => value,
            ref other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}
