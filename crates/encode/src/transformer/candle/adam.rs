//! AdamW (Loshchilov and Hutter 2019) on variables with a rate each, after clipping by the norm of the whole gradient.

use std::collections::BTreeMap;

use candle_core::backprop::GradStore;
use candle_core::{Result, Tensor, Var};

const BETAS: [f64; 2] = [0.9, 0.999];
const EPSILON: f64 = 1e-8;
/// Of matrices only.
const WEIGHT_DECAY: f64 = 0.01;
/// The gradient of all variables together is no longer than this.
const LONGEST: f64 = 1.0;

/// A tensor that is trained.
pub(super) struct Variable {
    pub(super) name: String,
    var: Var,
    /// What the rate is multiplied with.
    factor: f64,
    /// The running means of the gradient and of its square.
    moments: [Tensor; 2],
}

/// Values of variables by their names.
type Values = BTreeMap<String, Vec<f32>>;

impl Variable {
    pub(super) fn new(name: &str, tensor: &Tensor, factor: f64) -> Result<Self> {
        let moments = [tensor.zeros_like()?, tensor.zeros_like()?];
        Ok(Self { name: name.to_owned(), var: Var::from_tensor(tensor)?, factor, moments })
    }

    /// The tensor that the network computes with; it follows the variable.
    pub(super) fn tensor(&self) -> Tensor {
        self.var.as_tensor().clone()
    }

    fn update(&mut self, gradient: &Tensor, rate: f64, n_steps: usize) -> Result<()> {
        let squares = gradient.sqr()?;
        for ((moment, new), beta) in self.moments.iter_mut().zip([gradient, &squares]).zip(BETAS) {
            *moment = ((&*moment * beta)? + (new * (1.0 - beta))?)?;
        }
        let corrected = |i: usize| &self.moments[i] / (1.0 - BETAS[i].powf(n_steps as f64));
        let step = (corrected(0)? / (corrected(1)?.sqrt()? + EPSILON)?)?;
        let rate = rate * self.factor;
        let decay = if self.var.rank() > 1 { rate * WEIGHT_DECAY } else { 0.0 };
        self.var.set(&((self.var.as_tensor() * (1.0 - decay))? - (step * rate)?)?.detach())
    }

    fn set(&mut self, which: usize, values: &[f32]) -> Result<()> {
        let like = self.var.as_tensor();
        let tensor = Tensor::from_slice(values, like.shape(), like.device())?;
        match which {
            0 => self.var.set(&tensor)?,
            moment => self.moments[moment - 1] = tensor,
        }
        Ok(())
    }
}

/// Moves all variables by a step against their gradients.
pub(super) fn step(
    variables: &mut [Variable],
    gradients: &GradStore,
    rate: f64,
    n_steps: usize,
) -> Result<()> {
    let mut squares = 0.0;
    for gradient in variables.iter().filter_map(|variable| gradients.get(&variable.var)) {
        squares += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
    }
    let scale = LONGEST / squares.sqrt().max(LONGEST);
    for variable in variables {
        if let Some(gradient) = gradients.get(&variable.var) {
            // Else the moments would keep the whole computation of every step.
            let gradient = (gradient * scale)?.detach();
            variable.update(&gradient, rate, n_steps)?;
        }
    }
    Ok(())
}

/// The weights and their two moments.
pub(super) fn values(variables: &[Variable]) -> Result<[Values; 3]> {
    let mut values = [Values::new(), Values::new(), Values::new()];
    for variable in variables {
        let tensors = [variable.var.as_tensor(), &variable.moments[0], &variable.moments[1]];
        for (values, tensor) in values.iter_mut().zip(tensors) {
            values.insert(variable.name.clone(), tensor.flatten_all()?.to_vec1()?);
        }
    }
    Ok(values)
}

/// Puts the weights (0) or one of their moments (1, 2) back.
pub(super) fn set_values(variables: &mut [Variable], which: usize, values: &Values) -> Result<()> {
    variables.iter_mut().try_for_each(|variable| variable.set(which, &values[&variable.name]))
}
