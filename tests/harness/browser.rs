//! A real Chromium, driven over its debugging protocol.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

/// The longest wait for anything: a start, an answer, a change of the page.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at what is waited for.
const PAUSE: Duration = Duration::from_millis(50);

const FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-port=0",
];

/// Roles that people act on or that stand for a picture: each must have a name to be told by.
const NAMED: [&str; 17] = [
    "button",
    "link",
    "textbox",
    "searchbox",
    "combobox",
    "listbox",
    "option",
    "checkbox",
    "radio",
    "slider",
    "spinbutton",
    "Date",
    "DateTime",
    "InputTime",
    "DisclosureTriangle",
    "image",
    "img",
];

/// A browser with one page; closed when it is dropped.
pub struct Browser {
    child: Child,
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    asked: u64,
    events: Vec<Value>,
    /// Where it keeps its things; removed after it has ended.
    _profile: TempDir,
}

impl Browser {
    /// Starts the browser that the test run names; `None`, said plainly, where it names none.
    pub fn start() -> Option<Self> {
        let Some(program) = std::env::var_os("LINCHPIN_BROWSER").filter(|path| !path.is_empty())
        else {
            eprintln!("skipped: no browser (LINCHPIN_BROWSER names none)");
            return None;
        };
        Some(Self::start_program(&program))
    }

