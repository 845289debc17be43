use rustomize_yaml::{Spanned, read_resources};
use serde::Deserialize;

use crate::context::{Context, Generator};
use crate::diagnostics::{Code, Error, Result};
use crate::resource::Resource;

/// Makes a Kubernetes ServiceAccount that acts as a service account of a cloud.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct IamPolicyGenerator {
    /// `gke` is the only cloud that there is.
    pub cloud: Spanned<String>,
    /// The account in the cluster.
    pub kubernetes_service: KubernetesService,
    /// The account in the cloud.
    pub service_account: ServiceAccount,
}

/// An account in the cluster.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct KubernetesService {
    /// Its name.
    pub name: String,
    /// Its namespace; may be empty.
    pub namespace: String,
}

/// An account in the cloud.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct ServiceAccount {
    /// Its name.
    pub name: String,
    /// The project that it belongs to.
    pub project_id: String,
}

impl Generator for IamPolicyGenerator {
    /// Fails for another cloud, and where a name is not what it is read for in YAML: upstream puts it there as it is.
    fn generate(&self, context: &Context) -> Result<Vec<Resource>> {
        if *self.cloud != "gke" {
            return Err(Error::new(Code::InvalidField, format!("the cloud `{}` is not supported", *self.cloud))
                .label_if(context.sources.place(&self.cloud), "")
                .help("`gke` is the only one that is"));
        }
        let source = context.sources.add_text("IAMPolicyGenerator", self.text());
        let trees = read_resources(&source).map_err(|error| Error::from_yaml(error, &source))?;
        Ok(trees.into_iter().map(Resource::new).collect())
    }
}

impl IamPolicyGenerator {
    fn text(&self) -> String {
        let ServiceAccount { name: account, project_id } = &self.service_account;
        let KubernetesService { name, namespace } = &self.kubernetes_service;
        let annotation = format!("iam.gke.io/gcp-service-account: {account}@{project_id}.iam.gserviceaccount.com");
        let mut text = format!(
            "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  annotations:\n    {annotation}\n  name: {name}\n"
        );
        if !namespace.is_empty() {
            text.push_str(&format!("\n  namespace: {namespace}"));
        }
        text
    }
}
