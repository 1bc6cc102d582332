use std::sync::atomic::{AtomicUsize, Ordering};

use linchpin_ledger::StorageError;
use tokio::time::advance;

use super::*;
use crate::role::Role;

/// Tokens in memory: by hash, and how they are.
#[derive(Default)]
struct Fake {
    rows: Mutex<HashMap<[u8; 32], TokenRow>>,
    away: Mutex<bool>,
    silent: Mutex<bool>,
    asked: AtomicUsize,
    touched: AtomicUsize,
}

impl Source for Arc<Fake> {
    fn find(&self, hash: [u8; 32]) -> BoxFuture<'_, Result<Option<TokenRow>, TokenError>> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        Box::pin(async move {
            if *self.silent.lock().unwrap() {
                futures::future::pending::<()>().await;
            }
            tokio::task::yield_now().await;
            if *self.away.lock().unwrap() {
                return Err(TokenError::Storage(StorageError::Busy));
            }
            Ok(self.rows.lock().unwrap().get(&hash).cloned())
        })
    }

    fn touch(&self, _: Arc<str>) -> BoxFuture<'static, ()> {
        self.touched.fetch_add(1, Ordering::SeqCst);
        Box::pin(async {})
    }
}

fn row(name: &str, role: &str) -> TokenRow {
    let created_at = "2026-01-01T00:00:00Z".parse().unwrap();
    let (name, role) = (name.to_owned(), role.to_owned());
    TokenRow { name, role, created_at, last_used_at: None, revoked_at: None }
}

fn keeper() -> (Arc<Fake>, Keeper) {
    let fake = Arc::new(Fake::default());
    fake.rows.lock().unwrap().insert([1; 32], row("crm", "writer"));
    (Arc::clone(&fake), Keeper::new(fake))
}

async fn name(keeper: &Keeper, hash: [u8; 32]) -> Result<Option<String>, Away> {
    Ok(keeper.caller(hash).await?.map(|caller| caller.name.to_string()))
}

fn crm() -> Result<Option<String>, Away> {
    Ok(Some("crm".to_owned()))
}

#[tokio::test(start_paused = true)]
async fn a_revoked_token_is_refused_within_a_second() {
    let (fake, keeper) = keeper();
    assert_eq!(name(&keeper, [1; 32]).await, crm());
    assert_eq!(keeper.caller([1; 32]).await.unwrap().unwrap().role(), Role::Writer);
    assert_eq!(fake.asked.load(Ordering::SeqCst), 1, "the second answer came from memory");
    let revoked = "2026-01-02T00:00:00Z".parse().unwrap();
    fake.rows.lock().unwrap().get_mut(&[1; 32]).unwrap().revoked_at = Some(revoked);
    advance(Duration::from_millis(900)).await;
    assert_eq!(name(&keeper, [1; 32]).await, Ok(None));
    assert!(!keeper.knows(&[1; 32]));
}

#[tokio::test(start_paused = true)]
async fn a_database_away_for_a_moment_shuts_nobody_out_and_then_opens_nothing() {
    let (fake, keeper) = keeper();
    assert_eq!(name(&keeper, [1; 32]).await, crm());
    *fake.away.lock().unwrap() = true;
    advance(Duration::from_secs(20)).await;
    assert_eq!(name(&keeper, [1; 32]).await, crm());
    let asked = fake.asked.load(Ordering::SeqCst);
    assert_eq!(name(&keeper, [1; 32]).await, crm());
    assert_eq!(fake.asked.load(Ordering::SeqCst), asked, "not asked again at once");
    assert_eq!(name(&keeper, [2; 32]).await, Err(Away), "an unknown token opens nothing");
    advance(Duration::from_secs(11)).await;
    assert_eq!(name(&keeper, [1; 32]).await, Err(Away));
    *fake.away.lock().unwrap() = false;
    assert_eq!(name(&keeper, [1; 32]).await, crm());
    assert_eq!(name(&keeper, [2; 32]).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn a_database_that_says_nothing_is_not_waited_for() {
    let (fake, keeper) = keeper();
    *fake.silent.lock().unwrap() = true;
    let begun = Instant::now();
    assert_eq!(name(&keeper, [1; 32]).await, Err(Away));
    assert!(begun.elapsed() <= PATIENCE * 2, "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn many_at_once_ask_few_times() {
    let (fake, keeper) = keeper();
    let all = futures::future::join_all((0..500).map(|_| name(&keeper, [1; 32]))).await;
    assert!(all.into_iter().all(|one| one == crm()));
    assert!(fake.asked.load(Ordering::SeqCst) <= LOOKUPS);
}

#[tokio::test(start_paused = true)]
async fn what_is_remembered_is_bounded() {
    let (fake, keeper) = keeper();
    let hash = |n: usize| {
        let mut hash = [9; 32];
        hash[..8].copy_from_slice(&n.to_le_bytes());
        hash
    };
    for n in 0..MAX_KNOWN + 50 {
        fake.rows.lock().unwrap().insert(hash(n), row(&n.to_string(), "reader"));
        assert_eq!(name(&keeper, hash(n)).await, Ok(Some(n.to_string())));
    }
    assert_eq!(keeper.known.lock().unwrap().len(), MAX_KNOWN);
    for n in 0..3_000 {
        assert_eq!(name(&keeper, hash(100_000 + n)).await, Ok(None));
    }
    assert_eq!(keeper.known.lock().unwrap().len(), MAX_KNOWN, "wrong ones are not kept");
}

#[tokio::test(start_paused = true)]
async fn its_use_is_noted_once_a_minute() {
    let (fake, keeper) = keeper();
    for _ in 0..119 {
        keeper.caller([1; 32]).await.unwrap();
        keeper.used(&[1; 32]);
        advance(Duration::from_secs(1)).await;
    }
    assert_eq!(fake.touched.load(Ordering::SeqCst), 2);
    keeper.used(&[7; 32]);
    assert_eq!(fake.touched.load(Ordering::SeqCst), 2);
}

#[tokio::test(start_paused = true)]
async fn a_role_of_a_newer_version_opens_nothing() {
    let (fake, keeper) = keeper();
    fake.rows.lock().unwrap().insert([3; 32], row("new", "auditor"));
    assert_eq!(name(&keeper, [3; 32]).await, Ok(None));
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_for_its_end_is_told() {
    let (fake, keeper) = keeper();
    let keeper = Arc::new(keeper);
    let waiting = tokio::spawn({
        let keeper = Arc::clone(&keeper);
        async move { keeper.gone([1; 32]).await }
    });
    sleep(Duration::from_secs(60)).await;
    assert!(!waiting.is_finished());
    fake.rows.lock().unwrap().clear();
    timeout(Duration::from_secs(1), waiting).await.unwrap().unwrap();
}
