//! What people meet: the pages in a real browser, wide and narrow, by keyboard, live, without
//! scripts, and with hostile names.

use linchpin_tests::{Browser, Desk, Place};
use serde_json::{Value, json};

/// The day on which the sample firm's history ends.
const TODAY: &str = "2026-11-20";

/// More presses of Tab than any page needs.
const TABS: usize = 120;

/// A colour scheme on a width of window, and whether it is a phone's.
const LOOKS: [(&str, u32, bool); 4] =
    [("light", 1280, false), ("dark", 1280, false), ("light", 390, true), ("dark", 390, true)];

/// The focused element: its id, its class, its words, and whether its focus can be seen.
const FOCUSED: &str = "(() => {
  const e = document.activeElement;
  const style = getComputedStyle(e);
  const box = e.getBoundingClientRect();
  const words = (e.labels?.[0]?.textContent || e.textContent).trim();
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  const inside = box.width > 0 && box.height > 0 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
  return { id: e.id, class: e.className, words, ring, inside,
    form: e.form ? e.form.getAttribute('action') : null };
})()";

/// The first elements that lie beyond the right edge of a window WIDTH wide; none where all fits.
const BEYOND: &str = "(() => {
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth && innerWidth === WIDTH) return [];
  const beyond = e => e.getBoundingClientRect().right > root.clientWidth + .5;
  return [root.scrollWidth, root.clientWidth, innerWidth].concat(
    [...document.querySelectorAll('body *')].filter(beyond).slice(0, 5)
      .map(e => `${e.tagName}.${e.getAttribute('class')}#${e.id}`));
})()";

/// Whether the page's ground is dark.
const DARK: &str = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).slice(0, 3)
  .every(part => part < 64)";

/// The browser, and a desk on the sample firm; `None` where there is no browser.
fn demo() -> Option<(Browser, Place, Desk)> {
    let browser = Browser::start()?;
    let place = Place::new();
    place.run(&["demo", "--no-serve", "--today", TODAY]);
    let desk = Desk::start(&place);
    desk.settle();
    Some((browser, place, desk))
}

/// One fact in the form that the outside tells it, at a moment.
fn event(id: &str, kind: &str, time: &str, data: Value) -> String {
    let event = json!({
        "specversion": "1.0", "id": id, "source": "browser", "type": format!("linchpin.{kind}"),
        "time": time, "datacontenttype": "application/json", "data": data,
    });
    event.to_string()
}

fn tell(desk: &Desk, event: &str) {
    let answer = desk.post("/v1/events", "application/cloudevents+json", event);
    assert!(answer.status < 300, "{}: {}", answer.status, answer.body);
}

/// Every kind of page.
fn pages(desk: &Desk) -> Vec<String> {
    let accounts = desk.get("/v1/accounts?limit=1").json();
    let account = accounts["accounts"][0]["id"].as_str().unwrap();
    let head = desk.head();
    let mut pages = [
        "/",
        "/portfolio",
        "/alerts",
        "/alerts?state=resolved",
        "/policy",
        "/ownership",
        "/look-back",
        "/quarantine",
        "/search?q=",
        "/search?q=ra",
        "/nothing-here",
    ]
    .map(str::to_owned)
    .to_vec();
    pages.push(format!("/accounts/{account}"));
    pages.push(format!("/accounts/{account}?as_of=2026-03-31&known_at=2026-04-15T12:00:00Z"));
    pages.push(format!("/entries/{head}"));
    pages.push(format!("/ownership?account={account}"));
    for deed in ["approve", "override", "rule", "hand-over", "plan", "merge?q=ra", "parent?q=ra"] {
        pages.push(format!("/accounts/{account}/acts/{deed}"));
    }
    pages
}

