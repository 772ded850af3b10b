//! Requests of an ordinary program, against servers of the test. Components have the same code but
//! for the transport; tests/integration looks at that.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::thread::JoinHandle;
use std::time::Duration;

use scaler_sdk::http::Request;
use scaler_sdk::{Failure, Secret, UnknownReason};

/// What one connection is told, and what it said: the lines of its head.
type Said = JoinHandle<Vec<Vec<String>>>;

/// Answers as many connections as there are answers.
fn server(answers: Vec<String>) -> (String, Said) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let answer = move |text: &String| {
        let (mut connection, _) = listener.accept().unwrap();
        let lines = BufReader::new(connection.try_clone().unwrap()).lines();
        let head = lines
            .map(Result::unwrap)
            .take_while(|line| !line.is_empty());
        let head: Vec<_> = head.collect();
        connection.write_all(text.as_bytes()).unwrap();
        head
    };
    let said = std::thread::spawn(move || answers.iter().map(answer).collect());
    (place, said)
}

fn redirect(to: &str) -> String {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\nconnection: close\r\n\r\n")
}

const OK: &str = "HTTP/1.1 200 OK\r\nX-One: 1\r\nconnection: close\r\n\r\nbody";

#[track_caller]
fn reason(request: Request) -> (UnknownReason, String) {
    match request.send() {
        Err(Failure::Unknown(unknown)) => (unknown.reason, unknown.message),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_says_what_was_put_into_it() {
    let (place, said) = server(vec![OK.into()]);
    let response = Request::get(&format!("http://{place}/a?x=1"))
        .query("y", "a b")
        .header("X-Two", "2")
        .header("Host", "elsewhere")
        .basic("u", &Secret::from("p".to_string()))
        .send()
        .unwrap();
    assert_eq!(
        (response.text().as_str(), response.header("x-one")),
        ("body", Some("1"))
    );
    assert_eq!(response.place(), format!("http://{place}/a"));
    let head = &said.join().unwrap()[0];
    assert_eq!(head[0], "GET /a?x=1&y=a+b HTTP/1.1");
    for line in [
        "x-two: 2",
        "authorization: Basic dTpw",
        "user-agent: penstock",
        &format!("host: {place}"),
    ] {
        assert!(head.iter().any(|l| l == line), "{line} is not in {head:?}");
    }
    assert!(!head.iter().any(|l| l.contains("elsewhere")), "{head:?}");
}

#[test]
fn a_body_is_sent_with_its_type_and_length() {
    let (place, said) = server(vec![OK.into()]);
    let request = Request::post(&format!("http://{place}/"), "application/json", "{}");
    assert!(request.send().is_ok());
    let head = &said.join().unwrap()[0];
    for line in ["content-type: application/json", "content-length: 2"] {
        assert!(head.iter().any(|l| l == line), "{line} is not in {head:?}");
    }
}

#[test]
fn credentials_do_not_follow_a_redirection_to_another_place() {
    let (other, at_other) = server(vec![OK.into()]);
    let (place, at_first) = server(vec![redirect("/b"), redirect(&format!("http://{other}/c"))]);
    let response = Request::get(&format!("http://{place}/a"))
        .bearer(&Secret::from("t0ken".to_string()))
        .header("x-tenant", "7")
        .send()
        .unwrap();
    assert_eq!(response.place(), format!("http://{other}/c"));
    for head in at_first.join().unwrap() {
        assert!(head.iter().any(|l| l.contains("t0ken")), "{head:?}");
    }
    let head = &at_other.join().unwrap()[0];
    assert!(!head.iter().any(|l| l.contains("t0ken")), "{head:?}");
    assert!(head.iter().any(|l| l == "x-tenant: 7"), "{head:?}");
}

#[test]
fn redirections_without_end_or_sense_are_failures() {
    let (place, _) = server(vec![redirect("/a"); 11]);
    let (why, message) = reason(Request::get(&format!("http://{place}/a")));
    assert_eq!(why, UnknownReason::Rejected, "{message}");
    let (place, _) = server(vec![redirect("ftp://h/")]);
    let (why, message) = reason(Request::get(&format!("http://{place}/a")));
    assert_eq!(why, UnknownReason::Malformed, "{message}");
}

#[test]
fn what_cannot_be_sent_is_the_users_fault_and_not_shown() {
    for request in [
        Request::get("h:80/s3cret"),
        Request::get("http://h/").header("a b", "s3cret"),
        Request::get("http://h/").header("a", "s3cret\r\nb: c"),
    ] {
        assert!(!format!("{request:?}").contains("s3cret"));
        let Err(failure @ Failure::Config(_)) = request.send() else {
            panic!("it was sent");
        };
        assert!(!failure.to_string().contains("s3cret"), "{failure}");
    }
}

#[test]
fn faults_have_their_reasons() {
    let (why, message) = reason(Request::get("http://no-such-host.invalid/a?key=s3cret"));
    assert_eq!(why, UnknownReason::Unreachable);
    assert!(
        message.starts_with("http://no-such-host.invalid/a: "),
        "{message}"
    );
    // Nobody accepts the connection, so no answer comes.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap();
    let request = Request::get(&format!("http://{place}/"));
    let (why, _) = reason(request.timeout(Duration::from_millis(50)));
    assert_eq!(why, UnknownReason::TimedOut);
}
