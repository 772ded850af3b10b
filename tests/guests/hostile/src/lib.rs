//! A component that misbehaves as its trigger says: `behaviour` names the way, `stage` the call.

use scaler_sdk::{
    Checked, Failure, MetricSpec, Reading, Scaler, Secret, Trigger, TriggerConfig, export_scaler,
};

#[macro_use]
#[path = "../../behaviours.rs"]
mod behaviours;

mod behaviour {
    macro_rules! for_each {
        ($($name:ident),+ $(,)?) => {
            $(pub(crate) mod $name;)+

            /// Misbehaves, and returns if it survives.
            pub(crate) fn run(name: &str, config: &super::Config) {
                match name {
                    $(stringify!($name) => $name::run(config),)+
                    "good" => {}
                    other => panic!("no such behaviour: {other}"),
                }
            }
        };
    }

    behaviours!(for_each);
}

/// What the tests set.
#[derive(Debug, Clone, TriggerConfig)]
pub struct Config {
    /// `good`, or one of `behaviours.rs`.
    #[param]
    behaviour: String,
    /// The call in which it happens: `check`, `open` or `poll`.
    #[param(default = "poll", allowed = "check, open, poll")]
    stage: String,
    /// A server that the trigger names.
    #[param(optional, role = "endpoint", format = "host-port")]
    address: String,
    /// A place that the trigger does not name as an endpoint, or how much there is to be of something.
    #[param(optional)]
    elsewhere: String,
    /// Something to leak.
    #[param(from = "authParams", optional, secret)]
    password: Secret,
}

impl Config {
    fn misbehave(&self, stage: &str) {
        if self.stage == stage {
            behaviour::run(&self.behaviour, self);
        }
    }
}

struct Hostile(Config);

impl Scaler for Hostile {
    type Config = Config;

    fn check(config: &Config, _: &Trigger) -> Checked {
        config.misbehave("check");
        MetricSpec::new("hostile", 1).activation(0).into()
    }

    fn open(config: Config, _: &Trigger) -> Result<Self, Failure> {
        config.misbehave("open");
        Ok(Self(config))
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        self.0.misbehave("poll");
        match self.0.behaviour.as_str() {
            "absurd_numbers" => Ok(behaviour::absurd_numbers::reading(&self.0.elsewhere)),
            "huge_text" => Err(behaviour::huge_text::failure(&self.0.elsewhere)),
            "million_metrics" => Ok(behaviour::million_metrics::reading(&self.0.elsewhere)),
            _ => Ok(Reading::of("hostile", 7)),
        }
    }
}

export_scaler!(Hostile);
