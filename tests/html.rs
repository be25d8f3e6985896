//! `forkproof report --format=html` in a browser: how long it takes, what it asks for, whether one can read it, by
//! keyboard too. Pictures of it are in `target/screenshots` afterwards.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]
#![allow(clippy::disallowed_methods, clippy::disallowed_types, reason = "the bans are for the library")]

#[path = "html/browser.rs"]
mod browser;
mod command;
#[path = "html/sample.rs"]
mod sample;

use browser::Browser;
use command::{folder, forkproof};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

/// The page of a log, in a folder of the test's own.
fn page(folder: &Path, log: &str) -> PathBuf {
    let (log_file, page) = (folder.join("fork.log"), folder.join("page.html"));
    fs::write(&log_file, log).unwrap();
    forkproof().args(["report", "--format=html", "-o"]).arg(&page).arg(&log_file).assert().success();
    page
}

fn picture(browser: &mut Browser, name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    fs::create_dir_all(&folder).unwrap();
    browser.screenshot(&folder.join(name));
}

#[test]
fn a_gunicorn_tree_of_51_processes_and_10_000_findings_opens_at_once() {
    let folder = folder("html-gunicorn");
    let page = page(&folder, &sample::gunicorn(51, 10_000));
    let size = fs::metadata(&page).unwrap().len();
    assert!(size < 5_000_000, "{size} bytes");
    let Some(mut browser) = Browser::start(&folder) else { return };
    browser.window(1280, 900);
    browser.open(&page);
    let took = browser.ready();
    println!("{size} bytes, ready after {took:.0} ms");
    assert!(took < 2000.0, "ready after {took} ms");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    assert_eq!(browser.value("document.querySelectorAll('.row').length"), 51);
    let counted = "JSON.parse(document.getElementById('data').textContent).marks.flat().reduce((sum, mark) => sum + mark[2], 0)";
    assert_eq!(browser.value(counted), 10_000, "a finding has no mark");
    assert_eq!(
        browser.value("document.querySelector('article').dataset.tone"),
        "failed",
        "the gravest is first"
    );
    assert!(!fs::read_to_string(&page).unwrap().contains("hunter2"), "a secret of the command line");
    picture(&mut browser, "light.png");
    browser.call("Runtime.evaluate", &json!({"expression": "location.hash = '#finding-1'"}));
    browser.frame();
    picture(&mut browser, "light-finding.png");
}

