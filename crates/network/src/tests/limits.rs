//! What a caller can get wrong: an error each, never a panic.

use burn::tensor::{Device, Tensor};

use super::{picture, residual};
use crate::ops::oracle::{param, random, values};
use crate::ops::{Concat, Dense, Relu};
use crate::{Backward, Builder, Elementwise, Error, Layout, MOST_VALUES, Network, Op, Rule, Shape, Value};

#[test]
fn a_layer_of_another_network_is_refused() {
    let (network, other) = (residual(), residual());
    let foreign = other.output();
    let feeds = [(network.input(), picture(1))];
    assert!(matches!(network.shape(foreign), Err(Error::OtherNetwork)));
    assert!(matches!(network.name(foreign), Err(Error::OtherNetwork)));
    assert!(matches!(network.layout(foreign), Err(Error::OtherNetwork)));
    assert!(matches!(network.forward(&feeds, &[foreign]), Err(Error::OtherNetwork)));
    assert!(matches!(network.forward(&[(other.input(), picture(1))], &[]), Err(Error::OtherNetwork)));
    assert!(matches!(network.record(&feeds, &[], &[foreign]), Err(Error::OtherNetwork)));
    let trace = network.record(&feeds, &[network.output()], &[network.input()]).unwrap();
    let back = |network: &Network, of, wrt| {
        network.backward(&trace, of, random([1, 5], 1).into(), &[wrt], Rule::Gradient).map(|_| ())
    };
    assert!(matches!(back(&network, foreign, network.input()), Err(Error::OtherNetwork)));
    assert!(matches!(back(&network, network.output(), other.input()), Err(Error::OtherNetwork)));
    assert!(matches!(back(&other, foreign, other.input()), Err(Error::OtherNetwork)));
    assert!(matches!(trace.get(foreign), Err(Error::NotFetched(_))) && !trace.reaches(foreign));
    // A copy on a device is the same network.
    assert!(back(&network.to_device(&Device::flex()), network.output(), network.input()).is_ok());

    let mut builder = Builder::new(vec![5]).unwrap();
    assert!(matches!(builder.layer("relu", Relu::new(), &[foreign]), Err(Error::OtherNetwork)));
    assert!(matches!(builder.alias("stem", foreign), Err(Error::OtherNetwork)));
    assert!(matches!(builder.reference("stem", "ReLU", foreign), Err(Error::OtherNetwork)));
    assert!(matches!(builder.shape(foreign), Err(Error::OtherNetwork)));
    assert!(matches!(builder.set_layout(foreign, Layout::Other), Err(Error::OtherNetwork)));
    assert!(matches!(builder.finish(foreign), Err(Error::OtherNetwork)));
}

#[test]
fn sizes_that_no_memory_holds_are_refused() {
    for shape in [vec![0], vec![3, 0, 5], vec![usize::MAX, 2], vec![1 << 20; 3], vec![MOST_VALUES + 1]] {
        assert!(matches!(Builder::new(shape), Err(Error::Build { .. })));
    }
    let mut builder = Builder::new(vec![MOST_VALUES / 2]).unwrap();
    let x = builder.input();
    assert!(builder.layer("twice", Concat::new(0), &[x, x]).is_ok());
    assert!(matches!(builder.layer("thrice", Concat::new(0), &[x, x, x]), Err(Error::Build { .. })));
    assert_eq!(builder.finish(x).unwrap().values_per_example(), MOST_VALUES / 2 * 3);

    let mut builder = Builder::new(vec![1]).unwrap();
    let x = builder.input();
    let dense = Dense::new(vec![param(random([4, 1], 1))], param(random([4], 2)));
    let x = builder.layer("dense", dense, &[x]).unwrap();
    let network = builder.finish(x).unwrap();
    let examples = isize::MAX as usize / size_of::<f32>();
    let many = Value::from(random([1, 1], 3)).expand(&[examples, 1]).unwrap();
    let refused = network.forward(&[(network.input(), many)], &[x]);
    assert!(matches!(refused, Err(Error::TooLarge { batch, .. }) if batch == examples));
    let none = Value::from(Tensor::<2>::zeros([0, 1], &Device::flex()));
    assert!(matches!(network.forward(&[(network.input(), none)], &[x]), Err(Error::Shape { .. })));
}

