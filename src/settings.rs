//! What a user may set.
//!
//! Plain data: no allocation, no environment. The library reads it in its constructor, the command prints and
//! checks it. What a setting *does* is not decided here: see `policy`.

mod parse;

pub use parse::Complaint;

/// What to do about one hazard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Act as if the hazard did not exist.
    Off,
    /// Say so and leave everything as it is.
    Report,
    /// Mend it.
    Repair,
    /// Refuse the call with an errno and touch nothing.
    Poison,
    /// Say so and end the process with the `exitcode` setting.
    Die,
}

impl Action {
    /// Every action, in the order `help=1` lists them.
    pub const ALL: [Self; 5] = [Self::Off, Self::Report, Self::Repair, Self::Poison, Self::Die];

    /// The word used in options, logs and documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Report => "report",
            Self::Repair => "repair",
            Self::Poison => "poison",
            Self::Die => "die",
        }
    }
}

/// What to do about every hazard that has no setting of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Change nothing, ever; only report.
    Observe,
    /// Mend what can be mended without doubt, report the rest.
    Repair,
    /// As `Repair`, and a run with findings ends with the `exitcode` setting.
    Strict,
}

impl Mode {
    /// Every mode, in the order `help=1` lists them.
    pub const ALL: [Self; 3] = [Self::Observe, Self::Repair, Self::Strict];

    /// The word used in options and documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Observe => "observe",
            Self::Repair => "repair",
            Self::Strict => "strict",
        }
    }
}

/// Which mechanism tells a forked child that it is one. Tests pin one to prove it alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// `Wipe` where the kernel has it, else `Atfork`.
    Auto,
    /// The page that the kernel wipes in every child: `madvise(MADV_WIPEONFORK)`, Linux 4.14.
    Wipe,
    /// `pthread_atfork`: misses `_Fork` and raw clone.
    Atfork,
    /// The hooks of `fork`, `_Fork`, `forkpty` and `daemon`: misses raw clone.
    Hook,
}

impl Identity {
    /// Every mechanism, in the order `help=1` lists them.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Wipe, Self::Atfork, Self::Hook];

    /// The word used in options and documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Wipe => "wipe",
            Self::Atfork => "atfork",
            Self::Hook => "hook",
        }
    }
}

/// Most hazards the settings have room for.
pub const HAZARDS_MAX: usize = 24;

/// One key as `help=1` shows it.
pub struct Key {
    /// The name before the `=`.
    pub name: &'static str,
    /// What may stand after it.
    pub values: &'static str,
    /// Its value when it is not named.
    pub default: &'static str,
    /// One sentence.
    pub text: &'static str,
}

/// Every key but the hazards' own, in the order `help=1` shows them.
pub const KEYS: [Key; 22] = [
    Key {
        name: "mode",
        values: "observe|repair|strict",
        default: "repair",
        text: "what to do about every hazard that has no setting of its own",
    },
    Key {
        name: "log_path",
        values: "FILE",
        default: "(none)",
        text: "append one JSON object for each finding to FILE; %p becomes the process id",
    },
    Key {
        name: "log_processes",
        values: "0|1",
        default: "1",
        text: "also write to the log when processes start, fork, exec and end",
    },
    Key {
        name: "log_max_kb",
        values: "0..1000000000",
        default: "0",
        text: "a log that has grown past so many KiB is renamed to FILE.1, and a new one begun (0: never)",
    },
    Key {
        name: "syslog",
        values: "off|syslog|journal",
        default: "off",
        text: "send each finding to the system's log too: to /dev/log, or to systemd's journal",
    },
    Key {
        name: "suppressions",
        values: "FILE",
        default: "(none)",
        text: "findings that match a line of FILE are counted and logged, and not said",
    },
    Key {
        name: "stack_depth",
        values: "0..32",
        default: "16",
        text: "frames kept of each stack, C and Python each (0: no stacks)",
    },
    Key {
        name: "limit",
        values: "0..1000000",
        default: "20",
        text: "findings of one slug a process writes before it only counts them (0: no limit)",
    },
    Key {
        name: "exitcode",
        values: "1..255",
        default: "66",
        text: "exit status of `die`, and of a strict run with findings",
    },
    Key {
        name: "shared_pollers",
        values: "FD|MODULE[,...]",
        default: "(none)",
        text: "pollers that are shared on purpose: by number, or by the file name of the module that made them",
    },
    Key {
        name: "verify",
        values: "0|1",
        default: "0",
        text: "before a repair, check every registration against the kernel (doubles the cost of a repair)",
    },
    Key {
        name: "resolver_wait_ms",
        values: "0..10000",
        default: "10",
        text: "how long a fork waits for threads inside the resolver (0: not at all)",
    },
    Key {
        name: "resolver_locks",
        values: "0|1",
        default: "1",
        text: "reset in a child what a thread held that was inside the resolver",
    },
    Key {
        name: "resolver_heal",
        values: "0|1",
        default: "1",
        text: "free in a child the locks of libc's own that a vanished thread held",
    },
    Key {
        name: "grace_ms",
        values: "0..60000",
        default: "1000",
        text: "how long a child may wait for events before its missing threads are mentioned",
    },
    Key {
        name: "defer_signals",
        values: "NAME[,...]",
        default: "CHLD",
        text: "signals that reentrant-sigchld looks after, such as CHLD,USR1",
    },
    Key {
        name: "defer_ms",
        values: "1..60000",
        default: "100",
        text: "how long reentrant-sigchld=repair holds a signal back in a program that does not idle",
    },
    Key {
        name: "cancel_wait_ms",
        values: "0..60000",
        default: "200",
        text: "how long late-completion=repair waits for an operation that cannot be cancelled (0: not at all)",
    },
    Key {
        name: "lost_wait_s",
        values: "1..86400",
        default: "5",
        text: "how long a wait lasts before `forkproof run --watch` asks whether anybody can end it",
    },
    Key {
        name: "verbosity",
        values: "0..2",
        default: "0",
        text: "1: say at start that the library is in; 2: also each step of a repair",
    },
    Key {
        name: "identity",
        values: "auto|wipe|atfork|hook",
        default: "auto",
        text: "how a child learns that it is one; for tests",
    },
    Key { name: "help", values: "0|1", default: "0", text: "print this list on stderr at start" },
];

