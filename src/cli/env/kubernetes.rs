//! A patch for a deployment or another workload: an init container puts the library where the container of
//! the program sees it.

use super::Lines;

const FOLDER: &str = "/forkproof";

pub fn patch(lines: &Lines) -> String {
    let library = quoted(&lines.library);
    let mut variables = variable("LD_PRELOAD", &format!("{FOLDER}/libforkproof.so"));
    if let Some(options) = &lines.options {
        variables += &variable("FORKPROOF_OPTIONS", options);
    }
    format!(
        "# kubectl patch deployment NAME --patch-file FILE
# IMAGE is one with forkproof in it; CONTAINER is the name of the program's container.
# An LD_PRELOAD of the image's own is replaced: put it behind the library, after a colon.
spec:
  template:
    spec:
      initContainers:
        - name: forkproof
          image: IMAGE
          command: [\"cp\", {library}, \"{FOLDER}/libforkproof.so\"]
          volumeMounts:
            - name: forkproof
              mountPath: {FOLDER}
      containers:
        - name: CONTAINER
          env:
{variables}          volumeMounts:
            - name: forkproof
              mountPath: {FOLDER}
              readOnly: true
      volumes:
        - name: forkproof
          emptyDir: {{}}
"
    )
}

/// `$(NAME)` in a value is replaced, and `$$` is one dollar.
fn variable(name: &str, value: &str) -> String {
    format!("            - name: {name}\n              value: {}\n", quoted(&value.replace('$', "$$")))
}

/// Every string of JSON is one of YAML.
fn quoted(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}
