//! The HTTP servers that a case describes.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

use crate::condition::{Request, holds};

/// A client that says nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// The servers of one case, which run until they are dropped.
#[derive(Default)]
pub struct Stubs {
    running: Vec<Running>,
    /// What was not as the case requires.
    complaints: Arc<Mutex<Vec<String>>>,
}

struct Running {
    address: SocketAddr,
    ending: Arc<AtomicBool>,
    /// `None` once it was waited for.
    thread: Option<JoinHandle<()>>,
}

impl Stubs {
    /// Starts the servers of a case. The case comes back with their real addresses in it.
    ///
    /// # Errors
    /// Why they cannot be played.
    pub fn start(case: &Value, folder: &Path) -> Result<(Self, Value), String> {
        let mut stubs = Self::default();
        let mut case = case.clone();
        let described = case["http_stubs"].as_array().cloned().unwrap_or_default();
        for stub in described {
            if stub["tls"] == Value::Bool(true) || stub["tls"].is_object() {
                return Err("its source speaks TLS with a certificate of its own".into());
            }
            let fixed = stub["listen"].as_str();
            let listener = TcpListener::bind(fixed.unwrap_or("127.0.0.1:0"))
                .map_err(|e| format!("{}: {e}", fixed.unwrap_or("a free port")))?;
            let address = listener.local_addr().map_err(|e| e.to_string())?;
            if let Some(authority) = authority(&stub)
                && fixed.is_none()
            {
                replace(&mut case, &authority, address);
            }
            // A closed one gives its port back: nobody listens there.
            if stub["closed"] != Value::Bool(true) {
                let server = Server {
                    responses: stub["responses"].as_array().cloned().unwrap_or_default(),
                    answered: Mutex::default(),
                    folder: folder.to_path_buf(),
                    complaints: stubs.complaints.clone(),
                };
                stubs
                    .running
                    .push(Running::start(listener, address, server));
            }
        }
        Ok((stubs, case))
    }

    /// What was not as the case requires of requests.
    pub fn complaints(&self) -> Vec<String> {
        lock(&self.complaints).clone()
    }
}

impl Running {
    fn start(listener: TcpListener, address: SocketAddr, server: Server) -> Self {
        let ending = Arc::new(AtomicBool::new(false));
        let flag = ending.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if flag.load(Ordering::SeqCst) {
                    return;
                }
                // A client that went away is its own affair.
                let _ = server.serve(&stream);
            }
        });
        Self {
            address,
            ending,
            thread: Some(thread),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.ending.store(true, Ordering::SeqCst);
        // Wakes it.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Server {
    responses: Vec<Value>,
    /// How often each response was given.
    answered: Mutex<Vec<usize>>,
    folder: PathBuf,
    complaints: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn serve(&self, stream: &TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let request = read(&mut BufReader::new(stream))?;
        let (status, headers, body) = self.answer(&request);
        let mut text = format!("HTTP/1.1 {status} as described\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
        let mut stream = stream;
        stream.write_all(text.as_bytes())?;
        if request.method != "HEAD" {
            stream.write_all(body.as_bytes())?;
        }
        stream.flush()
    }

    fn answer(&self, request: &Request) -> (u64, Vec<(String, String)>, String) {
        for (nth, response) in self.responses.iter().enumerate() {
            let conditions = response["when"].as_array().map_or(&[][..], Vec::as_slice);
            let mut applies = true;
            for condition in conditions {
                match holds(condition, request) {
                    Some(true) => {}
                    Some(false) => applies = false,
                    None => {
                        self.complain(format!("not understood: {condition}"));
                        applies = false;
                    }
                }
            }
            if applies {
                self.require(response, request);
                return self.content(nth, response);
            }
        }
        self.complain(format!(
            "no answer to {} {}",
            request.method, request.target
        ));
        (404, vec![], String::new())
    }

    fn require(&self, response: &Value, request: &Request) {
        let required = response["request_asserts"].as_array();
        for condition in required.into_iter().flatten() {
            // One that is not understood is not the scaler's fault.
            if holds(condition, request) == Some(false) {
                let target = &request.target;
                self.complain(format!("the source requires {condition}, got {target}"));
            }
        }
    }

    /// The next of a sequence, the last of which repeats.
    fn content(&self, nth: usize, response: &Value) -> (u64, Vec<(String, String)>, String) {
        let mut answered = lock(&self.answered);
        let known = answered.len().max(nth + 1);
        answered.resize(known, 0);
        let turn = answered[nth];
        answered[nth] += 1;
        let content = match response["sequence"].as_array().map(Vec::as_slice) {
            Some(all @ [.., last]) => all.get(turn).unwrap_or(last),
            _ => response,
        };
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), Into::into);
        let headers = content["headers"].as_object().into_iter().flatten();
        let headers = headers.map(|(name, value)| (name.clone(), text(value)));
        let body = match (&content["body"], content["body_file"].as_str()) {
            (Value::Null, Some(file)) => std::fs::read_to_string(self.folder.join(file))
                .unwrap_or_else(|e| {
                    self.complain(format!("{file}: {e}"));
                    String::new()
                }),
            (Value::Null, None) => String::new(),
            (body, _) => text(body),
        };
        let status = content["status"].as_u64().unwrap_or(200);
        (status, headers.collect(), body)
    }

    fn complain(&self, what: String) {
        lock(&self.complaints).push(what);
    }
}

