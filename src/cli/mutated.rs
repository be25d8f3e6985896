//! Damaged and forged logs through everything that reads or shows one: never a panic, and nothing that steers a terminal.

use super::history::{Builder, History};
use super::read::Lines;
use super::render::report::View;
use super::render::source::Root;
use super::symbols::{Options, Symbols};
use super::{harmless, render, suppress};
use crate::wire::tests::sample;
use proptest::collection::vec;
use proptest::prelude::*;
use std::fmt::Write;
use std::io;

/// One of each kind, as the library writes them; two processes, one of them twice.
fn whole() -> Vec<u8> {
    let stack = |id: u32| {
        let start = r#"{"v":1,"kind":"stack","time_ns":1700000000123456789,"pid":4711,"tid":4711,"id":"#;
        let modules =
            r#","modules":[["libc.so.6","/nowhere/libc.so.6","58254ca9"],["app","/srv/app/app",""]]"#;
        let frames = r#","frames":[[0,1112233],[1,4660],[-1,139637976727552]]"#;
        let python =
            r#","python":[["/srv/app/app.py",12,"Server.start"],["<frozen x>",0,"f"]],"no_python":""}"#;
        format!("{start}{id}{modules}{frames}{python}\n")
    };
    let mut log = String::new();
    for (kind, fields) in [
        ("rotated", r#""bytes":4096"#),
        (
            "start",
            r#""ppid":1,"tid":4690,"comm":"app","exe":"/srv/app/app","argv":["app","-x"],"mode":"repair","version":"0.1.0""#,
        ),
        ("fork", r#""tid":4690,"call":"fork","child":4711"#),
        ("exec", r#""ppid":4690,"call":"execve""#),
        ("exit", r#""ppid":4690,"status":3"#),
        ("reap", r#""child":4711,"status":768"#),
    ] {
        let pid = if matches!(kind, "exec" | "exit") { 4711 } else { 4690 };
        let time = "\"time_ns\":1700000000123456789";
        let _ = writeln!(log, "{{\"v\":1,\"kind\":\"{kind}\",{time},\"pid\":{pid},{fields}}}");
        if kind == "fork" {
            log += &stack(1);
            log += &stack(2);
            sample(b"work\x1b[2Jer\xff", b"a \"sentence\"\xe2\x80\xae").encode(&mut log).unwrap();
        }
    }
    log.into_bytes()
}

#[derive(Clone, Debug)]
enum Damage {
    Flip(usize, u8),
    Cut(usize, usize),
    Splice(usize, usize, usize),
    Repeat(usize, usize),
    Number(usize, String),
    Nested(usize, usize),
    Swap(usize, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    let number = prop_oneof![
        Just("-1".to_owned()),
        Just("0".to_owned()),
        Just("4294967295".to_owned()),
        Just("18446744073709551615".to_owned()),
        Just("18446744073709551616".to_owned()),
        Just("-9223372036854775808".to_owned()),
        Just("1e400".to_owned()),
        Just("1.5".to_owned()),
        Just("null".to_owned()),
        Just("\"\\u001b\\ud800\"".to_owned()),
        Just("4690".to_owned()),
        Just("4711".to_owned()),
    ];
    prop_oneof![
        (any::<usize>(), any::<u8>()).prop_map(|(place, byte)| Damage::Flip(place, byte)),
        (any::<usize>(), 0_usize..200).prop_map(|(place, length)| Damage::Cut(place, length)),
        (any::<usize>(), any::<usize>(), 0_usize..400)
            .prop_map(|(to, from, length)| Damage::Splice(to, from, length)),
        (any::<usize>(), 1_usize..4).prop_map(|(line, times)| Damage::Repeat(line, times)),
        (any::<usize>(), number).prop_map(|(place, number)| Damage::Number(place, number)),
        (any::<usize>(), 1_usize..3000).prop_map(|(place, depth)| Damage::Nested(place, depth)),
        (any::<usize>(), any::<usize>()).prop_map(|(one, other)| Damage::Swap(one, other)),
    ]
}

fn damaged(mut log: Vec<u8>, damage: &Damage) -> Vec<u8> {
    let within = |log: &Vec<u8>, place: usize| place % (log.len() + 1);
    match damage {
        Damage::Flip(place, byte) => {
            let place = within(&log, *place);
            if let Some(there) = log.get_mut(place) {
                *there ^= byte | 1;
            }
        }
        Damage::Cut(place, length) => {
            let place = within(&log, *place);
            log.drain(place..(place + length).min(log.len()));
        }
        Damage::Splice(to, from, length) => {
            let (to, from) = (within(&log, *to), within(&log, *from));
            let piece = log[from..(from + length).min(log.len())].to_vec();
            log.splice(to..to, piece);
        }
        Damage::Repeat(line, times) => {
            let lines = log.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
            if let Some(line) = lines.get(line % (lines.len() + 1)) {
                log.extend(line.repeat(*times));
            }
        }
        Damage::Number(place, number) => {
            // The next number after the place: every field has its turn.
            let start = within(&log, *place);
            let Some(start) =
                (start.max(1)..log.len()).find(|&at| log[at].is_ascii_digit() && log[at - 1] == b':')
            else {
                return log;
            };
            let end = (start..log.len()).find(|&at| !log[at].is_ascii_digit()).unwrap_or(log.len());
            log.splice(start..end, number.bytes());
        }
        Damage::Nested(place, depth) => {
            let Some(start) = (within(&log, *place)..log.len()).find(|&at| log[at] == b'[') else {
                return log;
            };
            log.splice(start..start, std::iter::repeat_n(b'[', *depth));
        }
        Damage::Swap(one, other) => {
            let mut lines =
                log.split_inclusive(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
            let count = lines.len().max(1);
            if !lines.is_empty() {
                lines.swap(one % count, other % count);
            }
            log = lines.concat();
        }
    }
    log
}

/// What every reader and renderer makes of it.
fn shown(log: &[u8]) -> (History, Vec<String>) {
    let (mut builder, mut texts) = (Builder::default(), Vec::new());
    let read = Lines::new(log).each(|_, line, record| {
        match record {
            Ok(record) => {
                texts.push(render::json::raw(line));
                builder.add(record);
            }
            Err(reason) => texts.push(harmless::text(&reason.to_string())),
        }
        io::Result::Ok(())
    });
    read.unwrap();
    let mut history = builder.finish();
    let mut symbols = Symbols::new(&Options::default());
    symbols.history(&mut history);
    texts.extend_from_slice(symbols.troubles());
    texts.push(suppress::lines(&history));
    // Not SARIF, whose hundred kilobytes of rules would take most of the time: `render::sarif` has a test of its own.
    let root = Root::new(None);
    texts.extend([
        render::object::report(&history),
        render::junit::report(&history, &root),
        render::github::annotations(&history, &root),
        render::github::summary(&history, &root),
        render::perfetto::report(&history),
        render::prom::report(&history),
        render::html::page(&history),
    ]);
    // Colour is ours; what is left is not.
    let verbose = log.len().is_multiple_of(2);
    let view = View { verbose, root: &root, logs: &[] };
    for text in [render::report::text(&history, &view), render::text::groups(&history)] {
        texts.push(anstream::adapter::strip_str(&text).to_string());
        assert!(!text.replace(['\n', '\x1b'], "").contains(harmless::steers), "{text:?}");
    }
    (history, texts)
}

/// What holds of every history: each place in it is one, and parents stand before their children.
fn check(history: &History) -> Result<(), TestCaseError> {
    for (place, process) in history.processes.iter().enumerate() {
        prop_assert!(process.parent.is_none_or(|parent| parent < place));
        prop_assert!(process.first_ns <= process.last_ns);
        prop_assert!(process.findings.iter().all(|(_, group)| *group < history.groups.len()));
        prop_assert!(process.findings.len() as u64 <= process.count);
    }
    for group in &history.groups {
        prop_assert!(group.count > 0);
        prop_assert!(group.processes.iter().all(|place| *place < history.processes.len()));
        prop_assert!(group.processes.is_sorted());
    }
    let counted = history.groups.iter().map(|group| group.count).sum::<u64>();
    prop_assert_eq!(counted + history.tally.no_group, history.tally.read as u64);
    Ok(())
}

#[test]
fn the_whole_log_is_read_whole() {
    let (history, texts) = shown(&whole());
    assert_eq!((history.processes.len(), history.groups.len()), (2, 1));
    assert!(!texts.iter().any(|text| text.contains("torn") || text.contains("not a JSON")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("> /srv/app/app.py:12 in Server.start")), "{texts:?}");
    let [parent, child] = &history.processes[..] else { panic!() };
    assert_eq!((parent.pid, child.pid, child.parent), (4690, 4711, Some(0)));
    assert_eq!((&*child.made_by, child.end), ("fork", Some((1_700_000_000_123_456_789, 768))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]
    #[test]
    fn no_log_makes_a_panic(damages in vec(damage(), 1..8)) {
        let log = damages.iter().fold(whole(), damaged);
        let (history, texts) = shown(&log);
        check(&history)?;
        for text in texts {
            prop_assert!(!text.replace('\n', "").contains(harmless::steers), "{text:?}");
        }
    }
}
