//! A drop-in for a unit of systemd (systemd.unit(5), systemd.syntax(7)).

use super::Lines;
use std::fmt::Write;

pub fn drop_in(lines: &Lines) -> String {
    let mut text = format!(
        "# /etc/systemd/system/NAME.service.d/forkproof.conf\n\
         # then: systemctl daemon-reload && systemctl restart NAME\n\
         # Environment= replaces: what the unit preloads already goes behind the library, after a colon.\n\
         # Under ProtectSystem=strict, the log's directory needs ReadWritePaths=.\n\
         [Service]\n\
         Environment={}\n",
        quoted(&format!("LD_PRELOAD={}", lines.library))
    );
    if let Some(options) = &lines.options {
        let _ = writeln!(text, "Environment={}", quoted(&format!("FORKPROOF_OPTIONS={options}")));
    }
    text
}

/// In double quotes, backslashes begin escapes, and a percent sign a specifier everywhere. `$` means nothing here.
fn quoted(assignment: &str) -> String {
    format!("\"{}\"", assignment.replace('\\', r"\\").replace('"', "\\\"").replace('%', "%%"))
}
