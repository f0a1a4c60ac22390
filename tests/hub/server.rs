//! A hub of one model, on this machine: the answers of the real one, from a folder.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::json;

/// The commit that `main` is.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// The model's name.
pub(crate) const MODEL: &str = "owner/tiny";

/// What a server does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// Every answer is an error of its own.
    Failing,
    /// What it tells of a model is no JSON.
    Garbled,
    /// Weights end in the middle, and the connection with them.
    Cut,
    /// Weights are a byte shorter than was told.
    Shorter,
}

pub(crate) struct Server {
    pub(crate) endpoint: String,
    state: Arc<Mutex<State>>,
}

struct State {
    folder: PathBuf,
    fault: Fault,
    asked: Vec<String>,
}

impl Server {
    /// Serves the files of a folder as those of the model.
    pub(crate) fn of(folder: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let state = State { folder: folder.to_owned(), fault: Fault::None, asked: Vec::new() };
        let state = Arc::new(Mutex::new(state));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that hangs up needs no answer.
                let _ = answer(stream, &shared);
            }
        });
        Self { endpoint, state }
    }

    pub(crate) fn does(&self, fault: Fault) {
        self.state.lock().unwrap().fault = fault;
    }

    /// What was asked for since the last time, a connection each.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }
}

fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut state = state.lock().unwrap();
    // Counted whether or not anything is asked.
    state.asked.push(String::new());
    let mut lines = BufReader::new(&stream).lines();
    let first = lines.next().unwrap_or(Ok(String::new()))?;
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    *state.asked.last_mut().expect("just counted") = path.clone();
    respond(stream, &path, &state)
}

fn respond(mut stream: TcpStream, path: &str, state: &State) -> std::io::Result<()> {
    let mut send = |status: &str, headers: &str, body: &[u8], sent: usize| {
        let length = body.len();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n"
        )?;
        stream.write_all(&body[..sent])
    };
    let listing =
        [format!("/api/models/{MODEL}/revision/main"), format!("/api/models/{MODEL}/revision/{COMMIT}")];
    let of_commit = format!("/{MODEL}/resolve/{COMMIT}/");
    if state.fault == Fault::Failing {
        return send("500 Internal Server Error", "", b"", 0);
    }
    if listing.iter().any(|known| known == path) {
        let body = match state.fault {
            Fault::Garbled => b"<html>".to_vec(),
            _ => {
                let files: Vec<_> =
                    files(&state.folder, "").into_iter().map(|name| json!({ "rfilename": name })).collect();
                json!({ "id": MODEL, "sha": COMMIT, "siblings": files }).to_string().into_bytes()
            }
        };
        return send("200 OK", "", &body, body.len());
    }
    // Large files lie elsewhere.
    let (name, is_elsewhere) = match (path.strip_prefix(&of_commit), path.strip_prefix("/elsewhere/")) {
        (Some(name), _) => (name, false),
        (None, Some(name)) => (name, true),
        (None, None) => return send("404 Not Found", "", b"", 0),
    };
    let Ok(body) = fs::read(state.folder.join(name)) else { return send("404 Not Found", "", b"", 0) };
    let tag = format!("{:x}{}", body.len(), name.replace(|letter: char| !letter.is_ascii_alphanumeric(), ""));
    let is_large = name.ends_with(".safetensors");
    match (is_large, is_elsewhere, state.fault) {
        (false, ..) => send("200 OK", &format!("ETag: \"{tag}\"\r\n"), &body, body.len()),
        (true, false, _) => {
            let headers = format!(
                "X-Linked-ETag: \"{tag}\"\r\nX-Linked-Size: {}\r\nLocation: /elsewhere/{name}\r\n",
                body.len()
            );
            send("302 Found", &headers, b"", 0)
        }
        (true, true, Fault::Cut) => send("200 OK", "ETag: \"other\"\r\n", &body, body.len() / 2),
        (true, true, Fault::Shorter) => send("200 OK", "", &body[1..], body.len() - 1),
        (true, true, _) => send("200 OK", "ETag: \"other\"\r\n", &body, body.len()),
    }
}

/// The names of all files below a folder.
fn files(folder: &Path, within: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.join(within)).expect("a folder").flatten();
    entries
        .flat_map(|entry| {
            let name = format!("{within}{}", entry.file_name().to_string_lossy());
            match entry.path().is_dir() {
                true => files(folder, &format!("{name}/")),
                false => vec![name],
            }
        })
        .collect()
}
