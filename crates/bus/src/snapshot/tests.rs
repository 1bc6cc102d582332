//! What a snapshot is believed for, and what not.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use linchpin_domain::fact::AccountRenamed;
use linchpin_domain::id::AccountId;
use linchpin_ledger::NewEntry;
use linchpin_testkit::{TempLedger, told};
use serde::{Deserialize, Serialize, Serializer};

use super::*;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Fold {
    names: Vec<String>,
}

fn fold(length: usize) -> Fold {
    Fold { names: (0..length).map(|n| format!("Ann Number {n}")).collect() }
}

fn renamed(name: &str) -> NewEntry {
    let account = AccountId::named("crm:acme");
    told(name, "2024-05-01", AccountRenamed { account, name: name.to_owned() })
}

/// A ledger of five entries.
async fn ledger() -> TempLedger {
    let temp = TempLedger::real().await;
    temp.append((0..4).map(|n| renamed(&n.to_string())).collect()).await;
    temp
}

async fn snapshots(temp: &TempLedger) -> Snapshots {
    Snapshots::open(temp.ledger(), temp.dir().join("kept"), "tester").await
}

async fn keep<T: Serialize + Send + 'static>(snapshots: &mut Snapshots, at: Position, fold: T) {
    snapshots.begin(at, fold);
    snapshots.settle().await;
}

async fn load(temp: &TempLedger) -> Option<(Position, Fold)> {
    snapshots(temp).await.load().await
}

fn file(snapshots: &Snapshots) -> PathBuf {
    snapshots.kept.as_ref().unwrap().place.file()
}

/// A ledger with a snapshot of its third entry, and where that is.
async fn kept() -> (TempLedger, PathBuf) {
    let temp = ledger().await;
    let mut snapshots = snapshots(&temp).await;
    keep(&mut snapshots, 3, fold(50_000)).await;
    (temp, file(&snapshots))
}

fn names(dir: &Path) -> Vec<String> {
    let found = std::fs::read_dir(dir).unwrap();
    found.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn what_was_kept_is_found_again_by_its_owner_alone() {
    let (temp, file) = kept().await;
    assert_eq!(load(&temp).await, Some((3, fold(50_000))));
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
    let bytes = std::fs::read(&file).unwrap();
    assert!(!bytes.windows(10).any(|part| part == b"Ann Number"), "it is not sealed");
    let other = Snapshots::open(temp.ledger(), temp.dir().join("kept"), "other").await.load().await;
    assert_eq!(other, None::<(Position, Fold)>);
    assert!(file.exists(), "another service leaves it alone");
}

#[tokio::test]
async fn what_was_altered_or_cut_is_discarded() {
    let (temp, file) = kept().await;
    let whole = std::fs::read(&file).unwrap();
    for at in [0, 30, whole.len() / 3, whole.len() / 2, whole.len() - 1] {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        std::fs::write(&file, altered).unwrap();
        assert_eq!(load(&temp).await, None, "altered at {at}");
        assert!(!file.exists(), "altered at {at}");
        std::fs::write(&file, &whole[..at]).unwrap();
        assert_eq!(load(&temp).await, None, "cut at {at}");
    }
    std::fs::write(&file, [&whole[..], b"more"].concat()).unwrap();
    assert_eq!(load(&temp).await, Some((3, fold(50_000))), "what follows the end is not read");
    std::fs::write(&file, &whole).unwrap();
    assert!(load(&temp).await.is_some());
}

/// Whoever may write the folder but does not know the secret cannot pass one off for another.
#[tokio::test]
async fn the_first_line_is_sealed_with_the_rest() {
    let (temp, file) = kept().await;
    let whole = std::fs::read(&file).unwrap();
    let end = whole.iter().position(|byte| *byte == b'\n').unwrap();
    let header = std::str::from_utf8(&whole[..end]).unwrap();
    let other = temp.ledger().stored(4).await.unwrap().unwrap().leaf_hash;
    let leaf = header.rsplit('"').nth(1).unwrap();
    let forged = header.replace(leaf, &hex(&other)).replace("\"position\":3", "\"position\":4");
    std::fs::write(&file, [forged.as_bytes(), &whole[end..]].concat()).unwrap();
    assert_eq!(load(&temp).await, None);
    assert!(!file.exists());
}

#[tokio::test]
async fn one_of_another_ledger_program_format_or_service_is_discarded() {
    let (temp, file) = kept().await;
    let stranger = ledger().await;
    let mut theirs = snapshots(&stranger).await;
    std::fs::create_dir_all(self::file(&theirs).parent().unwrap()).unwrap();
    std::fs::copy(&file, self::file(&theirs)).unwrap();
    assert_eq!(theirs.load::<Fold>().await, None);
    assert!(!self::file(&theirs).exists());

    let whole = std::fs::read(&file).unwrap();
    let mut newer = snapshots(&temp).await;
    newer.kept.as_mut().unwrap().code = "0123";
    assert_eq!(newer.load::<Fold>().await, None);
    assert!(!file.exists());

    let format = String::from_utf8_lossy(&whole[..30]).replace("snapshot\":1", "snapshot\":2");
    std::fs::write(&file, [format.as_bytes(), &whole[30..]].concat()).unwrap();
    assert_eq!(load(&temp).await, None);
    assert!(!file.exists());

    std::fs::write(&file, &whole).unwrap();
    let place = snapshots(&temp).await.kept.unwrap().place;
    std::fs::rename(&file, place.dir.join(place.name.replace("tester", "other") + ".snapshot"))
        .unwrap();
    let mut other = Snapshots::open(temp.ledger(), place.dir, "other").await;
    assert_eq!(other.load::<Fold>().await, None);
}

#[tokio::test]
async fn one_from_before_an_erasure_is_discarded_and_none_is_written_after_it() {
    let (temp, file) = kept().await;
    let mut later = snapshots(&temp).await;
    later.kept.as_mut().unwrap().epoch += 1;
    assert_eq!(later.load::<Fold>().await, None);
    assert!(!file.exists(), "what was known of the erased must go");

    let mut earlier = snapshots(&temp).await;
    keep(&mut earlier, 3, fold(1)).await;
    assert!(file.exists());
    earlier.kept.as_mut().unwrap().epoch -= 1;
    keep(&mut earlier, 4, fold(2)).await;
    assert!(!file.exists(), "a fold that still knows them leaves nothing behind");
}

/// A ledger restored from a backup, with or without other entries since.
#[tokio::test]
async fn one_that_knows_more_than_the_ledger_or_another_history_is_discarded() {
    let (temp, file) = kept().await;
    let mut snapshots = snapshots(&temp).await;
    let whole = std::fs::read(&file).unwrap();
    let kept = snapshots.kept.clone().unwrap();
    for (position, leaf) in [(9, "00".repeat(32)), (3, "11".repeat(32))] {
        let of = (kept.genesis, kept.epoch);
        let header = Header::new(kept.code, kept.service, of, (position, leaf));
        assert!(kept.place.write(&header, &fold(3)).unwrap());
        assert_eq!(snapshots.load::<Fold>().await, None, "at {position}");
        assert!(!file.exists(), "at {position}");
    }
    std::fs::write(&file, whole).unwrap();
    assert!(snapshots.load::<Fold>().await.is_some());
}

/// Fails in the middle, after much was written.
struct Broken;

impl Serialize for Broken {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::{Error, SerializeSeq};
        let mut names = serializer.serialize_seq(Some(100_001))?;
        for n in 0..100_000 {
            names.serialize_element(&format!("{n} {n}"))?;
        }
        Err(S::Error::custom("broken"))
    }
}

