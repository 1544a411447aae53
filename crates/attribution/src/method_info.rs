use negah_network::{LayerId, Layout, Network};
use serde::{Deserialize, Serialize};

use crate::{Error, Parameter, Result};

/// A publication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Paper {
    /// Its title.
    pub title: &'static str,
    /// Its authors and year, as a citation gives them.
    pub authors: &'static str,
    /// Where to read it.
    pub url: &'static str,
}

/// Where in the network a method attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AttributionSite {
    /// To the picture: there is no layer to choose.
    Picture,
    /// To the output of a layer, which has to be spatial.
    Output,
    /// To the input of a layer, or to the picture if no layer is named.
    Input,
}

/// What the values of a map mean, which decides how they are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MapKind {
    /// One value a place: the higher, the more it matters.
    Heat,
    /// A value for each channel of each place, for the class or against it.
    Signed,
    /// The activations of a layer, a tile each.
    Channels,
}

/// What a method says about itself. Serialised, it is what the page's API and
/// `negah methods --json` give.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MethodInfo {
    /// The stable id, such as `grad-cam`.
    pub id: &'static str,
    /// The name in the field, such as `Grad-CAM`.
    pub name: &'static str,
    /// One line for a reader who does not know the method.
    pub summary: &'static str,
    /// Where it was published.
    pub paper: Paper,
    /// Where in the network it attributes.
    #[serde(rename = "looksAt")]
    pub site: AttributionSite,
    /// What its values mean.
    #[serde(rename = "shows")]
    pub map_kind: MapKind,
    /// What can be set.
    pub parameters: &'static [Parameter],
}

impl MethodInfo {
    /// The parameter with this id, or with this id of an earlier version.
    ///
    /// # Errors
    /// [`Error::UnknownParameter`], which lists the parameters there are.
    pub fn parameter(&self, id: &str) -> Result<&'static Parameter> {
        let known = |id: &str| self.parameters.iter().find(|parameter| parameter.id == id);
        known(id).or_else(|| known(Parameter::renamed(self.id, id)?)).ok_or_else(|| Error::UnknownParameter {
            method: self.id,
            parameter: id.to_owned(),
            known: self.parameters.iter().map(|parameter| parameter.id).collect(),
        })
    }

    /// The layer whose value the method works on, by the name a reader gave. `default_layer` is the
    /// network's own choice for methods that work on a layer's output.
    ///
    /// # Errors
    /// A layer that does not exist, or that does not fit the method.
    pub fn layer(&self, network: &Network, layer: Option<&str>, default_layer: &str) -> Result<LayerId> {
        let found = match (self.site, layer) {
            (AttributionSite::Picture | AttributionSite::Input, None) => network.input(),
            (AttributionSite::Picture, Some(layer)) => {
                return Err(Error::NoLayer { method: self.name, layer: layer.to_owned() });
            }
            (AttributionSite::Output, layer) => network.find(layer.unwrap_or(default_layer))?,
            (AttributionSite::Input, Some(layer)) => {
                let entry = network.entry(layer)?;
                if !network.cuts().contains(&entry) {
                    return Err(self.not_a_cut(network, layer));
                }
                entry
            }
        };
        self.check_layer(network, found)?;
        Ok(found)
    }

    /// Refuses a layer whose values have no place in the picture.
    pub(crate) fn check_layer(&self, network: &Network, layer: LayerId) -> Result<[usize; 3]> {
        let shape = network.shape(layer)?;
        match (network.layout(layer)?, shape.as_slice()) {
            (Layout::Spatial, &[channels, height, width]) => Ok([channels, height, width]),
            (Layout::ChannelsLast, _) => {
                let (layer, shape) = (network.name(layer)?.to_owned(), shape.clone());
                Err(Error::ChannelsLast { method: self.name, layer, shape })
            }
            _ => {
                let (layer, shape) = (network.name(layer)?.to_owned(), shape.clone());
                Err(Error::FlatLayer { method: self.name, layer, shape })
            }
        }
    }

    fn not_a_cut(&self, network: &Network, layer: &str) -> Error {
        let known = network.summary().into_iter().filter(|line| line.stage && line.cut_input);
        let known: Vec<String> = known.map(|line| line.name).take(5).collect();
        Error::NotACut { method: self.name, layer: layer.to_owned(), known }
    }
}
