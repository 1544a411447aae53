use burn::tensor::{Tensor, TensorData};

use crate::gradient::scores;
use crate::{
    Attribution, Choice, Error, Explainer, Info, Job, Kind, LooksAt, Paper, Parameter, Progress, Random, Result, Run,
    Score, Shows, Target,
};

/// Occlusion sensitivity (Zeiler and Fergus, 2014, arXiv:1311.2901): how much the score falls when a window of the
/// picture is covered.
///
/// `difference` is captum's `Occlusion`: windows may overlap, and each pixel gets the mean fall of the windows over it;
/// the last window of a row or column is cut off at the border. `one-minus-probability` is tf-explain's
/// `OcclusionSensitivity`: patches side by side, a map of ⌈height/window⌉ × ⌈width/window⌉ values of 1 − p, whatever
/// the score that is asked for. What covers the picture is in levels of the raw picture.
#[derive(Debug)]
pub struct Occlusion;

static INFO: Info = Info {
    id: "occlusion",
    name: "Occlusion",
    summary: "How much the score falls when a part of the picture is covered: slow, but nothing has to be differentiated.",
    paper: Paper {
        title: "Visualizing and Understanding Convolutional Networks",
        authors: "Zeiler and Fergus, 2014",
        url: "https://arxiv.org/abs/1311.2901",
    },
    looks_at: LooksAt::Picture,
    shows: Shows::Heat,
    parameters: &[
        Parameter {
            id: "window",
            name: "Window",
            summary: "The side of the square that is covered.",
            unit: "pixels",
            kind: Kind::Whole { default: 32, min: 1, max: 4096 },
        },
        Parameter {
            id: "stride",
            name: "Stride",
            summary: "How far the square moves from one place to the next; at most its side.",
            unit: "pixels",
            kind: Kind::Whole { default: 16, min: 1, max: 4096 },
        },
        Parameter {
            id: "fill",
            name: "Fill",
            summary: "What covers the picture.",
            unit: "levels",
            kind: Kind::Baseline { default: "grey" },
        },
        Parameter {
            id: "form",
            name: "Form",
            summary: "What is counted, and how it is laid out.",
            unit: "",
            kind: Kind::Choice {
                default: "difference",
                choices: &[
                    Choice { id: "difference", name: "Fall of the score, by pixel" },
                    Choice { id: "one-minus-probability", name: "1 − probability, by patch (no overlap)" },
                ],
            },
        },
        Parameter {
            id: "seed",
            name: "Seed",
            summary: "Fixes the noise of a fill of noise.",
            unit: "",
            kind: Kind::Whole { default: 0, min: 0, max: u32::MAX },
        },
    ],
};

impl Explainer for Occlusion {
    fn info(&self) -> &'static Info {
        &INFO
    }

    fn start<'a>(&self, mut job: Job<'a>) -> Result<Box<dyn Run + 'a>> {
        job.check()?;
        let [_, _, height, width] = job.input.dims();
        let window = job.parameters.whole("window");
        let patches = job.parameters.text("form") == "one-minus-probability";
        let stride = if patches { window } else { job.parameters.whole("stride") };
        if stride > window {
            return Err(Error::StrideBeyondWindow { window, stride });
        }
        if patches {
            for target in &mut job.targets {
                *target = Target { score: Score::Probability, ..*target };
            }
        }
        let mut random = Random::new(job.parameters.whole("seed") as u32);
        let fill = job.parameters.baseline("fill");
        let fill = fill.tensor(&job.input, &job.pixels, job.pictures.as_ref(), &mut random)?;
        let windows = Windows { picture: [height, width], window, stride };
        Ok(Box::new(OcclusionRun {
            order: spread_out(windows.count()),
            patches,
            fill,
            done: 0,
            own: None,
            total: None,
            covered: vec![0.0; if patches { windows.count() } else { height * width }],
            windows,
            job,
        }))
    }
}

/// The places of a square window on a picture, row by row.
#[derive(Debug, Clone, Copy)]
struct Windows {
    /// Height and width.
    picture: [usize; 2],
    window: usize,
    stride: usize,
}

impl Windows {
    /// Rows and columns of places: as many as it takes to cover the picture, the last cut off at the border.
    fn grid(self) -> [usize; 2] {
        self.picture.map(|size| size.saturating_sub(self.window).div_ceil(self.stride) + 1)
    }

    fn count(self) -> usize {
        self.grid().into_iter().product()
    }

    /// Sets to 1 what the window at a place covers, in a mask of the picture's size.
    fn cover(self, place: usize, mask: &mut [f32]) {
        let [height, width] = self.picture;
        let [_, columns] = self.grid();
        let (top, left) = (place / columns * self.stride, place % columns * self.stride);
        for y in top..(top + self.window).min(height) {
            mask[y * width + left..y * width + (left + self.window).min(width)].fill(1.0);
        }
    }
}