/// What a page owes and lacks: it complains of nothing, nothing lies beyond the window's edge
/// (also with every menu open), it has one heading, and all that can be acted on has a name.
fn faults(browser: &mut Browser, width: u32) -> Vec<String> {
    let mut faults = browser.complaints();
    let headings = browser.js("document.querySelectorAll('h1').length");
    if headings != 1 {
        faults.push(format!("{headings} headings of the first rank"));
    }
    for open in [false, true] {
        let menus =
            format!("document.querySelectorAll('details').forEach(e => e.open = {open}); 0");
        browser.js(&menus);
        let beyond = browser.js(&BEYOND.replace("WIDTH", &width.to_string()));
        if beyond != json!([]) {
            faults.push(format!("wider than the window, menus open: {open}: {beyond}"));
        }
    }
    let nameless = browser.told().into_iter().filter(|(_, name)| name.is_empty());
    faults.extend(nameless.map(|(role, _)| format!("{role} without a name")));
    faults
}

#[test]
fn the_checks_find_what_is_wrong() {
    let Some(mut browser) = Browser::start() else { return };
    browser.look(390, true, "light");
    let page = "<meta name=viewport content='width=device-width'>\
        <meta http-equiv=Content-Security-Policy content=\"img-src 'none'\">\
        <h1>One</h1><h1>Two</h1><p style='width:900px'>wide</p><button></button><a href=x></a>\
        <input><input type=date><select><option>o</option></select><img src=x width=9 height=9>\
        <details><summary></summary></details><svg role=img width=9 height=9></svg>\
        <script>console.error('loud'); alert('dialog'); missing()</script>";
    let folder = Place::new();
    let path = folder.file("page.html", page);
    browser.open(&format!("file://{}", path.display()));
    let faults = faults(&mut browser, 390);
    let wanted = [
        "violates the following Content Security Policy",
        "\"loud\"",
        "dialog: \"dialog\"",
        "missing is not defined",
        "2 headings",
        "menus open: false",
        "menus open: true",
        "button without",
        "link without",
        "textbox without",
        "Date without",
        "combobox without",
        "DisclosureTriangle without",
        "image without",
    ];
    for part in wanted {
        assert!(faults.iter().any(|fault| fault.contains(part)), "{part} is not in {faults:#?}");
    }
    let pictures = faults.iter().filter(|fault| fault.starts_with("image without")).count();
    assert_eq!(pictures, 2, "the picture and the plot: {faults:#?}");
}

#[test]
fn every_page_is_whole_wide_and_narrow_light_and_dark() {
    let Some((mut browser, _place, desk)) = demo() else { return };
    let broken = event("b1", "invoice.issued", "2026-11-19T23:10:00Z", json!({ "amount": "much" }));
    desk.post("/v1/events", "application/x-ndjson", broken);
    assert!(desk.get("/quarantine").body.contains("invoice.issued"), "there is one to look at");
    for look in LOOKS {
        browser.look(look.1, look.2, look.0);
        for page in pages(&desk) {
            browser.open(&format!("{}{page}", desk.address));
            let mut faults = faults(&mut browser, look.1);
            if page == "/nothing-here" {
                faults.retain(|fault| !fault.contains("status of 404"));
            }
            assert_eq!(faults, Vec::<String>::new(), "{page}: {look:?}");
            assert_eq!(browser.js(DARK), look.0 == "dark", "{page}: {look:?}");
        }
    }
}

