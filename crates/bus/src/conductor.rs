//! Services driven by a story instead of a clock.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use linchpin_domain::genesis::day_of;
use linchpin_ledger::Ledger;

use crate::{Bus, Runner, Service, ServiceError};

/// Conducts two services: a simulated ledger's days are lived through
/// one by one, so that what falls due on a day is concluded on that day.
pub struct Conductor<A, B> {
    first: Runner<A>,
    second: Runner<B>,
    ledger: Ledger,
    zone: TimeZone,
}

impl<A: Service, B: Service> Conductor<A, B> {
    /// Conducts two services on one ledger.
    pub fn new(bus: impl Into<Bus>, first: A, second: B) -> Self {
        let bus = bus.into();
        let ledger = bus.ledger().clone();
        Self {
            first: Runner::new(bus.clone(), first),
            second: Runner::new(bus, second),
            zone: ledger.genesis().zone(),
            ledger,
        }
    }

    /// Concludes what today's facts call for, then lives through the days up to a moment.
    ///
    /// # Errors
    /// Where the ledger cannot be read or written.
    pub async fn until(&mut self, at: Timestamp) -> Result<(), ServiceError> {
        self.settle(self.ledger.now()).await?;
        let last = day_of(at, &self.zone);
        while let Some(due) = self.next_due().filter(|due| *due <= last) {
            let Ok(morning) = due.to_zoned(self.zone.clone()) else { return Ok(()) };
            let morning = morning.timestamp().max(self.ledger.now());
            let morning = morning.saturating_add(1_i64.seconds()).unwrap_or(morning);
            self.settle(morning.min(at.max(self.ledger.now()))).await?;
            if self.next_due() == Some(due) {
                return Ok(());
            }
        }
        Ok(())
    }

    fn next_due(&self) -> Option<Date> {
        [self.first.next_due(), self.second.next_due()].into_iter().flatten().min()
    }

    async fn settle(&mut self, at: Timestamp) -> Result<(), ServiceError> {
        self.first.settle(Some(at)).await?;
        self.second.settle(Some(at)).await?;
        Ok(())
    }
}
