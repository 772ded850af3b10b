//! Trigger type `redis`: how many elements a key holds.

mod config;

use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Trigger};

use crate::Connection;
use config::Config;

/// One answer, whatever the key's type: its number of elements, or the type's name if it has
/// none. A key that does not exist has none of a list's elements.
const COUNT: &str = "\
local kind = redis.call('TYPE', KEYS[1]).ok
local command = ({list = 'LLEN', set = 'SCARD', zset = 'ZCARD', hash = 'HLEN'})[kind]
if command then return redis.call(command, KEYS[1]) end
if kind == 'none' then return 0 end
return kind";

/// A key of one server, and the connection to it while the host keeps this.
#[derive(Debug)]
pub struct Lists {
    config: Config,
    connection: Option<Connection>,
}

impl Scaler for Lists {
    type Config = Config;

    fn check(config: &Config, _: &Trigger) -> Checked {
        MetricSpec::new(config.metric_name(), config.list_length)
            .activation(config.activation_list_length)
            .into()
    }

    fn open(config: Config, _: &Trigger) -> Result<Self, Failure> {
        Ok(Self {
            config,
            connection: None,
        })
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        let length = self.length()?;
        Ok(Reading::of(self.config.metric_name(), length))
    }
}

impl Lists {
    fn length(&mut self) -> Result<i64, Failure> {
        if let Some(mut kept) = self.connection.take() {
            match self.count(&mut kept) {
                // Servers close what is idle, and restart: that alone is no failure.
                Err(_) if kept.is_lost() => {}
                answer => return self.keep(kept, answer),
            }
        }
        let Config {
            endpoints, is_tls, ..
        } = &self.config;
        let mut made = Connection::open(endpoints, *is_tls, self.config.database_index)?;
        let answer = self.count(&mut made);
        self.keep(made, answer)
    }

    /// Keeps the connection for the next poll if it is still good for one.
    fn keep<T>(
        &mut self,
        connection: Connection,
        answer: Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.connection = connection.is_usable().then_some(connection);
        answer
    }

    fn count(&self, connection: &mut Connection) -> Result<i64, Failure> {
        let key = &self.config.list_name;
        let mut command = redis::cmd("EVAL");
        command.arg(COUNT).arg(1).arg(key);
        let failure = match connection.ask(&command)? {
            redis::Value::Int(length) => return Ok(length),
            redis::Value::BulkString(kind) => {
                let kind = String::from_utf8_lossy(&kind);
                Failure::rejected(format!("key {key:?} holds a {kind}: no elements to count"))
            }
            _ => Failure::malformed("the answer is not a number"),
        };
        Err(failure.within(connection.place()))
    }
}