/// Where findings go besides stderr and the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::enum_variant_names)] // the daemon's name is the protocol's
pub enum Syslog {
    /// Nowhere.
    Off,
    /// To `/dev/log`, as RFC 3164 has it.
    Syslog,
    /// To systemd's journal, in its native protocol.
    Journal,
}

impl Syslog {
    /// Every place, in the order `help=1` lists them.
    pub const ALL: [Self; 3] = [Self::Off, Self::Syslog, Self::Journal];

    /// The word used in options and documents.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Syslog => "syslog",
            Self::Journal => "journal",
        }
    }
}

/// The settings of one process, in force from the constructor on. Texts borrow from the parsed bytes.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a key of its own
pub struct Settings<'a> {
    /// For every hazard without a setting of its own.
    pub mode: Mode,
    /// By place in the slug list that was given to [`Settings::parse`].
    pub chosen: [Option<Action>; HAZARDS_MAX],
    /// Where JSON lines go; empty for nowhere.
    pub log_path: &'a [u8],
    /// Write starts, forks, execs and ends to it too.
    pub log_processes: bool,
    /// Size in KiB past which the log is begun anew; 0 for never.
    pub log_max_kb: u32,
    /// Where else findings go.
    pub syslog: Syslog,
    /// A file of suppressions; empty for none.
    pub suppressions: &'a [u8],
    /// Frames kept of each stack; 0 for no stacks.
    pub stack_depth: u8,
    /// Findings of one slug that one process writes; 0 for no limit.
    pub limit: u32,
    /// Status of `die` and of a strict run with findings.
    pub exitcode: u8,
    /// Comma-separated numbers and module names.
    pub shared_pollers: &'a [u8],
    /// Check every registration before a repair.
    pub verify: bool,
    /// Milliseconds a fork waits for threads inside the resolver; 0 for not at all.
    pub resolver_wait_ms: u32,
    /// Reset what such a thread held.
    pub resolver_locks: bool,
    /// Free libc's own locks.
    pub resolver_heal: bool,
    /// Milliseconds a child may wait for events before its missing threads are mentioned.
    pub grace_ms: u32,
    /// Which signals are held back while their handler may still be at work: bit `signal - 1`.
    pub defer_signals: u64,
    /// Milliseconds such a signal is held back at most.
    pub defer_ms: u32,
    /// Milliseconds a cancel or close waits at most for an operation that cannot be cancelled.
    pub cancel_wait_ms: u32,
    /// Seconds a wait lasts before the watcher asks whether anybody can end it. The command's.
    #[allow(dead_code)] // the library only takes it
    pub lost_wait_s: u32,
    /// 0 findings only, 1 also a greeting, 2 also each step.
    pub verbosity: u8,
    /// Which mechanism tells a child.
    pub identity: Identity,
    /// Print the keys at start.
    pub help: bool,
}

impl Settings<'_> {
    /// The settings of a process with no options at all.
    pub const DEFAULT: Settings<'static> = Settings {
        mode: Mode::Repair,
        chosen: [None; HAZARDS_MAX],
        log_path: b"",
        log_processes: true,
        log_max_kb: 0,
        syslog: Syslog::Off,
        suppressions: b"",
        stack_depth: 16,
        limit: 20,
        exitcode: 66,
        shared_pollers: b"",
        verify: false,
        resolver_wait_ms: 10,
        resolver_locks: true,
        resolver_heal: true,
        grace_ms: 1000,
        defer_signals: 1 << (17 - 1),
        defer_ms: 100,
        cancel_wait_ms: 200,
        lost_wait_s: 5,
        verbosity: 0,
        identity: Identity::Auto,
        help: false,
    };
}

/// What a hazard's own key takes.
pub const ACTIONS: &str = "off|report|repair|poison|die";

/// Bytes of options that are read at most; more of them are passed over as a whole.
pub const LONGEST: usize = 4096;