#[test]
fn it_is_read_in_light_and_dark_and_on_a_telephone() {
    let folder = folder("html-themes");
    let page = page(&folder, &sample::gunicorn(50, 2000));
    let Some(mut browser) = Browser::start(&folder) else { return };
    let contrast = include_str!("html/contrast.js");
    for theme in ["light", "dark"] {
        browser.theme(theme);
        browser.window(1280, 900);
        browser.open(&page);
        browser.ready();
        browser.value("for (const folded of document.querySelectorAll('details')) folded.open = true");
        let found = browser.value(contrast);
        assert!(found["looked"].as_u64().unwrap() > 500, "{found}");
        assert_eq!(found["weak"], json!({}), "{theme}: contrast below 4.5");
        browser.open(&page);
        browser.ready();
        picture(&mut browser, &format!("{theme}-2000.png"));
        browser.value("document.getElementById('findings').scrollIntoView()");
        browser.frame();
        picture(&mut browser, &format!("{theme}-findings.png"));
        browser.window(360, 780);
        browser.open(&page);
        browser.ready();
        let wide = browser.value("document.documentElement.scrollWidth");
        assert_eq!(wide, 360, "a scroll bar across at 360 pixels");
        picture(&mut browser, &format!("{theme}-narrow.png"));
        browser.value("document.getElementById('findings').scrollIntoView()");
        browser.frame();
        picture(&mut browser, &format!("{theme}-narrow-findings.png"));
    }
    // The button turns it round, and the choice is kept.
    let ground = "getComputedStyle(document.body).backgroundColor";
    let dark = browser.value(ground);
    browser.value("document.getElementById('theme').click()");
    assert_ne!(browser.value(ground), dark);
    browser.open(&page);
    browser.ready();
    assert_ne!(browser.value(ground), dark, "the choice is not kept");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn it_is_used_by_keyboard_alone() {
    let folder = folder("html-keyboard");
    let page = page(&folder, &sample::gunicorn(50, 2000));
    let Some(mut browser) = Browser::start(&folder) else { return };
    browser.window(1280, 900);
    browser.open(&page);
    browser.ready();
    let focus = "(document.activeElement.id || document.activeElement.className) + ''";
    let mut met = Vec::new();
    while met.len() < 40 && !met.iter().any(|name| name == "filter") {
        browser.key("Tab", 0);
        met.push(browser.value(focus).as_str().unwrap().to_owned());
    }
    assert_eq!(met[0], "skip", "{met:?}");
    for name in ["theme", "zoom-in", "process-0", "filter"] {
        assert!(met.iter().any(|one| one == name), "Tab does not reach {name}: {met:?}");
    }
    let ringed = "getComputedStyle(document.activeElement).outlineStyle";
    assert_eq!(browser.value(ringed), "solid", "focus is not seen");

    // Along the tree, in and out of a row, and to a finding.
    browser.value("document.querySelector('.row').focus()");
    browser.key("ArrowDown", 0);
    assert_eq!(browser.value(focus), "process-1");
    browser.key("Enter", 0);
    browser.frame();
    let opened = browser.value(focus);
    assert!(opened.as_str().unwrap().starts_with("finding-"), "Enter opened {opened}");
    assert_eq!(browser.value("document.activeElement.querySelector('.stacks').open"), true);
    browser.value("document.getElementById('process-1').focus()");
    browser.key("ArrowRight", 0);
    assert!(browser.value(focus).as_str().unwrap().starts_with("mark"));
    let marked = browser.value("document.activeElement.hash");
    browser.key("Enter", 0);
    browser.frame();
    assert_eq!(browser.value("location.hash"), marked);

    // Folding, and unfolding by a link.
    browser.value("document.getElementById('process-0').focus()");
    let shown = "document.querySelectorAll('.row:not([hidden])').length";
    browser.key("ArrowLeft", 0);
    assert_eq!(browser.value(shown), 1);
    browser.value("location.hash = '#process-2'");
    browser.frame();
    assert_eq!(browser.value(shown), 49);
    assert_eq!(browser.value(focus), "process-2");

    // Zoom, and back.
    let part = "Number(getComputedStyle(document.getElementById('timeline')).getPropertyValue('--s'))";
    browser.key("+", 0);
    assert_eq!(browser.value(part), 5_000_000);
    let from = "Number(getComputedStyle(document.getElementById('timeline')).getPropertyValue('--f'))";
    browser.key("ArrowRight", 8);
    assert_eq!(browser.value(from), 3_500_000);
    picture(&mut browser, "zoomed.png");
    browser.key("0", 0);
    assert_eq!(browser.value(part), 10_000_000);
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn the_filter_hides_cards_and_marks() {
    let folder = folder("html-filter");
    let page = page(&folder, &sample::gunicorn(50, 2000));
    let Some(mut browser) = Browser::start(&folder) else { return };
    browser.window(1280, 900);
    browser.open(&page);
    browser.ready();
    let cards = "document.querySelectorAll('article:not([hidden])').length";
    let all = browser.value(cards).as_u64().unwrap();
    let search = |browser: &mut Browser, text: &str| {
        browser.value(&format!(
            "(f => {{ f.value = '{text}'; f.dispatchEvent(new Event('input')) }})(document.getElementById('filter'))"
        ));
        // The filter waits for the typing to end; its own words say that it has worked.
        browser.value("new Promise(done => setTimeout(done, 200))");
        browser.value(cards).as_u64().unwrap()
    };
    for (text, least) in [("orphaned-lock", 1), ("subscribe_2", 1), ("4003", 1)] {
        let shown = search(&mut browser, text);
        assert!((least..all).contains(&shown), "{text}: {shown} of {all}");
        assert_ne!(browser.value("document.getElementById('shown').textContent"), "");
    }
    assert_eq!(search(&mut browser, "no such thing"), 0);
    assert_eq!(browser.value("document.querySelectorAll('.mark').length"), 0, "marks of what is hidden");
    // A link to a hidden finding shows it.
    browser.value("location.hash = '#finding-2'");
    browser.frame();
    assert_eq!(browser.value(cards), all);
    browser.value("document.querySelector('.toggle input[value=repaired]').click()");
    let shown = browser.value("new Set([...document.querySelectorAll('article:not([hidden])')].map(card => card.dataset.tone)).has('repaired')");
    assert_eq!(shown, false);
    let why = "document.querySelector('article:not([hidden]) .why')";
    browser.value(&format!("{why}.open = true"));
    browser.frame();
    let text = browser.value(&format!("{why}.textContent"));
    assert!(text.as_str().unwrap().contains("How to cure the program"), "{text}");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn it_stands_without_its_script() {
    let folder = folder("html-no-script");
    let page = page(&folder, &sample::gunicorn(50, 2000));
    let Some(mut browser) = Browser::start(&folder) else { return };
    browser.window(1280, 900);
    browser.script(false);
    browser.open(&page);
    assert_eq!(browser.value("document.documentElement.classList.contains('scripted')"), false);
    assert_eq!(browser.value("document.querySelectorAll('.js').length > 0"), true);
    let shown = "[...document.querySelectorAll('.js')].filter(tool => tool.offsetParent).length";
    assert_eq!(browser.value(shown), 0, "a tool that does nothing is shown");
    assert!(browser.value("document.querySelectorAll('a.mark').length").as_u64().unwrap() > 50);
    let broken = "[...document.querySelectorAll('a[href^=\"#\"]')].filter(link => !document.querySelector(link.hash)).length";
    assert_eq!(browser.value(broken), 0, "a link leads nowhere");
    // A bar is where its times say: process 4001 is born 0.4 s into the run.
    let place = "(([bar, track]) => (bar.left - track.left) / track.width)(['.bar', '.in'].map(part => \
                 document.querySelector('#process-1 ' + part).getBoundingClientRect()))";
    let length =
        browser.value("JSON.parse(document.getElementById('data').textContent).length").as_f64().unwrap();
    let place = browser.value(place).as_f64().unwrap();
    assert!((place - 400e6 / length).abs() < 0.002, "{place} of {length} ns");
    picture(&mut browser, "no-script.png");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn hostile_text_is_text() {
    let folder = folder("html-hostile");
    let page = page(&folder, &sample::hostile());
    let text = fs::read_to_string(&page).unwrap();
    assert!(!text.chars().any(|letter| letter == '\u{1b}' || letter == '\u{202e}' || letter == '\0'));
    assert!(!text.contains("hunter2"));
    let Some(mut browser) = Browser::start(&folder) else { return };
    browser.window(1280, 900);
    browser.open(&page);
    browser.ready();
    assert_ne!(browser.value("document.title"), "owned");
    assert_eq!(browser.value("document.images.length"), 0);
    assert_eq!(browser.value("document.scripts.length"), 2);
    assert_eq!(browser.value("document.querySelectorAll('.row').length"), 2);
    browser.window(360, 780);
    assert_eq!(browser.value("document.documentElement.scrollWidth"), 360);
    picture(&mut browser, "hostile-narrow.png");
    browser.window(1280, 900);
    browser.frame();
    picture(&mut browser, "hostile.png");
    assert_eq!(browser.complaints(), Vec::<String>::new());
    // Had it been let in, the policy would have stopped it.
    browser.value("document.body.append(Object.assign(document.createElement('script'), {textContent: 'document.title = \"owned\"'}))");
    assert_ne!(browser.value("document.title"), "owned");
}

#[test]
fn thousands_of_processes_do_not_stop_it() {
    let folder = folder("html-many");
    let page = page(&folder, &sample::gunicorn(5001, 50_000));
    let size = fs::metadata(&page).unwrap().len();
    assert!(size < 10_000_000, "{size} bytes");
    let Some(mut browser) = Browser::start(&folder) else { return };
    browser.window(1280, 900);
    browser.open(&page);
    let took = browser.ready();
    let zoomed = "(() => { const from = performance.now(); document.getElementById('zoom-in').click(); \
                  document.body.offsetHeight; return performance.now() - from; })()";
    let zoomed = browser.value(zoomed).as_f64().unwrap();
    println!("{size} bytes, ready after {took:.0} ms, a zoom takes {zoomed:.0} ms");
    assert!(took < 10_000.0 && zoomed < 2000.0, "ready after {took} ms, zoomed after {zoomed} ms");
    picture(&mut browser, "many.png");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_log_without_findings_or_without_processes_is_a_page_too() {
    let folder = folder("html-empty");
    let Some(mut browser) = Browser::start(&folder) else { return };
    browser.window(1280, 900);
    let quiet = sample::gunicorn(5, 0);
    let only = sample::gunicorn(9, 40)
        .lines()
        .filter(|line| line.contains("\"finding\""))
        .collect::<Vec<_>>()
        .join("\n");
    for (log, words) in
        [("", "Nothing was found."), (&*quiet, "Nothing was found."), (&*only, "log_processes=0")]
    {
        let page = page(&folder, log);
        browser.open(&page);
        browser.frame();
        let text = browser.value("document.body.innerText");
        assert!(text.as_str().unwrap().contains(words), "{words}: {text}");
        assert_eq!(browser.complaints(), Vec::<String>::new());
    }
}
