//! What stands for candle's networks in a build without them: nothing that could be made.

use std::collections::BTreeMap;

use ndarray::Array2;

use super::cpu::Precision;
use super::device::Device;
use super::loader::{Parts, TransformerLoader};
use super::tuner::Batch;
use crate::{Error, Result};

pub(crate) const TOKENS_PER_BATCH: usize = 1;

pub(crate) fn check(device: Device) -> Result<()> {
    Err(device.not_built())
}

pub(crate) enum Network {}

impl Network {
    pub(crate) fn new(_: &Parts, device: Device, _: Precision) -> Result<Self> {
        Err(device.not_built())
    }

    pub(crate) fn forward(&self, _: &[&[u32]]) -> Result<Array2<f32>> {
        match *self {}
    }
}

pub(crate) enum Training {}

impl Training {
    pub(crate) fn new(_: &Parts, _: &TransformerLoader, _: usize) -> Result<Self> {
        Err(Error::Absent {
            expected: "a build that can train transformers".into(),
            found: "one without it".into(),
            hint: "build with --features finetune",
        })
    }

    pub(crate) fn step(&mut self, _: &[Batch], _: &[usize], _: f64) -> Result<f64> {
        match *self {}
    }

    pub(crate) fn features(&self, _: &Batch) -> Result<Array2<f32>> {
        match *self {}
    }

    pub(crate) fn values(&self) -> Result<[BTreeMap<String, Vec<f32>>; 3]> {
        match *self {}
    }

    pub(crate) fn set_values(&mut self, _: usize, _: [&BTreeMap<String, Vec<f32>>; 3]) -> Result<()> {
        match *self {}
    }

    pub(crate) fn n_steps(&self) -> usize {
        match *self {}
    }
}
