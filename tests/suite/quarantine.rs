//! What waits in the quarantine, as it is listed, fed again and settled on the command line.

use std::fmt::Write as _;

use linchpin_tests::{Place, example};
use serde_json::Value;

fn waiting(place: &Place) -> Vec<Value> {
    place.json(&["quarantine", "list", "--json"]).as_array().unwrap().clone()
}

#[test]
fn a_row_of_a_list_is_mended_in_the_list() {
    let place = Place::new();
    let map = example("contacts.toml");
    let good = "client_id,contact_id,name,title\nACME,P1,Ann,Clerk\nACME,P2,Ben,Clerk\n";
    let sync = |day: &str, text: &str| {
        let path = place.file(&format!("{day}.csv"), text).display().to_string();
        place.run(&["sync", "contacts", &path, "--map", &map]).out
    };
    sync("2026-01-01", good);
    sync("2026-02-01", &good.replace("ACME,P2", "ACME,P2,too,many"));
    let items = waiting(&place);
    assert_eq!(items.len(), 1, "{items:?}");
    assert_eq!(items[0]["source"], "sync:clients/2026-02-01.csv");
    let number = items[0]["id"].to_string();
    let refused = place.refused(&["quarantine", "retry", &number]);
    assert!(refused.contains("mend the list and sync it again"), "{refused}");
    assert_eq!(waiting(&place).len(), 1);

    let said = sync("2026-03-01", good);
    assert!(said.contains("are settled"), "{said}");
    assert!(waiting(&place).is_empty());
    let shown = place.run(&["quarantine", "show", &number]).out;
    assert!(shown.contains("settled") && shown.contains("line 3"), "{shown}");
    assert!(!shown.contains("Ben") && !shown.contains("reason"), "{shown}");
}

#[test]
fn a_long_quarantine_says_how_much_more_there_is() {
    let place = Place::new();
    let mut text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,\
                    Country\n1,A,x,1,2011-03-04 10:00:00,2.00,7.0,Eire\n"
        .to_owned();
    for n in 2..=612 {
        writeln!(text, "{n},A,x,many,2011-03-04 10:00:00,2.00,7.0,Eire").unwrap();
    }
    let file = place.file("orders.csv", text).display().to_string();
    place.run(&["import", &file, "--map", &example("orders.toml")]);
    let listed = place.run(&["quarantine", "list"]).out;
    assert!(listed.contains("and 111 more"), "{}", &listed[listed.len() - 300..]);
    assert_eq!(waiting(&place).len(), 611);
}

#[test]
fn what_is_told_once_and_comes_otherwise_is_said() {
    let place = Place::new();
    let text = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n\
                1,A,x,1,2011-03-04 10:00:00,2.00,7.0,Eire\n\
                2,A,x,1,2011-03-05 10:00:00,2.00,7.0,Malta\n";
    let file = place.file("orders.csv", text).display().to_string();
    let said = place.run(&["import", &file, "--map", &example("orders.toml")]).out;
    assert!(said.contains("1  facts told once before and otherwise"), "{said}");
    assert!(said.contains("First telling kept: account.registered 7"), "{said}");
}
