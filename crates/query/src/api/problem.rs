//! What the read model's errors mean to whoever asked.

use linchpin_problem::Problem;

use crate::model::ModelError;

impl From<ModelError> for Problem {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Read(error) => error.into(),
            ModelError::Quarantine(error) => error.into(),
            ModelError::Stale { .. } => Self::later(5, error.to_string()),
            ModelError::Busy | ModelError::Trying => Self::later(3, error.to_string()),
            ModelError::Broken => Self::failed(error.to_string()),
        }
    }
}
