"use strict";
// The page stands without this. It adds zoom, filters, folding and the keyboard.
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");
  const byId = (id) => document.getElementById(id);

  // Theme: the reader's choice, kept where the browser lets a file keep something.
  const kept = { get: () => { try { return localStorage.getItem("forkproof-theme"); } catch { return null; } },
                 set: (theme) => { try { localStorage.setItem("forkproof-theme", theme); } catch { /* for this visit only */ } } };
  if (kept.get()) root.dataset.theme = kept.get();
  byId("theme").addEventListener("click", () => {
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    kept.set(root.dataset.theme);
  });

  const { length, parts, rows: tree, marks, groups } = JSON.parse(byId("data").textContent);
  const tones = ["died", "failed", "poisoned", "reported", "other", "repaired", "suppressed"];
  const wanted = groups.map(() => true);

  const follow = () => {
    const place = decodeURIComponent(location.hash.slice(1));
    const target = place && byId(place);
    if (!target) return;
    if (target.matches("details")) target.open = true;
    if (target.matches(".row")) { unfoldTo(number(target)); move(target); return; }
    if (target.hidden) clearFilter();
    if (target.matches("article")) {
      const stacks = target.querySelector(".stacks");
      if (stacks) stacks.open = true;
    }
    target.focus({ preventScroll: true });
    target.scrollIntoView({ block: "start" });
  };

  // Filter
  const cards = [...document.querySelectorAll("article.card")];
  const toggles = [...document.querySelectorAll(".toggle input")];
  const search = byId("filter");
  let texts;
  const filter = () => {
    const sought = search.value.trim().toLowerCase();
    const off = new Set(toggles.filter((toggle) => !toggle.checked).map((toggle) => toggle.value));
    // Reading ten thousand stacks takes a while: only when somebody searches.
    if (sought && !texts) texts = cards.map((card) => card.textContent.toLowerCase());
    let shown = 0;
    groups.forEach(([tone, slug], place) => {
      const text = texts?.[place] ?? slug.toLowerCase();
      wanted[place] = !off.has(tone) && (!sought || text.includes(sought));
      if (cards[place]) {
        cards[place].hidden = !wanted[place];
        shown += wanted[place];
      }
    });
    const all = shown === cards.length;
    byId("shown").textContent = all ? "" : `${shown} of ${cards.length} kinds of findings are shown.`;
    repaint();
  };
  const clearFilter = () => {
    search.value = "";
    for (const toggle of toggles) toggle.checked = true;
    filter();
  };
  if (search) {
    let waiting;
    search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 80); });
    search.addEventListener("keydown", (event) => { if (event.key === "Escape") clearFilter(); });
    for (const toggle of toggles) toggle.addEventListener("change", filter);
  }

  // A finding's explanation is on the page once; where it is asked for, a copy is shown.
  document.addEventListener("toggle", (event) => {
    const why = event.target;
    if (!why.matches?.("details.why[data-slug]") || !why.open) return;
    const page = byId(`explain-${why.dataset.slug}`)?.querySelector(".page");
    if (page) why.replaceChildren(why.firstElementChild, page.cloneNode(true));
    delete why.dataset.slug;
  }, true);

  // Timeline
  const box = byId("timeline");
  if (!box) { addEventListener("hashchange", follow); follow(); return; }
  const field = byId("rows");
  const rows = [...field.querySelectorAll(":scope > .row")];
  const number = (row) => Number(row.id.slice("process-".length));
  const height = 38, middle = 27, widthOfMark = 34;
  let first = 0, seen = parts, version = 0;
  let visible = rows.map((_, place) => place);
  const painted = new Int32Array(rows.length);
  const inner = () => byId("ticks").clientWidth || 1;

  const axis = () => {
    const units = [[864e11, "d"], [36e11, "h"], [6e10, "min"], [1e9, "s"], [1e6, "ms"], [1e3, "µs"], [1, "ns"]];
    const per = length / parts;
    const least = Math.max(seen * per / Math.max(2, Math.floor(inner() / 90)), 1e-3);
    let step = 10 ** Math.ceil(Math.log10(least));
    for (const part of [5, 2]) if (step / part >= least) { step /= part; break; }
    if (least > 2e10) step = [3e10, 6e10, 12e10, 3e11, 6e11, 9e11, 18e11, 36e11, 72e11, 108e11, 216e11, 432e11]
      .find((round) => round >= least) ?? 864e11 * Math.ceil(least / 864e11);
    const [unit, word] = units.find(([unit]) => length >= 2 * unit) ?? units[6];
    const ticks = [], lines = [];
    for (let at = Math.ceil(first * per / step) * step; at <= (first + seen) * per * 1.0000001; at += step) {
      const tick = document.createElement("span");
      const decimals = Math.max(0, Math.min(9, Math.ceil(-Math.log10(step / unit) - 1e-9)));
      tick.textContent = `${Number((at / unit).toFixed(step % unit ? Math.max(decimals, 1) : 0))} ${word}`;
      tick.style.setProperty("--a", at / per);
      ticks.push(tick);
      const line = document.createElement("i");
      line.style.setProperty("--a", at / per);
      lines.push(line);
    }
    byId("ticks").replaceChildren(...ticks);
    byId("grid").replaceChildren(...lines);
  };

  const forks = byId("forks");
  const connect = () => {
    const where = new Map(visible.map((place, line) => [place, line]));
    let lines = "", dots = "";
    for (const place of visible) {
      const [parent, born] = tree[place];
      if (parent === null) continue;
      const from = where.get(parent) * height + middle;
      lines += `M${born} ${from}V${where.get(place) * height + middle}`;
      dots += `M${born} ${from}h0`;
    }
    forks.children[0].setAttribute("d", lines);
    forks.children[1].setAttribute("d", dots);
  };

  const short = (count) => count < 1000 ? count : count < 1e4 ? `${Math.floor(count / 100) / 10}k`
    : count < 1e6 ? `${Math.floor(count / 1000)}k` : `${Math.floor(count / 1e6)}M`;

  // Marks that would fall on each other are one; how many do depends on zoom and window, so a row's are drawn when it is seen.
  const paintRow = (place) => {
    if (painted[place] === version) return;
    painted[place] = version;
    const near = seen * widthOfMark / inner();
    const clusters = [];
    for (const [at, group, count] of marks[place]) {
      if (!wanted[group] || at < first - near || at > first + seen * 1.2) continue;
      const last = clusters.at(-1);
      if (last && at - last.at < near) {
        last.count += count;
        last.group = Math.min(last.group, group);
        last.groups.set(group, (last.groups.get(group) ?? 0) + count);
      } else clusters.push({ at, group, count, groups: new Map([[group, count]]) });
    }
    const track = rows[place].querySelector(".in");
    for (const old of track.querySelectorAll(":scope > .mark")) old.remove();
    for (const { at, group, count, groups: inside } of clusters) {
      const mark = document.createElement("a");
      mark.className = `mark o-${groups[group][0]}`;
      mark.href = `#finding-${group + 1}`;
      mark.tabIndex = -1;
      mark.style.setProperty("--a", at);
      const kinds = [...inside].sort(([one], [other]) => one - other);
      const told = kinds.slice(0, 6).map(([kind, many]) => `${many} × ${groups[kind][1]} ${groups[kind][0]}`);
      if (kinds.length > 6) told.push(`and ${kinds.length - 6} groups more`);
      mark.title = told.join(", ");
      mark.setAttribute("aria-label", mark.title);
      const shape = document.createElement("i");
      shape.className = "shape";
      mark.append(shape);
      if (count > 1) mark.append(short(count));
      track.append(mark);
    }
  };
  const paint = () => {
    const top = Math.max(0, Math.floor(box.scrollTop / height) - 4);
    for (const place of visible.slice(top, top + Math.ceil(box.clientHeight / height) + 8)) paintRow(place);
  };
  let due = false;
  const soon = (work) => { if (!due) { due = true; requestAnimationFrame(() => { due = false; work(); }); } };
  // A row out of sight has no marks until it is seen: those it had may be of what is hidden now.
  const repaint = () => {
    version += 1;
    paint();
    for (const mark of field.querySelectorAll(".mark")) if (painted[number(mark.closest(".row"))] !== version) mark.remove();
  };
  box.addEventListener("scroll", () => soon(paint), { passive: true });
  let width = 0;
  new ResizeObserver(() => {
    if (width === inner()) return;
    width = inner();
    axis(); repaint();
  }).observe(box);

  // Zoom
  const look = (from, many) => {
    seen = Math.min(parts, Math.max(parts / 4000, many));
    first = Math.min(parts - seen, Math.max(0, from));
    box.style.setProperty("--f", first);
    box.style.setProperty("--s", seen);
    forks.setAttribute("viewBox", `${first} 0 ${seen} ${visible.length * height}`);
    axis(); repaint();
  };
  const zoom = (by, at = 0.5) => look(first + seen * at * (1 - 1 / by), seen / by);
  byId("zoom-in").addEventListener("click", () => zoom(2));
  byId("zoom-out").addEventListener("click", () => zoom(0.5));
  byId("zoom-all").addEventListener("click", () => look(0, parts));
  const part = (event) => (event.clientX - byId("ticks").getBoundingClientRect().left) / inner();
  box.addEventListener("wheel", (event) => {
    if (event.ctrlKey) { event.preventDefault(); zoom(event.deltaY < 0 ? 1.25 : 0.8, part(event)); }
    else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      event.preventDefault();
      look(first + (event.deltaX || event.deltaY) / inner() * seen, seen);
    }
  }, { passive: false });
  box.addEventListener("dblclick", (event) => { if (event.target.closest(".track")) zoom(2, part(event)); });
  let dragged = null;
  box.addEventListener("pointerdown", (event) => {
    if (event.button === 0 && seen < parts && event.target.closest(".track") && !event.target.closest("a")) {
      dragged = { x: event.clientX, first };
      box.setPointerCapture(event.pointerId);
    }
  });
  box.addEventListener("pointermove", (event) => { if (dragged) look(dragged.first - (event.clientX - dragged.x) / inner() * seen, seen); });
  for (const end of ["pointerup", "pointercancel"]) box.addEventListener(end, () => { dragged = null; });

  // Folding. A row is hidden when one above it is folded.
  const open = (row) => row.getAttribute("aria-expanded") !== "false";
  const arrange = () => {
    const shown = [];
    visible = [];
    rows.forEach((row, place) => {
      const parent = tree[place][0];
      shown[place] = parent === null || (shown[parent] && open(rows[parent]));
      row.hidden = !shown[place];
      if (shown[place]) visible.push(place);
    });
    connect();
    look(first, seen);
  };
  const fold = (row, folded) => {
    if (!row.hasAttribute("aria-expanded")) return;
    row.setAttribute("aria-expanded", String(!folded));
    arrange();
  };
  const unfoldTo = (place) => {
    let folded = false;
    for (let above = tree[place][0]; above !== null; above = tree[above][0]) {
      folded ||= !open(rows[above]);
      rows[above].setAttribute("aria-expanded", "true");
    }
    if (folded) arrange();
  };
  for (const row of rows) row.querySelector(".fold")?.addEventListener("click", () => fold(row, open(row)));

  // Keyboard: one row of the grid is in the tab order, arrows move from it.
  let current = rows[0];
  const move = (row) => {
    if (!row) return;
    current.tabIndex = -1;
    current = row;
    current.tabIndex = 0;
    current.focus({ preventScroll: true });
    current.scrollIntoView({ block: "nearest" });
  };
  for (const row of rows) row.tabIndex = -1;
  for (const mark of field.querySelectorAll(".mark")) mark.tabIndex = -1;
  current.tabIndex = 0;
  box.addEventListener("focusin", (event) => {
    const row = event.target.closest(".row");
    if (row && row !== current) { current.tabIndex = -1; current = row; current.tabIndex = 0; }
  });
  const besides = (place, by) => rows[visible[visible.indexOf(place) + by]];
  box.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const row = event.target.closest(".row");
    const mark = event.target.closest(".mark");
    const keys = {
      "+": () => zoom(2), "=": () => zoom(2), "-": () => zoom(0.5), "0": () => look(0, parts),
    };
    if (event.shiftKey && event.key === "ArrowLeft") look(first - seen / 5, seen);
    else if (event.shiftKey && event.key === "ArrowRight") look(first + seen / 5, seen);
    else if (keys[event.key]) keys[event.key]();
    else if (row) {
      const place = number(row);
      const inRow = [...row.querySelectorAll(".mark")];
      const rowKeys = {
        ArrowDown: () => move(besides(place, 1)),
        ArrowUp: () => move(besides(place, -1)),
        PageDown: () => move(besides(place, 15) ?? rows[visible.at(-1)]),
        PageUp: () => move(visible.indexOf(place) > 15 ? besides(place, -15) : rows[visible[0]]),
        Home: () => move(rows[visible[0]]),
        End: () => move(rows[visible.at(-1)]),
        ArrowRight: () => {
          if (!mark && !open(row)) fold(row, false);
          else (mark ? inRow[inRow.indexOf(mark) + 1] : inRow[0])?.focus();
        },
        ArrowLeft: () => {
          const before = mark && inRow[inRow.indexOf(mark) - 1];
          if (before) before.focus();
          else if (mark) move(row);
          else if (row.hasAttribute("aria-expanded") && open(row)) fold(row, true);
          else move(rows[tree[place][0]]);
        },
        // The gravest of the row; a mark is a link and opens its own.
        Enter: () => {
          const gravest = marks[place].filter(([, group]) => wanted[group]).reduce((least, [, group]) => Math.min(least, group), Infinity);
          if (gravest < Infinity) location.hash = `#finding-${gravest + 1}`;
        },
        Escape: () => move(row),
      };
      if (mark && event.key === "Enter") return;
      if (!rowKeys[event.key]) return;
      rowKeys[event.key]();
    } else if (event.target === box && event.key === "ArrowDown") move(current);
    else return;
    event.preventDefault();
  });

  addEventListener("hashchange", follow);
  // A second click on the same mark changes no hash.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) { event.preventDefault(); follow(); }
  });
  repaint();
  follow();
  root.dataset.ready = String(Math.round(performance.now()));
})();
