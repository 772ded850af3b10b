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
    /// Connects and logs in.
    ///
    /// # Errors
    /// With the server's place in the message, never with the credentials.
    pub fn open(endpoints: &Endpoints, tls: bool) -> Result<Self, Failure> {
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
        Ok(connection)
    }

    /// Turns to a database, if it is not the one at hand.
    ///
    /// # Errors
    /// When the server has no such database, or may not be asked for it.
    pub fn select(&mut self, database: i64) -> Result<(), Failure> {
        if database != self.database {
            self.ask::<()>(redis::cmd("SELECT").arg(database))?;
            self.database = database;
        }
        Ok(())
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

    /// Several commands in one go, each of a database, and what became of each: as many answers as
    /// there are commands, unless the connection ends in between, see [`Self::ended`].
    pub fn ask_all(&mut self, commands: &[(i64, Cmd)]) -> Vec<Result<Value, Failure>> {
        let mut request = Vec::new();
        let mut database = self.database;
        for (of, command) in commands {
            if *of != database {
                request.extend(redis::cmd("SELECT").arg(*of).get_packed_command());
                database = *of;
            }
            command.write_packed_command(&mut request);
        }
        let written = self.stream.write_all(&request);
        if let Err(error) = written.and_then(|()| self.stream.flush()) {
            self.end(error);
            return Vec::new();
        }
        let mut answers = Vec::with_capacity(commands.len());
        // What the server was asked to turn to last, and why it did not.
        let (mut asked, mut refused) = (self.database, None);
        for (of, _) in commands {
            if *of != asked {
                asked = *of;
                refused = match self.receive() {
                    Ok(answer) => answer.extract_error().err(),
                    Err(_) => break,
                };
                if refused.is_none() {
                    self.database = *of;
                }
            }
            let Ok(answer) = self.receive() else { break };
            // An answer from another database is none.
            let answer = match &refused {
                Some(error) => Err(error::failure(error)),
                None => answer.extract_error().map_err(|e| error::failure(&e)),
            };
            answers.push(answer.map_err(|failure| failure.within(&self.place)));
        }
        answers
    }

    /// Why it cannot be asked any more.
    pub fn ended(&self) -> Option<Failure> {
        match &self.state {
            State::Usable => None,
            State::Lost(failure) | State::Broken(failure) => {
                Some(failure.clone().within(&self.place))
            }
        }
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
