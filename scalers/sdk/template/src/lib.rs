//! What {{name}} counts. Here: the number that a server answers to `COUNT name`.

mod config;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::time::Duration;

use scaler_sdk::net::{self, Stream};
use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Trigger, export_scaler};

use config::Config;

/// For one answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// No server's line is longer: an endless one must not fill the memory.
const LONGEST_LINE: u64 = 64;

/// One queue of one server.
#[derive(Debug)]
pub struct Queue {
    config: Config,
}

impl Scaler for Queue {
    type Config = Config;

    fn check(config: &Config, _: &Trigger) -> Checked {
        MetricSpec::new(config.metric_name(), config.length)
            .activation(config.activation_length)
            .into()
    }

    fn open(config: Config, _: &Trigger) -> Result<Self, Failure> {
        Ok(Self { config })
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        let Config { address, queue, .. } = &self.config;
        let stream = net::connect_to(address, 7000, "address", false)?;
        let length = ask(stream, queue).map_err(|failure| failure.within(address))?;
        Ok(Reading::of(self.config.metric_name(), length))
    }
}

fn ask(mut stream: Stream, queue: &str) -> Result<u64, Failure> {
    stream.set_timeout(PATIENCE);
    stream.write_all(format!("COUNT {queue}\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST_LINE)).read_line(&mut line)?;
    if line.is_empty() {
        return Err(Failure::unreachable("closed before it answered"));
    }
    // A number that cannot be read is unknown. It is never 0.
    line.trim()
        .parse()
        .map_err(|_| Failure::malformed(format!("{:?} is not a number", line.trim())))
}

export_scaler!(Queue);

#[cfg(test)]
mod tests {
    #[test]
    fn all_cases_are_met() {
        scaler_testkit::run_cases::<super::Component>(env!("CARGO_MANIFEST_DIR"));
    }
}