#[test]
fn an_alert_is_taken_in_hand_by_keyboard_alone() {
    let Some((mut browser, _place, desk)) = demo() else { return };
    browser.look(1280, false, "light");
    browser.open(&format!("{}/", desk.address));
    browser.press("/");
    let focused = browser.js(FOCUSED);
    assert_eq!((&focused["id"], &focused["ring"]), (&json!("find"), &json!(true)), "{focused}");
    assert_eq!(browser.js("document.getElementById('find').value"), "", "the key itself is eaten");

    browser.open(&format!("{}/", desk.address));
    let mut stops = Vec::new();
    let action = loop {
        assert!(stops.len() < TABS, "no Acknowledge within {TABS} presses of Tab: {stops:?}");
        browser.press("Tab");
        let stop = browser.js(FOCUSED);
        let words = stop["words"].as_str().unwrap().to_owned();
        assert!(stop["ring"] == true && stop["inside"] == true, "focus is not to be seen: {stop}");
        stops.push(words);
        if stops.last().unwrap().starts_with("Acknowledge") {
            break stop["form"].as_str().unwrap().to_owned();
        }
    };
    assert_eq!(
        stops[..3],
        ["Skip to content", "Linchpin", "Find an account, contact or entry"],
        "{stops:?}"
    );
    browser.press("Enter");
    browser.wait("location.search.includes('done=') && document.readyState === 'complete'");
    let note = browser.js("document.querySelector('.banner.done[role=status]').textContent");
    assert!(!note.as_str().unwrap().trim().is_empty());
    let id = action.split('/').nth(3).unwrap();
    let shown = format!("document.getElementById('alert-{id}')");
    assert_eq!(browser.js(&format!("{shown} === null")), true, "{action}");
    assert!(!desk.get("/v1/alerts?state=open").body.contains(id));
    assert_eq!(browser.complaints(), Vec::<String>::new());

    browser.open(&format!("{}/", desk.address));
    browser.press("Tab");
    browser.press("Enter");
    browser.press("Tab");
    let inside = browser.js("document.getElementById('main').contains(document.activeElement)");
    assert_eq!(inside, true, "the skip link leads past the frame");
}

/// The contacts of the key accounts whose going is an alert of its own: account, contact, name.
fn who_may_go(desk: &Desk) -> Vec<(String, String, String)> {
    let accounts = desk.get("/v1/accounts?status=key&limit=20").json();
    let ids = accounts["accounts"].as_array().unwrap().iter().map(|row| row["id"].as_str());
    let mut found = Vec::new();
    for id in ids.map(Option::unwrap) {
        let account = desk.get(&format!("/v1/accounts/{id}")).json();
        let contacts = account["contacts"].as_array().unwrap();
        let goes = contacts.iter().find(|c| c["active"] == true && c["role"] != "decision maker");
        if let Some(contact) = goes {
            let text = |name: &str| contact[name].as_str().unwrap().to_owned();
            found.push((id.to_owned(), text("id"), text("name")));
        }
    }
    found
}

/// Someone leaves, at the moment the ledger's own clock stands at.
fn leaves(desk: &Desk, (account, contact, name): &(String, String, String)) {
    let entry = desk.get(&format!("/v1/entries/{}", desk.head())).json();
    let now = entry["item"]["recorded_at"].as_str().unwrap().to_owned();
    let data = json!({ "account": account, "contact": contact });
    tell(desk, &event(&format!("{name} leaves"), "contact.left", &now, data));
}

#[test]
fn a_page_follows_what_happens_and_says_when_it_cannot() {
    let Some((mut browser, _place, mut desk)) = demo() else { return };
    let going = who_may_go(&desk);
    browser.look(1280, false, "light");
    browser.open(&format!("{}/alerts?kind=contacts", desk.address));
    browser.wait("document.getElementById('mark').textContent.startsWith('Live')");
    browser.js("window.sameVisit = true; 0");
    let told = |name: &str| {
        format!("document.getElementById('live').textContent.includes({})", json!(name))
    };
    let (first, second) = (&going[0], &going[1]);
    assert_eq!(browser.js(&told(&first.2)), false, "{first:?}");
    leaves(&desk, first);
    browser.wait(&told(&first.2));
    assert_eq!(browser.js("document.getElementById('news').hidden"), true);

    // Whoever reads further down is told, and chooses when.
    browser.js("document.body.style.paddingBottom = '3000px'; window.scrollTo(0, 1500); 0");
    leaves(&desk, second);
    browser.wait("!document.getElementById('news').hidden");
    assert_eq!(browser.js(&told(&second.2)), false, "nothing moves under the eyes");
    browser.js("document.getElementById('news').focus(); 0");
    browser.press("Enter");
    browser.wait(&told(&second.2));
    browser.wait("document.getElementById('news').hidden && window.scrollY === 0");
    assert_eq!(browser.js("window.sameVisit"), true, "without loading the page again");
    assert_eq!(browser.complaints(), Vec::<String>::new());

    desk.kill();
    browser.wait("document.getElementById('mark').textContent === 'Not live'");
}