/// Gives half of the batch.
struct Half;

impl Elementwise<2> for Half {
    fn apply<const D: usize>(&self, [a, b]: [Tensor<D>; 2]) -> Tensor<D> {
        let half = a.dims()[0] / 2;
        (a + b).narrow(0, 0, half)
    }
}

#[test]
fn values_of_any_rank_enter_and_leave() {
    let value = Value::from(random([2, 3, 1, 2, 2, 1], 1));
    assert_eq!((value.dims(), value.batch(), value.shape()), (vec![2, 3, 1, 2, 2, 1], 2, vec![3, 1, 2, 2, 1]));
    let refused = value.clone().tensor::<4>().unwrap_err().to_string();
    assert_eq!(refused, "A tensor with 4 axes was expected, but its shape is [2, 3, 1, 2, 2, 1].");
    assert_eq!(values(value.clone().tensor::<6>().unwrap()), values(value.clone()));
    // What does not fit is an error, never a panic.
    assert!(value.clone().reshape(&[25]).is_err());
    assert!(value.clone().reshape(&[usize::MAX, usize::MAX]).is_err());
    assert!(value.clone().expand(&[2, 3, 1, 2, 2, usize::MAX]).is_err());
    assert!(value.clone().expand(&[3, 3, 1, 2, 2, 1]).is_err());
    assert!(value.clone().sum_to(&[2, 3]).is_err());
    assert!(value.clone().narrow(6, 0, 1).is_err());
    assert!(value.clone().narrow(1, 2, 2).is_err());
    assert!(value.clone().narrow(1, usize::MAX, 2).is_err());
    assert!(value.clone().narrow(1, 1, 0).is_err());
    assert!(Value::concat(vec![value.clone()], 6).is_err());
    assert!(Value::concat(Vec::new(), 0).is_err());
    assert!(value.clone().plus(Value::from(random([2, 3], 1))).is_err());
    assert!(value.zeros(&[usize::MAX, 2]).is_err());
    assert!(Value::elementwise([value.clone(), random([2, 3], 1).into()], &Half).is_err());
    assert!(Value::elementwise([value.clone(), value], &Half).is_err());
}

#[test]
fn an_op_that_does_not_keep_its_word_is_an_error() {
    /// Announces what it gets, and gives less.
    #[derive(Debug)]
    struct Liar;

    impl Op for Liar {
        fn kind(&self) -> &'static str {
            "Liar"
        }

        fn output_shapes(&self, inputs: &[Shape]) -> Result<Vec<Shape>, String> {
            Ok(inputs.to_vec())
        }

        fn forward(&self, inputs: Vec<Value>) -> crate::Result<Vec<Value>> {
            inputs.into_iter().map(|input| input.narrow(1, 0, 1)).collect()
        }

        fn backward(
            &self,
            _gradients: Vec<Option<Value>>,
            _context: &Backward<'_>,
        ) -> crate::Result<Vec<Option<Value>>> {
            Ok(Vec::new())
        }

        fn to_device(&self, _device: &Device) -> Box<dyn Op> {
            Box::new(Self)
        }
    }

    let mut builder = Builder::new(vec![2]).unwrap();
    let x = builder.input();
    let liar = builder.layer("liar", Liar, &[x]).unwrap();
    let network = builder.finish(liar).unwrap();
    let refused = network.forward(&[(x, random([1, 2], 1).into())], &[liar]).unwrap_err().to_string();
    assert_eq!(
        refused,
        "Layer “liar” could not be computed: The values do not match: its output is [1, 1], not [1, 2]."
    );
}
