//! Chromium without a window, driven by its `DevTools` protocol through a pipe: nothing listens, nothing is fetched.

use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

/// A page answers within this, on a busy machine too; a hang ends here, with a name.
const PATIENCE: Duration = Duration::from_secs(40);

pub struct Browser {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    session: String,
    number: u64,
    /// What was reported about the page and nobody has asked for.
    events: Vec<Value>,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The browser's name on this machine.
pub fn name() -> Option<&'static str> {
    let there = |name: &&str| {
        Command::new(name).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    };
    ["chromium", "chromium-browser", "google-chrome"].into_iter().find(there)
}

impl Browser {
    /// With a profile of its own in `folder`, and an empty page. None where there is no browser, which is said.
    pub fn start(folder: &Path) -> Option<Self> {
        let Some(name) = name() else {
            eprintln!(
                "SKIP: there is no Chromium; scripts/setup test installs it (Debian: apt-get install chromium)"
            );
            return None;
        };
        // It reads commands from descriptor 3 and answers on 4, each message ended by a zero byte.
        let mut command = Command::new("sh");
        command
            .args(["-c", "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>\"$0\""])
            .arg(folder.join("chromium.log"))
            .arg(name);
        command.args([
            "--headless",
            "--no-sandbox",
            "--remote-debugging-pipe",
            "--disable-gpu",
            "--no-first-run",
        ]);
        command.args(["--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking"]);
        command.args([
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
        ]);
        command.arg(format!("--user-data-dir={}", folder.join("profile").display()));
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let (send, messages) = channel();
        thread::spawn(move || {
            let mut message = Vec::new();
            while output.read_until(0, &mut message).is_ok_and(|length| length > 0) {
                message.pop();
                let value = serde_json::from_slice(&message).unwrap();
                if send.send(value).is_err() {
                    break;
                }
                message.clear();
            }
        });
        let mut browser =
            Self { child, input, messages, session: String::new(), number: 0, events: Vec::new() };
        let target = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let target = json!({"targetId": target["targetId"], "flatten": true});
        let attached = browser.call("Target.attachToTarget", &target);
        attached["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), &json!({}));
        }
        Some(browser)
    }

    /// One command, and its answer.
    pub fn call(&mut self, method: &str, parameters: &Value) -> Value {
        self.number += 1;
        let mut message = json!({"id": self.number, "method": method, "params": parameters});
        if !self.session.is_empty() {
            message["sessionId"] = json!(self.session);
        }
        self.input.write_all(message.to_string().as_bytes()).unwrap();
        self.input.write_all(b"\0").unwrap();
        self.input.flush().unwrap();
        let until = Instant::now() + PATIENCE;
        loop {
            let message = self.next(until, method);
            if message["id"] == self.number {
                assert!(message["error"].is_null(), "{method}: {}", message["error"]);
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    fn next(&mut self, until: Instant, what: &str) -> Value {
        match self.messages.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(message) => message,
            Err(RecvTimeoutError::Timeout) => panic!("{what}: Chromium did not answer within {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => {
                panic!("{what}: Chromium has ended; its log is beside its profile")
            }
        }
    }

    /// Opens a file and waits for its load event.
    pub fn open(&mut self, file: &Path) {
        self.events.clear();
        self.call("Page.navigate", &json!({"url": format!("file://{}", file.display())}));
        let until = Instant::now() + PATIENCE;
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.next(until, "load");
            self.events.push(event);
        }
    }

    /// Waits for the first frame after the load. Milliseconds since the page was asked for, at that frame.
    pub fn ready(&mut self) -> f64 {
        self.frame();
        let shown = self.value(
            "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? performance.now()",
        );
        let ready = self.value("Number(document.documentElement.dataset.ready)").as_f64();
        let loaded =
            self.value("performance.timing.loadEventEnd - performance.timing.navigationStart").as_f64();
        ready
            .expect("the page's script did not come to its end")
            .max(shown.as_f64().unwrap())
            .max(loaded.unwrap())
    }

    /// Waits until what was done is drawn.
    pub fn frame(&mut self) {
        self.value("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))");
    }

    /// What an expression gives, as JSON; a promise's value when it has one.
    pub fn value(&mut self, expression: &str) -> Value {
        let parameters = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let answer = self.call("Runtime.evaluate", &parameters);
        assert!(answer["exceptionDetails"].is_null(), "{expression}: {}", answer["exceptionDetails"]);
        answer["result"]["value"].clone()
    }

    /// A key pressed and released. `modifiers`: 8 is shift.
    pub fn key(&mut self, key: &str, modifiers: u32) {
        let code = match key {
            "Tab" => 9,
            "Enter" => 13,
            "ArrowLeft" => 37,
            "ArrowUp" => 38,
            "ArrowRight" => 39,
            "ArrowDown" => 40,
            _ => 0,
        };
        let text = match key {
            "Enter" => "\r",
            "Tab" => "",
            key if key.chars().count() == 1 => key,
            _ => "",
        };
        let mut event =
            json!({"type": "keyDown", "key": key, "modifiers": modifiers, "windowsVirtualKeyCode": code});
        if !text.is_empty() {
            event["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", &event);
        event["type"] = json!("keyUp");
        self.call("Input.dispatchKeyEvent", &event);
    }

    pub fn window(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    pub fn theme(&mut self, theme: &str) {
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": theme}]});
        self.call("Emulation.setEmulatedMedia", &features);
    }

    pub fn script(&mut self, on: bool) {
        self.call("Emulation.setScriptExecutionDisabled", &json!({"value": !on}));
    }

    /// A picture of the window, as a PNG.
    pub fn screenshot(&mut self, file: &Path) {
        use base64::Engine;
        let picture = self.call("Page.captureScreenshot", &json!({"format": "png"}));
        let picture =
            base64::engine::general_purpose::STANDARD.decode(picture["data"].as_str().unwrap()).unwrap();
        fs::write(file, picture).unwrap();
    }

    /// What the page complained of since it was opened: exceptions, errors and refusals, and what it asked the network for.
    pub fn complaints(&mut self) -> Vec<String> {
        // Events come before the answer to a later command.
        self.value("0");
        let complaint = |event: &Value| match event["method"].as_str()? {
            "Runtime.exceptionThrown" => Some(event["params"]["exceptionDetails"].to_string()),
            "Runtime.consoleAPICalled" => Some(event["params"]["args"].to_string()),
            "Log.entryAdded" => Some(event["params"]["entry"]["text"].to_string()),
            "Network.requestWillBeSent" if event["params"]["type"] != "Document" => {
                Some(format!("asked for {}", event["params"]["request"]["url"]))
            }
            _ => None,
        };
        self.events.iter().filter_map(complaint).collect()
    }
}
