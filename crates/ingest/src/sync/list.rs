//! Reads the list. A row that cannot be read never makes anybody leave: its contact stays as it
//! was; where the row does not even tell its contact, nobody leaves that client; where it does not
//! tell the client, nobody leaves at all.

use std::collections::{BTreeMap, BTreeSet};
use std::io::BufRead;

use linchpin_domain::fact::{BuyingRole, Level};
use linchpin_domain::id::{AccountId, ContactId, OutsideRef};

use super::SyncError;
use super::map::{ContactsMap, word};
use crate::import::{Damage, ImportError, Meter, Progress, Stage, Table, Troubles, sheet};
use crate::map::{Bad, Field, Values};

/// Most contacts of one list.
const MAX_LIST: usize = 2_000_000;
/// Rows read between two looks at what else there is to do.
const SLICE: u64 = 1_000;

/// A contact at a client.
pub(crate) type Pair = (AccountId, ContactId);

/// One row of the list.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The client's and the contact's ids as the list writes them.
    pub(crate) account: String,
    pub(crate) contact: String,
    pub(crate) name: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) phone: Option<String>,
    /// `None` where the map has no title.
    pub(crate) title: Option<String>,
    pub(crate) level: Option<Level>,
    pub(crate) role: Option<BuyingRole>,
}

/// The whole list.
#[derive(Default)]
pub(crate) struct List {
    pub(crate) rows: u64,
    pub(crate) contacts: BTreeMap<Pair, Listed>,
    /// Listed, but not to be believed: they stay as they are.
    pub(crate) kept: BTreeSet<Pair>,
    /// Clients that nobody leaves.
    pub(crate) nobody_leaves: BTreeSet<AccountId>,
    /// Whether nobody leaves any client.
    pub(crate) nobody_leaves_at_all: bool,
    /// Rows that could not be read, beside those in `kept`.
    pub(crate) unknown: u64,
    lines: BTreeMap<Pair, (u64, String)>,
}

struct Ids {
    account: Option<(String, AccountId)>,
    contact: Option<(String, ContactId)>,
}

/// Reads the whole list.
pub(crate) async fn read<R: BufRead>(
    mut table: Table<R>,
    meter: &Meter,
    file: &str,
    map: &ContactsMap,
    troubles: &mut Troubles<'_>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<List, SyncError> {
    let mut list = List::default();
    let header = table.shape.header.clone();
    loop {
        let row = table.next().map_err(|source| ImportError::Read {
            file: file.to_owned(),
            line: table.line(),
            source,
        })?;
        let Some(row) = row else { break };
        list.rows += 1;
        let bad = match row.read {
            Ok(values) => list.take(row.line, &row.raw, &values, map),
            Err(damage) => {
                list.protect(&salvaged(&damage, map));
                Err((damage.column, damage.bad))
            }
        };
        match bad {
            Ok(None) => troubles.good(),
            Ok(Some((twice, raws))) => {
                troubles.good();
                let bad = Bad::new("a contact listed twice", twice);
                let original = sheet(&header, raws.iter().map(|(_, raw)| raw.as_str()));
                let lines: Vec<String> = raws.iter().map(|(line, _)| line.to_string()).collect();
                troubles
                    .add(format!("lines {}", lines.join(", ")), &bad, raws.len() as u64, original)
                    .await?;
            }
            Err((column, bad)) => {
                let place = match column {
                    Some(column) => format!("line {}, column {column}", row.line),
                    None => format!("line {}", row.line),
                };
                let original = sheet(&header, [row.raw.as_str()]);
                troubles.add(place, &bad, 1, original).await?;
            }
        }
        if list.contacts.len() > MAX_LIST {
            return Err(SyncError::TooLong { file: file.to_owned(), limit: MAX_LIST });
        }
        if list.rows.is_multiple_of(SLICE) {
            progress(Progress { stage: Stage::Reading, done: meter.done(), total: meter.total });
            tokio::task::yield_now().await;
        }
    }
    list.lines = BTreeMap::new();
    Ok(list)
}

/// What to put into the quarantine, where a row is another telling of a contact: why, and the
/// lines.
type Twice = Option<(String, Vec<(u64, String)>)>;

impl List {
    /// How many contacts the list has, also those that cannot be believed.
    pub(crate) fn len(&self) -> u64 {
        self.contacts.len() as u64 + self.kept.len() as u64 + self.unknown
    }

    /// Whether a contact who is not on the list has left.
    pub(crate) fn lets_go(&self, pair: Pair) -> bool {
        !self.nobody_leaves_at_all
            && !self.nobody_leaves.contains(&pair.0)
            && !self.kept.contains(&pair)
    }

