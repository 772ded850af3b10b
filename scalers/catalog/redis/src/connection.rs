use std::fmt;
use std::io::{self, Read, Write as _};
use std::time::Duration;

use redis::{Cmd, ConnectionLike, ErrorKind, FromRedisValue, Parser, RedisResult, Value};
use scaler_sdk::net::{self, Stream};
use scaler_sdk::{Failure, UnknownReason};

use crate::endpoints::Endpoints;
use crate::error;

/// Where servers listen unless told otherwise.
const PORT: u16 = 6379;

/// For one answer. A server that takes longer to count a key is stuck or a script holds it.
const PATIENCE: Duration = Duration::from_secs(3);

/// One connection to one server, logged in.
///
/// The client library encodes and parses; the bytes go over the SDK's stream, so that clear text
/// and TLS made by the host are the same thing.
pub struct Connection {
    stream: Stream,
    parser: Parser,
    place: String,
    database: i64,
    state: State,
}

enum State {
    Usable,
    /// What it was asked last got lost in a way that says nothing of the server but that this
    /// connection is over.
    Lost(Failure),
    /// An answer may still be under way, or was no answer.
    Broken(Failure),
}

impl Connection {
    /// Connects, logs in and selects the database.
    ///
    /// # Errors
    /// With the server's place in the message, never with the credentials.
    pub fn open(endpoints: &Endpoints, tls: bool, database: i64) -> Result<Self, Failure> {
        let place = endpoints.addresses[0].clone();
        let mut stream = net::connect_to(&place, PORT, "address", tls)?;
        stream.set_timeout(PATIENCE);
        let mut connection = Self {
            stream,
            parser: Parser::new(),
            place,
            database: 0,
            state: State::Usable,
        };
        connection.log_in(&endpoints.username, endpoints.password.expose())?;
        if database > 0 {
            connection.ask::<()>(redis::cmd("SELECT").arg(database))?;
            connection.database = database;
        }
        Ok(connection)
    }

    fn log_in(&mut self, username: &str, password: &str) -> Result<(), Failure> {
        if password.is_empty() {
            return Ok(());
        }
        let mut auth = redis::cmd("AUTH");
        if !username.is_empty() {
            auth.arg(username);
        }
        self.ask(auth.arg(password))
    }

    /// One command and its answer.
    ///
    /// # Errors
    /// When the server reports one, cannot be reached, or answers with something else than `T`.
    pub fn ask<T: FromRedisValue>(&mut self, command: &Cmd) -> Result<T, Failure> {
        command.query(self).map_err(|error| {
            let failure = match &self.state {
                State::Usable => error::failure(&error),
                State::Lost(failure) | State::Broken(failure) => failure.clone(),
            };
            failure.within(&self.place)
        })
    }

    /// `host:port` as the user wrote it.
    pub fn place(&self) -> &str {
        &self.place
    }

    /// Whether it can be asked again.
    pub fn is_usable(&self) -> bool {
        matches!(self.state, State::Usable)
    }

    /// Whether it ended without an answer: a new connection may get one.
    pub fn is_lost(&self) -> bool {
        matches!(self.state, State::Lost(_))
    }

    fn exchange(&mut self, request: &[u8], answers: usize) -> RedisResult<Vec<Value>> {
        let written = self.stream.write_all(request);
        if let Err(error) = written.and_then(|()| self.stream.flush()) {
            return Err(self.end(error));
        }
        (0..answers).map(|_| self.receive()).collect()
    }

    fn receive(&mut self) -> RedisResult<Value> {
        let mut source = Recorded {
            stream: &mut self.stream,
            error: None,
        };
        let answer = self.parser.parse_value(&mut source);
        let recorded = source.error;
        answer.map_err(|error| match recorded {
            Some(io) => self.end(io),
            None if error.kind() == ErrorKind::Io => self.end(io::ErrorKind::UnexpectedEof.into()),
            None => {
                self.state = State::Broken(error::failure(&error));
                error
            }
        })
    }

    /// Remembers why it is over: the library's errors do not tell.
    fn end(&mut self, io: io::Error) -> redis::RedisError {
        let kind = io.kind();
        let failure = if kind == io::ErrorKind::UnexpectedEof {
            Failure::unreachable("the server closed the connection before it answered")
        } else {
            Failure::from(io)
        };
        let lost =
            matches!(&failure, Failure::Unknown(u) if u.reason == UnknownReason::Unreachable);
        self.state = if lost {
            State::Lost(failure)
        } else {
            State::Broken(failure)
        };
        io::Error::from(kind).into()
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command(&mut self, command: &[u8]) -> RedisResult<Value> {
        self.exchange(command, 1).map(|mut one| one.remove(0))
    }

    fn req_packed_commands(
        &mut self,
        commands: &[u8],
        offset: usize,
        count: usize,
    ) -> RedisResult<Vec<Value>> {
        let mut answers = self.exchange(commands, offset + count)?;
        Ok(answers.split_off(offset))
    }

    fn get_db(&self) -> i64 {
        self.database
    }

    fn check_connection(&mut self) -> bool {
        self.ask::<()>(&redis::cmd("PING")).is_ok()
    }

    fn is_open(&self) -> bool {
        self.is_usable()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("place", &self.place)
            .field("database", &self.database)
            .finish_non_exhaustive()
    }
}

/// Keeps the error that the parser is about to wrap.
struct Recorded<'a> {
    stream: &'a mut Stream,
    error: Option<io::Error>,
}

impl Read for Recorded<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.read(buffer).map_err(|error| {
            let kind = error.kind();
            self.error = Some(error);
            kind.into()
        })
    }
}
