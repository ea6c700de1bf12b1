use super::*;

const ROW_A: LockTarget = LockTarget::Row(Oid(1), RowId(1));
const ROW_B: LockTarget = LockTarget::Row(Oid(1), RowId(2));
const TABLE: LockTarget = LockTarget::Table(Oid(1));

async fn take(locks: &Locks, owner: TransactionId, target: &LockTarget) -> Result<Granted> {
    locks.lock(owner, target.clone(), LockMode::ForUpdate, Wait::Forever).await
}

/// Waits until the lock table shows so many waiters.
async fn waiters(locks: &Locks, count: usize) {
    while locks.list().iter().filter(|lock| !lock.granted).count() != count {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_released_lock_goes_to_the_first_who_waits() {
    let locks = Locks::new();
    let (a, b, c) = (locks.begin(), locks.begin(), locks.begin());
    assert_eq!(take(&locks, a, &ROW_A).await.unwrap(), Granted::AtOnce);
    let wait = |owner| {
        let locks = locks.clone();
        tokio::spawn(async move { take(&locks, owner, &ROW_A).await })
    };
    let second = wait(b);
    waiters(&locks, 1).await;
    let third = wait(c);
    waiters(&locks, 2).await;
    assert_eq!(locks.blockers(c), [a, b]);
    locks.release_all(a);
    assert_eq!(second.await.unwrap().unwrap(), Granted::AfterWaiting);
    assert!(!third.is_finished());
    locks.release_all(b);
    assert_eq!(third.await.unwrap().unwrap(), Granted::AfterWaiting);
    locks.release_all(c);
    assert!(locks.list().is_empty());
}

#[tokio::test]
async fn a_circle_is_found_by_the_one_who_closes_it() {
    let locks = Locks::new();
    let (a, b) = (locks.begin(), locks.begin());
    take(&locks, a, &ROW_A).await.unwrap();
    take(&locks, b, &ROW_B).await.unwrap();
    let waiting = {
        let locks = locks.clone();
        tokio::spawn(async move { take(&locks, a, &ROW_B).await })
    };
    waiters(&locks, 1).await;
    let error = take(&locks, b, &ROW_A).await.unwrap_err();
    assert_eq!(error.code, sqlstate::DEADLOCK_DETECTED);
    assert_eq!(error.message, "deadlock detected");
    locks.release_all(b);
    assert_eq!(waiting.await.unwrap().unwrap(), Granted::AfterWaiting);
}

#[tokio::test]
async fn two_who_share_and_both_want_more_are_a_deadlock() {
    let locks = Locks::new();
    let (a, b) = (locks.begin(), locks.begin());
    for owner in [a, b] {
        assert!(locks.try_lock(owner, ROW_A, LockMode::ForShare));
    }
    let waiting = {
        let locks = locks.clone();
        tokio::spawn(async move { take(&locks, a, &ROW_A).await })
    };
    waiters(&locks, 1).await;
    assert_eq!(take(&locks, b, &ROW_A).await.unwrap_err().code, sqlstate::DEADLOCK_DETECTED);
    locks.release_all(b);
    waiting.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_dropped_or_timed_out_wait_leaves_the_queue() {
    let locks = Locks::new();
    let (a, b, c) = (locks.begin(), locks.begin(), locks.begin());
    assert!(locks.try_lock(a, TABLE, LockMode::AccessShare));
    let limit = Wait::AtMost(Duration::from_millis(5));
    let error = locks.lock(b, TABLE, LockMode::AccessExclusive, limit).await.unwrap_err();
    assert_eq!(error.code, sqlstate::LOCK_NOT_AVAILABLE);
    let waiting = {
        let locks = locks.clone();
        tokio::spawn(
            async move { locks.lock(b, TABLE, LockMode::AccessExclusive, Wait::Forever).await },
        )
    };
    waiters(&locks, 1).await;
    // Behind one who waits for more, a reader waits too.
    assert!(!locks.try_lock(c, TABLE, LockMode::AccessShare));
    waiting.abort();
    waiters(&locks, 0).await;
    assert!(locks.try_lock(c, TABLE, LockMode::AccessShare));
}

#[tokio::test]
async fn a_savepoint_gives_up_what_was_taken_since() {
    let locks = Locks::new();
    let (a, b) = (locks.begin(), locks.begin());
    assert!(locks.try_lock(a, ROW_A, LockMode::ForShare));
    let mark = locks.mark(a);
    assert!(locks.try_lock(a, ROW_A, LockMode::ForUpdate));
    assert!(locks.try_lock(a, ROW_B, LockMode::ForUpdate));
    assert!(locks.try_lock(a, ROW_B, LockMode::ForShare), "a weaker mode is held already");
    assert!(!locks.try_lock(b, ROW_A, LockMode::ForShare));
    locks.release_to(a, mark);
    assert!(locks.try_lock(b, ROW_A, LockMode::ForShare));
    assert!(!locks.try_lock(b, ROW_A, LockMode::ForUpdate));
    let rows = [RowId(1), RowId(2)];
    assert_eq!(locks.try_lock_rows(b, Oid(1), rows, LockMode::ForUpdate), [RowId(1)]);
    let refused = locks.lock(b, ROW_A, LockMode::ForUpdate, Wait::Never).await.unwrap();
    assert_eq!(refused, Granted::Refused);
}