/// Every number below `count` once, neighbours far apart: a map that grows in this order shows the whole picture early.
fn spread_out(count: usize) -> Vec<usize> {
    let golden = (count as f64 * 0.618) as usize;
    let step = (golden.max(1)..count).find(|step| gcd(*step, count) == 1).unwrap_or(1);
    (0..count).map(|index| index * step % count).collect()
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

struct OcclusionRun<'a> {
    job: Job<'a>,
    /// What covers the picture, of its shape.
    fill: Tensor<4>,
    windows: Windows,
    /// The places in the order in which they are covered.
    order: Vec<usize>,
    done: usize,
    /// Whether the map has one value a place, of 1 − p, instead of the mean fall at each pixel.
    patches: bool,
    /// The scores of the picture as it is, `[targets, 1]`.
    own: Option<Tensor<2>>,
    /// The sum of each value of the map, `[targets, values]`.
    total: Option<Tensor<2>>,
    /// How many windows each value of the map has been under.
    covered: Vec<f32>,
}

impl OcclusionRun<'_> {
    /// Height and width of the map.
    fn size(&self) -> [usize; 2] {
        if self.patches { self.windows.grid() } else { self.windows.picture }
    }
}

impl Run for OcclusionRun<'_> {
    fn step(&mut self) -> Result<Progress> {
        let batch = self.job.next_batch(self.order.len() - self.done);
        let Job { network, input, targets, layer, .. } = &self.job;
        let device = input.device();
        let [height, width] = self.windows.picture;
        let places = &self.order[self.done..self.done + batch];

        let mut masks = vec![0.0; batch * height * width];
        let mut footprints = vec![0.0; if self.patches { batch * self.covered.len() } else { 0 }];
        for (index, place) in places.iter().enumerate() {
            self.windows.cover(*place, &mut masks[index * height * width..][..height * width]);
            if self.patches {
                footprints[index * self.covered.len() + place] = 1.0;
            }
        }
        let marks = if self.patches { &footprints } else { &masks };
        let values = self.covered.len();
        for (index, mark) in marks.iter().enumerate() {
            self.covered[index % values] += mark;
        }
        let marks = Tensor::<2>::from_data(TensorData::new(marks.clone(), [batch, values]), &device);
        let masks = Tensor::<4>::from_data(TensorData::new(masks, [batch, 1, height, width]), &device);

        let covered = input.clone() + (self.fill.clone() - input.clone()) * masks;
        let scores_covered = scores(network, *layer, covered, targets)?;
        let counts = if self.patches {
            1.0 - scores_covered
        } else {
            let own = match self.own.take() {
                Some(own) => own,
                None => scores(network, *layer, input.clone(), targets)?,
            };
            self.own = Some(own.clone());
            own - scores_covered
        };
        let sum = counts.matmul(marks);
        self.total = Some(match self.total.take() {
            Some(total) => total + sum,
            None => sum,
        });
        self.done += batch;
        Ok(Progress { done: self.done, total: self.order.len() })
    }

    fn attribution(&self) -> Option<Attribution> {
        let total = self.total.clone()?;
        let [height, width] = self.size();
        let covered: Vec<f32> = self.covered.iter().map(|count| count.max(1.0)).collect();
        let covered = Tensor::<2>::from_data(TensorData::new(covered, [1, height * width]), &total.device());
        let [targets, _] = total.dims();
        Some(Attribution::new((total / covered).reshape([targets, 1, height, width])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cover_all_and_are_cut_off_at_the_border() {
        let windows = Windows { picture: [5, 8], window: 3, stride: 2 };
        assert_eq!(windows.grid(), [2, 4]);
        let mut mask = vec![0.0; 40];
        windows.cover(7, &mut mask);
        let expected: Vec<usize> = (2..5).flat_map(|y| (6..8).map(move |x| y * 8 + x)).collect();
        let found: Vec<usize> = (0..40).filter(|index| mask[*index] > 0.0).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_window_larger_than_the_picture_covers_it_once() {
        let windows = Windows { picture: [3, 4], window: 9, stride: 2 };
        assert_eq!(windows.grid(), [1, 1]);
        let mut mask = vec![0.0; 12];
        windows.cover(0, &mut mask);
        assert_eq!(mask, [1.0; 12]);
    }

    #[test]
    fn every_place_comes_once_and_neighbours_lie_apart() {
        for count in 1..60 {
            let mut order = spread_out(count);
            order.sort_unstable();
            assert_eq!(order, (0..count).collect::<Vec<_>>());
        }
        let order = spread_out(1024);
        assert!(order.windows(2).all(|pair| pair[0].abs_diff(pair[1]) > 300));
    }
}