    fn take(
        &mut self,
        line: u64,
        raw: &str,
        values: &Values,
        map: &ContactsMap,
    ) -> Result<Twice, (Option<usize>, Bad)> {
        let ids = ids(values, map, |_| true);
        let listed = match listed(values, map, &ids) {
            Ok(listed) => listed,
            Err(bad) => {
                self.protect(&ids);
                return Err((None, bad));
            }
        };
        let (Some((_, account)), Some((_, contact))) = (&ids.account, &ids.contact) else {
            return Ok(None);
        };
        let pair = (*account, *contact);
        if self.kept.contains(&pair) {
            let twice =
                format!("contact `{}` of `{}` is listed again", listed.contact, listed.account);
            return Ok(Some((twice, vec![(line, raw.to_owned())])));
        }
        match self.contacts.get(&pair) {
            Some(other) if *other == listed => Ok(None),
            Some(_) => {
                let twice = format!(
                    "contact `{}` of `{}` is listed twice, each time otherwise: neither is believed",
                    listed.contact, listed.account
                );
                self.contacts.remove(&pair);
                self.kept.insert(pair);
                let mut raws: Vec<_> = self.lines.remove(&pair).into_iter().collect();
                raws.push((line, raw.to_owned()));
                Ok(Some((twice, raws)))
            }
            None => {
                self.contacts.insert(pair, listed);
                self.lines.insert(pair, (line, raw.to_owned()));
                Ok(None)
            }
        }
    }

    /// A row cannot be read: whoever it is about stays.
    fn protect(&mut self, ids: &Ids) {
        match (&ids.account, &ids.contact) {
            (Some((_, account)), Some((_, contact))) => {
                self.contacts.remove(&(*account, *contact));
                self.kept.insert((*account, *contact));
                return;
            }
            (Some((_, account)), None) => {
                self.nobody_leaves.insert(*account);
            }
            (None, _) => self.nobody_leaves_at_all = true,
        }
        self.unknown += 1;
    }
}

/// The ids of a row, as far as they can be trusted.
fn ids(values: &Values, map: &ContactsMap, trusted: impl Fn(&Field) -> bool) -> Ids {
    let id = |field: &Field| -> Option<(String, String)> {
        if !trusted(field) {
            return None;
        }
        let text = field.text(values, &map.columns).ok().flatten()?;
        let outside: OutsideRef = format!("{}:{text}", map.ids).parse().ok()?;
        Some((text, outside.to_string()))
    };
    Ids {
        account: id(&map.account).map(|(text, outside)| (text, AccountId::named(&outside))),
        contact: id(&map.contact).map(|(text, outside)| (text, ContactId::named(&outside))),
    }
}

fn salvaged(damage: &Damage, map: &ContactsMap) -> Ids {
    let values: Values =
        damage.salvaged.iter().map(|value| value.clone().unwrap_or_default()).collect();
    let whole = |field: &Field| {
        let whole = |column: &usize| damage.salvaged.get(*column).is_some_and(Option::is_some);
        field.common_columns().iter().all(whole)
    };
    ids(&values, map, whole)
}

fn listed(values: &Values, map: &ContactsMap, ids: &Ids) -> Result<Listed, Bad> {
    let text = |field: &Option<Field>| match field {
        Some(field) => field.text(values, &map.columns),
        None => Ok(None),
    };
    let id = |field: &Field, found: Option<&String>| match found {
        Some(found) => Ok(found.clone()),
        None => Err(match field.text(values, &map.columns) {
            Err(bad) => bad,
            Ok(_) => Bad::new(
                "an id that is no id",
                "an id is empty, too long, or holds control characters",
            ),
        }),
    };
    let account = id(&map.account, ids.account.as_ref().map(|(text, _)| text))?;
    let contact = id(&map.contact, ids.contact.as_ref().map(|(text, _)| text))?;
    let title = match &map.title {
        Some(field) => Some(field.text(values, &map.columns)?.unwrap_or_default()),
        None => None,
    };
    let meant =
        title.as_ref().and_then(|title| map.titles.iter().find(|rule| rule.any_of.contains(title)));
    let wrong = |e: String| Bad::new("an unknown level or role", e);
    let level = match text(&map.level)? {
        Some(level) => Some(word::<Level>(&level).map_err(wrong)?),
        None => meant.and_then(|rule| rule.level),
    };
    let role = match text(&map.role)? {
        Some(role) => Some(word::<BuyingRole>(&role).map_err(wrong)?),
        None => meant.and_then(|rule| rule.role),
    };
    let (name, email, phone) = (text(&map.name)?, text(&map.email)?, text(&map.phone)?);
    Ok(Listed { account, contact, name, email, phone, title, level, role })
}