    fn start_program(program: &OsStr) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut command = Command::new(program);
        command.args(FLAGS).arg(format!("--user-data-dir={}", profile.path().display()));
        command.arg("about:blank").stdin(Stdio::null());
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let (port, path) = door(&mut child, profile.path());
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) =
            tungstenite::client(format!("ws://127.0.0.1:{port}{path}"), stream).unwrap();
        let events = Vec::new();
        let mut browser =
            Self { child, socket, session: None, asked: 0, events, _profile: profile };
        let page = browser.call("Target.createTarget", json!({ "url": "about:blank" }));
        let to = json!({ "targetId": page["targetId"], "flatten": true });
        let session = browser.call("Target.attachToTarget", to)["sessionId"].clone();
        browser.session = session.as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        browser
    }

    /// A call of the protocol that must succeed.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.try_call(method, params).unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn try_call(&mut self, method: &str, params: Value) -> Result<Value, Value> {
        let id = self.say(method, params);
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let mut said = self.hear();
            if said["id"] == id {
                let error = said["error"].take();
                return if error.is_null() { Ok(said["result"].take()) } else { Err(error) };
            }
        }
        panic!("{method}: no answer within {PATIENCE:?}");
    }

    /// Sends a call; its answer bears the number given.
    fn say(&mut self, method: &str, params: Value) -> u64 {
        self.asked += 1;
        let mut request = json!({ "id": self.asked, "method": method, "params": params });
        if let Some(session) = &self.session {
            request["sessionId"] = json!(session);
        }
        self.socket.send(Message::text(request.to_string())).unwrap();
        self.asked
    }

    /// The next message. What is an event is kept; a dialog is closed, or nothing would go on.
    fn hear(&mut self) -> Value {
        let said = self.socket.read().unwrap();
        let Message::Text(text) = said else { return Value::Null };
        let said: Value = serde_json::from_str(text.as_str()).unwrap();
        if said["method"] == "Page.javascriptDialogOpening" {
            self.say("Page.handleJavaScriptDialog", json!({ "accept": false }));
        }
        if said["method"].is_string() {
            self.events.push(said.clone());
        }
        said
    }

    /// Opens an address and waits until it has loaded. What was complained of before is forgotten.
    pub fn open(&mut self, address: &str) {
        self.events.clear();
        let answer = self.call("Page.navigate", json!({ "url": address }));
        assert!(answer["errorText"].is_null(), "{address}: {answer}");
        let until = Instant::now() + PATIENCE;
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            assert!(Instant::now() < until, "{address} did not load within {PATIENCE:?}");
            self.hear();
        }
    }

    /// The width of the window in CSS pixels, as a phone's or not, in light or dark colours.
    pub fn look(&mut self, width: u32, phone: bool, scheme: &str) {
        let size =
            json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": phone });
        self.call("Emulation.setDeviceMetricsOverride", size);
        let feature = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": feature }));
    }

    /// Pages run no script from now on; what the tests evaluate still runs.
    pub fn without_scripts(&mut self) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
    }

    /// What an expression comes to in the page.
    pub fn js(&mut self, expression: &str) -> Value {
        self.try_js(expression).unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    fn try_js(&mut self, expression: &str) -> Result<Value, Value> {
        let params = json!({ "expression": expression, "returnByValue": true });
        let mut answer = self.try_call("Runtime.evaluate", params)?;
        let error = answer["exceptionDetails"].take();
        if error.is_null() { Ok(answer["result"]["value"].take()) } else { Err(error) }
    }

    /// Waits until an expression is true of the page, also across a change of page.
    pub fn wait(&mut self, expression: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let found = self.try_js(&format!("!!({expression})"));
            if found == Ok(Value::Bool(true)) {
                return;
            }
            if Instant::now() > until {
                let page = self.try_js("location.href + '\\n' + document.body.innerText");
                panic!("not within {PATIENCE:?}: {expression}\n{found:?}\n{page:?}");
            }
            std::thread::sleep(PAUSE);
        }
    }

    /// Presses a key: `Tab`, `Enter`, `Escape`, or a character.
    pub fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            "Enter" => (13, "\r"),
            "Escape" => (27, ""),
            character => (0, character),
        };
        let kind = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
        let mut event =
            json!({ "type": kind, "key": key, "windowsVirtualKeyCode": code, "text": text });
        self.call("Input.dispatchKeyEvent", event.clone());
        event["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", event);
    }

    /// Clicks with the mouse in the middle of the first element that a selector finds.
    pub fn click(&mut self, selector: &str) {
        let place = format!(
            "(() => {{ const e = document.querySelector({}); e.scrollIntoView({{block: 'center', \
             behavior: 'instant'}}); const r = e.getBoundingClientRect(); \
             return [r.x + r.width / 2, r.y + r.height / 2]; }})()",
            json!(selector)
        );
        let place = self.js(&place);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({
                "type": kind, "x": place[0], "y": place[1], "button": "left", "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// What the page complained of since it was opened: errors and warnings on the console, what
    /// its own security policy refused, exceptions, and dialogs it opened.
    pub fn complaints(&mut self) -> Vec<String> {
        // An answer comes after every event that was under way.
        self.js("0");
        let complaint = |event: &Value| {
            let params = &event["params"];
            match event["method"].as_str()? {
                "Log.entryAdded" => Some(params["entry"]["text"].to_string()),
                "Runtime.exceptionThrown" => Some(params["exceptionDetails"].to_string()),
                "Page.javascriptDialogOpening" => Some(format!("dialog: {}", params["message"])),
                "Runtime.consoleAPICalled" => {
                    let loud = ["error", "warning", "assert"]
                        .contains(&params["type"].as_str().unwrap_or(""));
                    loud.then(|| params["args"].to_string())
                }
                _ => None,
            }
        };
        self.events.iter().filter_map(complaint).collect()
    }

    /// What can be acted on, and each picture, as assistive technology is told of it: role, name.
    pub fn told(&mut self) -> Vec<(String, String)> {
        let tree = self.call("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().unwrap().iter();
        let nodes = nodes.filter(|node| node["ignored"] != true).map(|node| {
            let text = |field: &str| node[field]["value"].as_str().unwrap_or("").trim().to_owned();
            (text("role"), text("name"))
        });
        let roles = BTreeSet::from(NAMED);
        nodes.filter(|(role, _)| roles.contains(role.as_str())).collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.session = None;
        let close = json!({ "id": 0, "method": "Browser.close" }).to_string();
        let _ = self.socket.send(Message::text(close));
        let until = Instant::now() + Duration::from_secs(5);
        while Instant::now() < until {
            if let Ok(Some(_)) = self.child.try_wait() {
                return;
            }
            std::thread::sleep(PAUSE);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The port and path that the browser listens on: it writes them to a file once it does.
fn door(child: &mut Child, profile: &Path) -> (u16, String) {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        if let Some(ended) = child.try_wait().unwrap() {
            panic!("the browser ended at once: {ended}");
        }
        let said = std::fs::read_to_string(profile.join("DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = said.split_once('\n')
            && let Ok(port) = port.parse()
            && path.starts_with("/devtools/")
        {
            return (port, path.trim().to_owned());
        }
        std::thread::sleep(PAUSE);
    }
    let _ = child.kill();
    panic!("the browser did not listen within {PATIENCE:?}");
}