#[test]
fn everything_can_be_done_without_scripts() {
    let Some((mut browser, _place, desk)) = demo() else { return };
    browser.without_scripts();
    browser.look(390, true, "light");
    browser.open(&format!("{}/alerts", desk.address));
    let button = "form[action$='/acknowledge'] button";
    let action = browser.js(&format!("document.querySelector({button:?}).form.action"));
    let id = action.as_str().unwrap().rsplit('/').nth(1).unwrap().to_owned();
    browser.click(button);
    browser.wait("location.search.includes('done=') && document.querySelector('.banner.done')");
    assert!(!desk.get("/v1/alerts?state=open").body.contains(&id));
    let mark = browser.js("document.getElementById('mark').textContent");
    assert!(mark.as_str().unwrap().starts_with("Read at"), "no page claims to be live: {mark}");

    browser.click("form.theme button[value=dark]");
    browser.wait("document.documentElement.dataset.theme === 'dark'");
    browser.js("document.getElementById('find').value = 'ra'; 0");
    browser.js("document.getElementById('find').focus(); 0");
    browser.press("Enter");
    browser.wait("location.pathname === '/search' && document.querySelector('.found a')");
    browser.click(".found a");
    browser.wait("location.pathname.startsWith('/accounts/')");
    assert_eq!(browser.complaints(), Vec::<String>::new());
}

#[test]
fn a_hostile_name_is_only_text() {
    let Some(mut browser) = Browser::start() else { return };
    let name = "<img src=x onerror=alert(1)>";
    let script = "</title></script><script>alert(2)</script>\"'><svg onload=alert(3)>";
    let place = Place::new();
    place.run(&["init", "--simulated"]);
    let desk = Desk::start(&place);
    let who = json!({ "account": "crm:1", "contact": "crm:p1" });
    let mut joined = who.clone();
    joined["person"] = json!({ "name": script });
    joined["title"] = json!(name);
    tell(
        &desk,
        &event(
            "1",
            "account.registered",
            "2026-01-01T09:00:00Z",
            json!({ "account": "crm:1", "name": name }),
        ),
    );
    tell(&desk, &event("2", "contact.joined", "2026-01-01T09:00:00Z", joined));
    tell(&desk, &event("3", "contact.left", "2026-01-02T09:00:00Z", who));
    let broken = json!({ "account": "crm:1", "amount": script });
    let broken = event("4", "invoice.issued", "2026-01-02T09:00:00Z", broken);
    desk.post("/v1/events", "application/x-ndjson", broken);
    desk.settle();
    let id = desk.get("/v1/accounts?limit=1").json()["accounts"][0]["id"].clone();
    let account = format!("/accounts/{}", id.as_str().unwrap());
    let history = desk.get(&format!("/v1{account}/history?limit=100")).json();
    let told = history["items"].as_array().into_iter().flatten();
    let told = told.filter(|item| item["kind"] == "account.registered");
    let entry = told.map(|item| format!("/entries/{}", item["position"])).next().unwrap();
    let pages = [
        ("/", name),
        ("/portfolio", name),
        ("/alerts", script),
        ("/search?q=%3Cimg", name),
        ("/search?q=%22%3E%3Csvg%20onload%3Dalert(4)%3E", "onload=alert(4)"),
        ("/quarantine", "onload=alert(3)"),
        (&account, script),
        (&entry, name),
    ];
    for (page, text) in pages {
        browser.open(&format!("{}{page}", desk.address));
        let shown = browser.js(&format!("document.body.innerText.includes({})", json!(text)));
        assert_eq!(shown, true, "{page} shows {text}");
        let made =
            "document.querySelectorAll('img, [onerror], [onload], script:not([src])').length";
        assert_eq!(browser.js(made), 0, "{page}");
        assert_eq!(browser.complaints(), Vec::<String>::new(), "{page}");
    }
}