#[tokio::test]
async fn one_that_was_not_finished_leaves_the_one_before() {
    let (temp, file) = kept().await;
    let mut snapshots = snapshots(&temp).await;
    keep(&mut snapshots, 4, Broken).await;
    assert_eq!(load(&temp).await, Some((3, fold(50_000))));
    let dir = file.parent().unwrap();
    assert!(!names(dir).iter().any(|name| name.ends_with("unfinished")), "{:?}", names(dir));

    // As a kill leaves it: part of the file, and more than the next one will have.
    let whole = std::fs::read(&file).unwrap();
    let unfinished = file.with_extension("unfinished");
    std::fs::write(&unfinished, &whole[..whole.len() - 9]).unwrap();
    assert_eq!(load(&temp).await, Some((3, fold(50_000))));
    keep(&mut snapshots, 5, fold(7)).await;
    assert_eq!(load(&temp).await, Some((5, fold(7))));
}

#[tokio::test]
async fn two_processes_do_not_write_into_one_file() {
    let (temp, file) = kept().await;
    let lock = std::fs::File::open(file.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    let mut snapshots = snapshots(&temp).await;
    keep(&mut snapshots, 5, fold(1)).await;
    assert_eq!(load(&temp).await, Some((3, fold(50_000))), "the other one is at it");
    lock.unlock().unwrap();
    keep(&mut snapshots, 5, fold(1)).await;
    assert_eq!(load(&temp).await, Some((5, fold(1))));
}

#[tokio::test]
async fn they_are_written_now_and_then_and_at_the_end_where_it_is_worth_it() {
    let temp = ledger().await;
    let mut snapshots = snapshots(&temp).await;
    assert!(!snapshots.due(EVERY - 1).await);
    assert!(snapshots.due(EVERY).await);
    snapshots.finish(AT_END - 1, fold(1)).await;
    assert_eq!(load(&temp).await, None);
    temp.append((0..2_000).map(|n| renamed(&format!("more {n}"))).collect()).await;
    snapshots.finish(AT_END, fold(1)).await;
    assert_eq!(load(&temp).await, Some((AT_END, fold(1))));
    snapshots.rest_until = Instant::now() + Duration::from_secs(60);
    assert!(!snapshots.due(AT_END + EVERY).await, "it rests");
    snapshots.rest_until = Instant::now();
    assert!(!snapshots.due(AT_END + EVERY - 1).await, "counted from the last one");
    assert!(snapshots.due(AT_END + EVERY).await);
    let mut none = Snapshots::none();
    assert!(!none.due(Position::MAX).await);
    assert_eq!(none.load::<Fold>().await, None);
}