fn read(stream: &mut impl BufRead) -> std::io::Result<Request> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let mut words = line.split_whitespace();
    let mut request = Request {
        method: words.next().unwrap_or_default().to_string(),
        target: words.next().unwrap_or_default().to_string(),
        ..Request::default()
    };
    let mut length = 0;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let (name, value) = (name.to_ascii_lowercase(), value.trim().to_string());
        if name == "content-length" {
            length = value.parse().unwrap_or(0);
        }
        request.headers.push((name, value));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    request.body = String::from_utf8_lossy(&body).into_owned();
    Ok(request)
}

/// `stub-1.keda-fixture.test:40001`.
fn authority(stub: &Value) -> Option<String> {
    let (_, rest) = stub["url"].as_str()?.split_once("://")?;
    Some(rest.split('/').next().unwrap_or(rest).to_string())
}

/// Puts the real address wherever the case has the stub's: as a whole, the host, the port.
fn replace(value: &mut Value, authority: &str, address: SocketAddr) {
    match value {
        Value::String(text) => {
            let (host, port) = authority.split_once(':').unwrap_or((authority, "80"));
            if text == port {
                *text = address.port().to_string();
                return;
            }
            *text = text
                .replace(authority, &address.to_string())
                .replace(host, &address.ip().to_string());
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|v| replace(v, authority, address)),
        Value::Object(items) => items
            .values_mut()
            .for_each(|v| replace(v, authority, address)),
        _ => {}
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use serde_json::json;

    use super::*;

    fn get(url: &str, path: &str) -> String {
        let address = url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn the_case_gets_the_real_address_and_the_server_answers_as_described() {
        let case = json!({
            "metadata": {"url": "http://stub-1.keda-fixture.test:40001/x",
                "host": "stub-1.keda-fixture.test", "port": "40001", "other": "400010"},
            "http_stubs": [{"url": "http://stub-1.keda-fixture.test:40001", "responses": [
                {"when": [{"path": "request.URL.Path", "op": "==", "value": "/teapot"}],
                 "status": 418},
                {"headers": {"ETag": "e"}, "sequence": [{"body": "one"}, {"body": "two"}],
                 "request_asserts": [{"path": "request.URL.Path", "op": "==", "value": "/x"}]},
            ]}],
        });
        let (stubs, case) = Stubs::start(&case, Path::new(".")).unwrap();
        let metadata = &case["metadata"];
        let url = metadata["url"]
            .as_str()
            .unwrap()
            .strip_suffix("/x")
            .unwrap();
        let port = metadata["port"].as_str().unwrap();
        assert_eq!(url, format!("http://127.0.0.1:{port}"));
        assert_eq!(metadata["host"], json!("127.0.0.1"));
        assert_eq!(metadata["other"], json!("400010"));
        assert!(get(url, "/teapot").starts_with("HTTP/1.1 418"));
        assert!(get(url, "/x").ends_with("\r\n\r\none"));
        assert!(get(url, "/x").ends_with("\r\n\r\ntwo"));
        assert!(stubs.complaints().is_empty());
        assert!(get(url, "/y").ends_with("\r\n\r\ntwo"));
        assert_eq!(stubs.complaints().len(), 1);
    }

    #[test]
    fn nobody_listens_where_a_source_is_closed() {
        let case = json!({"url": "http://stub-1.keda-fixture.test:40001", "http_stubs": [
            {"url": "http://stub-1.keda-fixture.test:40001", "closed": true}]});
        let (_stubs, case) = Stubs::start(&case, Path::new(".")).unwrap();
        let address = case["url"]
            .as_str()
            .unwrap()
            .strip_prefix("http://")
            .unwrap();
        assert!(TcpStream::connect(address).is_err());
    }
}
