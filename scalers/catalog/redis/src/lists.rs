//! Trigger type `redis`: how many elements a key holds.

mod config;
mod link;
mod together;

use redis::{Cmd, Value};
use scaler_sdk::{Checked, Failure, MetricSpec, Reading, Scaler, Shared, Trigger};

use crate::Connection;
use config::Config;
use link::Link;

/// One answer, whatever the key's type: its number of elements, or the type's name if it has
/// none. A key that does not exist has none of a list's elements.
const COUNT: &str = "\
local kind = redis.call('TYPE', KEYS[1]).ok
local command = ({list = 'LLEN', set = 'SCARD', zset = 'ZCARD', hash = 'HLEN'})[kind]
if command then return redis.call(command, KEYS[1]) end
if kind == 'none' then return 0 end
return kind";

/// A key of one server, and the way there, which all keys of that server have in common.
#[derive(Debug)]
pub struct Lists {
    config: Config,
    link: Link,
}

impl Scaler for Lists {
    type Config = Config;

    fn check(config: &Config, _: &Trigger) -> Checked {
        MetricSpec::new(config.metric_name(), config.list_length)
            .activation(config.activation_list_length)
            .into()
    }

    fn open(config: Config, _: &Trigger) -> Result<Self, Failure> {
        let link = Link::to(&config.endpoints, config.is_tls);
        Ok(Self { config, link })
    }

    fn poll(&mut self) -> Result<Reading, Failure> {
        let answer = match self.link.take() {
            Some(mut kept) => match self.count(&mut kept) {
                // Servers close what is idle, and restart: that alone is no failure.
                Err(_) if kept.is_lost() => self.count_anew()?,
                answer => self.keep(kept, answer)?,
            },
            None => self.count_anew()?,
        };
        self.reading(answer)
    }

    fn poll_all(triggers: Vec<Shared<'_, Self>>) {
        together::poll(triggers);
    }
}

impl Lists {
    fn count_anew(&self) -> Result<Value, Failure> {
        let mut made = self.connect()?;
        let answer = self.count(&mut made);
        self.keep(made, answer)
    }

    fn connect(&self) -> Result<Connection, Failure> {
        Connection::open(&self.config.endpoints, self.config.is_tls)
    }

    /// Keeps the connection for the next poll if it is still good for one.
    fn keep<T>(&self, connection: Connection, answer: Result<T, Failure>) -> Result<T, Failure> {
        self.link.put(connection);
        answer
    }

    fn count(&self, connection: &mut Connection) -> Result<Value, Failure> {
        connection.select(self.config.database())?;
        connection.ask(&self.command())
    }

    fn command(&self) -> Cmd {
        let mut command = redis::cmd("EVAL");
        command.arg(COUNT).arg(1).arg(&self.config.list_name);
        command
    }

    fn reading(&self, answer: Value) -> Result<Reading, Failure> {
        let key = &self.config.list_name;
        let failure = match answer {
            Value::Int(length) => return Ok(Reading::of(self.config.metric_name(), length)),
            Value::BulkString(kind) => {
                let kind = String::from_utf8_lossy(&kind);
                Failure::rejected(format!("key {key:?} holds a {kind}: no elements to count"))
            }
            _ => Failure::malformed("the answer is not a number"),
        };
        Err(failure.within(&self.config.endpoints.addresses[0]))
    }
}
